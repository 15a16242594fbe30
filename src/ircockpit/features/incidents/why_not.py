"""Why something cannot be done with an incident now, before it is tried; its handler leaves everything as it is then."""

from typing import TYPE_CHECKING

from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.features.incidents.rules import OPEN

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation


def take(station: "Workstation", ident: str | None) -> str:
    """It has this owner already."""
    row = _row(station, ident)
    return "it is yours already" if row and _settled(row, "owner") and row.owner == station.me else ""


def give(station: "Workstation", ident: str | None) -> str:
    """It has no owner."""
    row = _row(station, ident)
    return "nobody owns it" if row and _settled(row, "owner") and not row.owner else ""


def settle(station: "Workstation", ident: str | None) -> str:
    """Nobody disagrees."""
    row = _row(station, ident)
    return "nobody disagrees about anything here" if row and not row.disputed else ""


def close(station: "Workstation", ident: str | None) -> str:
    """It is closed."""
    row = _row(station, ident)
    return "it is closed already" if row and row.closed else ""


def reopen(station: "Workstation", ident: str | None) -> str:
    """It is open."""
    row = _row(station, ident)
    return "it is open" if row and _settled(row, "status") and row.status == OPEN else ""


def _settled(row: IncidentRow, field: str) -> bool:
    return field not in row.disputed


def _row(station: "Workstation", ident: str | None) -> IncidentRow | None:
    found = incidents(station.view, [ident]) if ident else []
    return found[0] if found else None

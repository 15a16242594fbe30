"""Why evidence of an incident cannot be copied now, before it is tried."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation


def take_in(station: "Workstation", ident: str | None) -> str:
    """A duty forbids copies of what the incident is about."""
    from ircockpit.features.evidence.queries import never_copy

    rows = station.view.rows("SELECT stream FROM incident WHERE id=?", (ident,)) if ident else []
    reason = never_copy(station, ident or "", str(rows[0][0])) if rows else ""
    return (
        f"{reason} :evidence add FILE --incident ID --clear takes in what holds none of it" if reason else ""
    )

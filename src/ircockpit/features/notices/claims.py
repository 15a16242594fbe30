"""What a template claims by itself must be on record: nobody is told that something is contained, over or back that is not."""

from typing import TYPE_CHECKING

from ircockpit.core.stated import moment_us
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED

if TYPE_CHECKING:
    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.store.workstation import Workstation

BAD = ("failed", "drifted", "partial", "unknown")
"""States of a control that nobody should count on."""


def unmet(station: "Workstation", row: "IncidentRow", template: str) -> str:
    """Why a template would say what is not on record; empty where it would not."""
    if template == "contained" and row.standing.state != "effective":
        return "no control is effective"
    if template == "failed" and not bad_state(station, row):
        return "no control failed"
    if template == "expiry" and not _ends(station, row):
        return "no control has a time"
    if template == "clear" and not row.closed:
        return "it is not closed"
    if template == "recurrence" and not _came_back(station, row):
        return "no replay has shown it"
    return ""


def bad_state(station: "Workstation", row: "IncidentRow") -> str:
    """The state of the newest control that nobody should count on; empty where there is none."""
    states = [each.state for each in containment.actions(station.view, row.ident) if each.state in BAD]
    return states[-1] if states else ""


def _ends(station: "Workstation", row: "IncidentRow") -> bool:
    actions = containment.actions(station.view, row.ident)
    return any(each.state in ENGAGED and moment_us(each.expires) for each in actions)


def _came_back(station: "Workstation", row: "IncidentRow") -> bool:
    return bool(
        station.view.rows(
            "SELECT 1 FROM entry WHERE stream = ? AND doubt = '' AND type = 'replay.recurred' LIMIT 1",
            (row.stream,),
        )
    )

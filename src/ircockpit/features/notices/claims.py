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
    if template == "recurrence" and not recurred_us(station, row):
        return "no replay has shown it"
    return ""


def bad_state(station: "Workstation", row: "IncidentRow") -> str:
    """The state of the newest control that nobody should count on; empty where there is none."""
    states = [each.state for each in containment.actions(station.view, row.ident) if each.state in BAD]
    return states[-1] if states else ""


def since_us(station: "Workstation", row: "IncidentRow", state: str) -> int:
    """Since when containment is in a state, by the record: of what is effective the first, of all else the newest; else 0.

    A check that finds it as it was is no new fact: the time is that of the first entry which nothing else came after.
    """
    found = [each for each in containment.actions(station.view, row.ident) if each.state == state]
    began = [_began(station, each.ident, state) or each.at_us for each in found]
    return (min(began) if state == "effective" else began[-1]) if began else 0


def _began(station: "Workstation", action: str, state: str) -> int:
    at_us = 0
    for value, wall in station.view.rows(
        "SELECT json_extract(body, '$.value'), wall FROM entry WHERE ent = ? AND field = 'state' AND doubt = ''"
        " ORDER BY lam, event_id",
        (action,),
    ):
        at_us = (at_us or int(wall)) if value == state else 0
    return at_us


def _ends(station: "Workstation", row: "IncidentRow") -> bool:
    actions = containment.actions(station.view, row.ident)
    return any(each.state in ENGAGED and moment_us(each.expires) for each in actions)


def recurred_us(station: "Workstation", row: "IncidentRow") -> int:
    """When a replay last showed that it came back; 0 where none has."""
    found = station.view.rows(
        "SELECT max(wall) FROM entry WHERE stream = ? AND doubt = '' AND type = 'replay.recurred'",
        (row.stream,),
    )
    return int(found[0][0] or 0)


def closed_us(station: "Workstation", row: "IncidentRow") -> int:
    """When it was closed; 0 while it is open."""
    found = station.view.rows(
        "SELECT n.wall FROM head h JOIN entry n ON n.event_id = h.event WHERE h.ent = ? AND h.field = 'status'"
        " ORDER BY h.lam DESC, h.event DESC LIMIT 1",
        (row.ident,),
    )
    return int(found[0][0]) if found and row.closed else 0

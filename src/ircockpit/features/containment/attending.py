"""Who else is at work on a control now, as their devices told: a plan that stands open, or an act on its way."""

from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.core.stated import table
from ircockpit.features.containment.queries import RUNNING, actions
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import line
from ircockpit.render.glyphs import age
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Draft, Workstation

ATTENDED = "containment.attended"
STALE_US = 3_600_000_000
"""A plan that was left open by a device that said no more is not shown for ever. Nothing is decided by it."""
NAME_CELLS = 20


class Attending(NamedTuple):
    """One person at work on one control."""

    who: str
    doing: str
    at_us: int
    """By the clock of their device."""


def attend(station: Workstation, row: IncidentRow, control: str, doing: str) -> None:
    """Tell colleagues that a plan of this control stands open here: to ``stop`` or to ``lift``, or that it was left.

    Alone there is nobody to tell; and what cannot be told must keep nobody from stopping.
    """
    if not station.identity.hub:
        return
    with suppress(CockpitError):
        station.append([Draft(row.stream, ATTENDED, row.ident, ({"control": control, "doing": doing},))])


def attending(station: Workstation, incident: str) -> dict[str, list[Attending]]:
    """By name of a control, those who are at work on it on other devices."""
    known, own, now = names(station.view), station.identity.device, station.clock.wall_us()
    found: dict[str, list[Attending]] = {}
    rows = station.view.rows(
        "SELECT device, actor, type, body, wall, arrival FROM entry WHERE ent=? AND type=? AND doubt='' AND device<>?"
        " UNION ALL SELECT n.device, n.actor, n.type, json_object('control', a.control), n.wall, n.arrival FROM"
        " action a"
        " JOIN entry n ON n.ent=a.id AND n.type='containment.approved' AND n.doubt='' AND n.device<>?"
        " WHERE a.incident=? ORDER BY 6",
        (incident, ATTENDED, own, own, incident),
    )
    latest: dict[tuple[str, str], tuple[str, str, int]] = {}
    for device, actor, type_, body, wall, _ in rows:
        said = table(body)
        doing = str(said.get("doing", "")) if type_ == ATTENDED else ""
        latest[device, str(said.get("control", ""))] = (actor, doing, wall)
    for (_, control), (actor, doing, wall) in latest.items():
        if doing in _OPEN and now - wall < STALE_US:
            found.setdefault(control, []).append(Attending(_name(known, actor), _OPEN[doing], wall))
    for row in actions(station.view, incident):
        if (
            row.state in RUNNING
            and row.state != "planned"
            and (last := _last(station, row.ident)) is not None
        ):
            device, actor, wall = last
            if device != own:
                found.setdefault(row.control, []).append(
                    Attending(_name(known, actor), f"is at it: {row.state}", wall)
                )
    return found


def attending_lines(found: Mapping[str, list[Attending]], control: str, now_us: int) -> list[Line]:
    """Below the offer of a control, who is at work on it."""
    return [
        (Span(f"   {each.who} {each.doing} ({age(max(now_us - each.at_us, 0) / 1e6)})", "warn"),)
        for each in found.get(control, ())
    ]


_OPEN = {"stop": "has its plan open", "lift": "has the plan open that lifts it"}


def _name(known: dict[str, str], user: str) -> str:
    return words(line(name_of(known, user), NAME_CELLS), f"someone {user[:4]}")


def _last(station: Workstation, action: str) -> tuple[str, str, int] | None:
    rows = station.view.rows(
        "SELECT device, actor, wall FROM entry WHERE ent=? AND doubt='' AND type IN ('containment.approved',"
        " 'containment.stepped') ORDER BY lam DESC, event_id DESC LIMIT 1",
        (action,),
    )
    return tuple(rows[0]) if rows else None

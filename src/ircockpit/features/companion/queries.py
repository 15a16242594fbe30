"""Privileged records as this device knows them."""

import json
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.core.ids import belongs
from ircockpit.core.scopes import PRIVILEGED, may_read
from ircockpit.features.people.queries import name_of, names
from ircockpit.store import erasing
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


class Companion(NamedTuple):
    """The privileged record beside an incident."""

    incident: str
    record: str
    """UUID of its stream."""
    at_us: int
    by: str
    held: bool
    """Whether anything of it is on this device."""


class Said(NamedTuple):
    """One entry of it."""

    event: str
    at_us: int
    by: str
    text: str
    missing: str


def companion(view: "View", incident: str) -> Companion | None:
    """The privileged record beside an incident, the first where several were opened while apart."""
    rows = view.rows(
        "SELECT c.record, c.stream, n.at_us, n.actor, EXISTS (SELECT 1 FROM entry x WHERE x.stream=c.record)"
        " FROM companion c JOIN entity e ON e.id=c.id JOIN entry n ON n.event_id=e.event WHERE c.incident=?"
        " ORDER BY e.lam, e.event",
        (incident,),
    )
    known = names(view)
    for record, stream, at_us, actor, held in rows:
        if belongs(incident, stream):
            return Companion(incident, str(record), at_us, name_of(known, actor), bool(held))
    return None


def said_in(view: "View", record: str) -> list[Said]:
    """What was noted in a privileged record, in order."""
    known = names(view)
    rows = view.rows(
        "SELECT event_id, at_us, actor, body, missing FROM entry WHERE stream=? AND type='incident.noted' AND doubt=''"
        " ORDER BY at_us, lam, event_id",
        (record,),
    )
    return [
        Said(event, at_us, name_of(known, actor), str(json.loads(body).get("text", "")), missing)
        for event, at_us, actor, body, missing in rows
    ]


def check_right(station: "Workstation") -> None:
    """Raise :class:`RefusedError` where the hub has said that this device does not read what is privileged."""
    widest = station.log.meta(erasing.WIDEST) or PRIVILEGED
    if station.identity.hub and not may_read(widest, PRIVILEGED):
        role = station.log.meta(erasing.ROLE)
        raise RefusedError(
            f"a privileged record is for leads and for counsel; the hub knows you as {role}", safe="nothing was recorded",
            fix="ask a lead",
        )  # fmt: skip


def opened(station: "Workstation", incident: str) -> Companion:
    """The privileged record beside an incident (UUID). Raises :class:`NotFound` where none was opened."""
    found = companion(station.view, incident)
    if found is None:
        short = short_id(station.view, "incident", incident)
        raise NotFound(
            f"{short} has no privileged record", safe="nothing was recorded", fix=f"ircockpit companion open {short}"
        )  # fmt: skip
    return found

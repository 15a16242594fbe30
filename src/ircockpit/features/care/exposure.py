"""Time with harmful words in sight: a person's own in full, the team's as sums that leads alone can read."""

import json
from typing import NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.core.scopes import PRIVILEGED
from ircockpit.core.stated import whole
from ircockpit.features.care.queries import settings_of
from ircockpit.features.care.rules import Exposure, exposure
from ircockpit.features.people.queries import name_of, names
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Draft, Workstation

SUMMED = "exposure.summed"


class Sum(NamedTuple):
    """What one person told of their shift, all their devices together."""

    user: str
    name: str
    exposure: Exposure


def this_shift(station: Workstation) -> Exposure:
    """A person's own in the last shift: by this device's journal, and what their other devices told."""
    hours = settings_of(station).care.shift_hours
    own = exposure(Journal(station.profile.folder, station.clock).lifts(), station.clock, hours)
    others = _told(station, hours, but=station.identity.device).get(station.me, Exposure())
    return Exposure(own.seconds + others.seconds, own.lifts + others.lifts)


def team(station: Workstation) -> list[Sum]:
    """Sums of the members who told one within a shift, the longest first."""
    known, hours = names(station.view), settings_of(station).care.shift_hours
    told = _told(station, hours)
    sums = [Sum(user, name_of(known, user), found) for user, found in told.items()]
    return sorted(sums, key=lambda each: (-each.exposure.seconds, each.name, each.user))


def sum_up(station: Workstation) -> None:
    """Tell the sum of this device's shift, to be read by leads and counsel: seconds and how often, nothing of what.

    Alone there is nobody to tell. What cannot be recorded is told after the next time.
    """
    if not station.identity.hub:
        return
    hours = settings_of(station).care.shift_hours
    found = exposure(Journal(station.profile.folder, station.clock).lifts(), station.clock, hours)
    body = {"seconds": round(found.seconds), "lifts": found.lifts}
    if not found.lifts or body == _last(station):
        return
    try:
        station.append([Draft(station.identity.org_stream, SUMMED, station.me, (body,), scope=PRIVILEGED)])
    except CockpitError:
        return


def _last(station: Workstation) -> dict[str, int]:
    rows = station.view.rows(
        "SELECT body FROM entry WHERE ent=? AND type=? AND device=? ORDER BY arrival DESC LIMIT 1",
        (station.me, SUMMED, station.identity.device),
    )
    return dict(json.loads(rows[0][0])) if rows else {}


def _told(station: Workstation, hours: int, *, but: str = "") -> dict[str, Exposure]:
    """By person, the sum of what each of their devices told last."""
    since = station.clock.wall_us() - hours * 3_600_000_000
    rows = station.view.rows(
        "SELECT e.actor, e.body FROM entry e WHERE e.type=? AND e.ent=e.actor AND e.doubt='' AND e.missing=''"
        " AND e.ent IN (SELECT id FROM person) AND e.device<>? AND e.wall>=? AND NOT EXISTS (SELECT 1 FROM entry n"
        " WHERE n.ent=e.ent AND n.type=e.type AND n.device=e.device AND n.doubt='' AND n.arrival>e.arrival)",
        (SUMMED, but, since),
    )
    found: dict[str, Exposure] = {}
    for user, raw in rows:
        body, before = json.loads(raw), found.get(user, Exposure())
        found[user] = Exposure(
            before.seconds + whole(body.get("seconds")), before.lifts + whole(body.get("lifts"))
        )
    return found

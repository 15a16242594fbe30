"""How a signal group becomes an incident: the drafts, made in one piece so that the step is whole or not there."""

from typing import NamedTuple

from ircockpit.core.occurred import from_wall
from ircockpit.features.incidents.rules import OPEN, PROVISIONAL
from ircockpit.features.intake.queries import GroupRow, signals
from ircockpit.store.workstation import Draft, Workstation


class Promotion(NamedTuple):
    """The incident about to be declared, and everything that is recorded with it."""

    incident: str
    stream: str
    drafts: tuple[Draft, ...]


def promotion(station: Workstation, group: GroupRow, *, title: str = "", impact: str = "") -> Promotion:
    """The drafts that declare an incident from a group: incident, raw file as exhibit E1, and the group's state.

    The raw record is committed to again inside the incident's own stream, so that the incident can be
    verified without the intake stream.
    """
    stream, genesis = station.open_stream("incident")
    ident = station.new_id(stream)
    now = from_wall(station.clock.wall_us(), station.clock.offset_minutes())
    facts = {
        "title": title or group.title, "severity": PROVISIONAL, "provisional": 1, "status": OPEN, "owner": station.me,
        "system": group.system, "impact": impact, "opened": now, "origin": group.ident,
    }  # fmt: skip
    drafts = [genesis, Draft(stream, "incident.declared", ident, (facts,))]
    raws = {row.raw: row for row in signals(station.view, group.ident, 1000) if row.raw}
    for number, row in enumerate(raws.values(), 1):
        exhibit = {
            "incident": ident, "number": number, "name": f"raw signals, {group.source}", "sha256": row.raw,
            "origin": f"intake, {row.place}", "acquired": now,
        }  # fmt: skip
        drafts.append(Draft(stream, "evidence.added", station.new_id(stream), (exhibit,), scope="restricted"))
    drafts += review_drafts(
        station, group, "promoted", f"declared as an incident; {group.reason}", incident=ident
    )
    return Promotion(ident, stream, tuple(drafts))


def review_drafts(
    station: Workstation, group: GroupRow, state: str, why: str, *, incident: str = ""
) -> list[Draft]:
    """The drafts that record what somebody decided of a group, and of how many signals they knew."""
    drafts = [
        station.set_field(
            group.stream, "group.set", group.ident, "state", state, why=why, count=group.signals
        )
    ]
    if incident:
        drafts.append(station.set_field(group.stream, "group.set", group.ident, "incident", incident))
    return drafts

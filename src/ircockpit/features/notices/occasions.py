"""What a channel is told by itself: only what a person switched on, once, and by the device that has the incident in hand."""

from collections.abc import Iterator
from typing import NamedTuple

from ircockpit.core.errors import CockpitError
from ircockpit.core.stated import moment_us
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED
from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.features.incidents.rules import CLOSED, SEVERITIES
from ircockpit.features.notices.channels import Channel
from ircockpit.features.notices.claims import BAD, unmet
from ircockpit.features.notices.queries import NoticeRow, notice
from ircockpit.features.notices.reading import Ready, of_profile
from ircockpit.features.notices.rules import ESCALATION, fitting
from ircockpit.features.notices.sending import channels_of, deliver, occasion_id, prepare, situation
from ircockpit.features.replay.queries import recurrence_keys
from ircockpit.features.response.queries import escalation
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Workstation

FRESH_US = 30 * 60 * 1_000_000
"""How long after it happened something is still told by itself; older news are told by people."""
SOON_US = 30 * 60 * 1_000_000
"""How long before a control is to be looked at that is told."""


class Occasion(NamedTuple):
    """Something that has happened to an incident."""

    template: str
    key: str
    """The same for the same thing on every device."""
    at_us: int
    also: tuple[str, ...] = ()
    """Further keys of the same thing: whichever of them was told, it was told."""


class Due(NamedTuple):
    """One notice that is to be sent by itself now."""

    row: IncidentRow
    ready: Ready
    channel: Channel
    occasion: str


def due(station: Workstation) -> Iterator[Due]:
    """What is to be sent by itself now, one by one; nothing where no channel has anything switched on."""
    found = channels_of(station).found
    wanted = {template for each in found for template in each.automatic}
    if not wanted:
        return
    book, now = of_profile(station.profile.folder), station.clock.wall_us()
    recent = station.view.rows(
        "SELECT DISTINCT i.id FROM incident i WHERE i.closed = 0 OR EXISTS"
        " (SELECT 1 FROM entry e WHERE e.stream = i.stream AND e.wall >= ? AND e.type = 'incident.set')",
        (now - FRESH_US,),
    )
    for row in incidents(station.view, [str(ident) for (ident,) in recent]):
        if not in_hands(station, row):
            continue
        for occasion in occasions(station, row):
            fresh = now - FRESH_US <= occasion.at_us <= now
            ready = book.ready.get(occasion.template)
            if occasion.template not in wanted or not fresh or ready is None or unmet(station, row, ready.id):
                continue
            fits = fitting(found, occasion.template, situation(station, row))
            for channel in found:
                if occasion.template not in channel.automatic or channel.name not in fits:
                    continue
                idents = (
                    occasion_id(row.ident, occasion.template, channel.name, key)
                    for key in (occasion.key, *occasion.also)
                )
                if all(notice(station.view, ident) is None for ident in idents):
                    yield Due(row, ready, channel, occasion.key)


def in_hands(station: Workstation, row: IncidentRow) -> bool:
    """Whether this very device is the one that tells of an incident by itself.

    It is the one on which its owner took it; while nobody has it, the one it was declared on. A device that only heard of
    it, however many there are, sends nothing.
    """
    heads = station.view.rows(
        "SELECT n.device FROM head h JOIN entry n ON n.event_id = h.event WHERE h.ent = ? AND h.field = 'owner'", (row.ident,)
    )  # fmt: skip
    if row.owner:
        return row.owner == station.me and [each for (each,) in heads] == [station.identity.device]
    declared = station.view.rows(
        "SELECT n.device FROM entity y JOIN entry n ON n.event_id = y.event WHERE y.id = ?", (row.ident,)
    )
    return [each for (each,) in declared] == [station.identity.device]


def occasions(station: Workstation, row: IncidentRow) -> Iterator[Occasion]:
    """What has happened to an incident that a channel may be told of, with when."""
    yield Occasion("declared", "declared", row.opened_us)
    yield from _of_record(station, row)
    yield from _of_controls(station, row)
    path = escalation(station, row)
    if path is not None and not path.taken:
        now = situation(station, row)
        rung = next((each for each in path.ladder.rungs if each.number == now.level), None)
        if rung is not None and rung.level.who:
            # A level whose notice failed is behind at once: the next one is not made to wait for its time.
            due_us = min(each.due_us for each in path.ladder.rungs if not each.called_us)
            calls = station.view.rows("SELECT count(*) FROM call WHERE incident = ?", (row.ident,))[0][0]
            yield Occasion(ESCALATION, f"{rung.number}.{calls}", due_us)


def _of_record(station: Workstation, row: IncidentRow) -> Iterator[Occasion]:
    """Of severities and states people have set, the last one; and that it came back."""
    rows = station.view.rows(
        "SELECT event_id, field, json_extract(body, '$.value'), wall FROM entry WHERE stream = ? AND doubt = ''"
        " AND type = 'incident.set' AND ent = ? AND field IN ('severity', 'status')"
        " ORDER BY lam, event_id",
        (row.stream, row.ident),
    )
    facts = station.view.rows(
        "SELECT json_extract(facts, '$.severity') FROM entity WHERE id = ?", (row.ident,)
    )
    severity, raised, closed = str(facts[0][0] or "") if facts else "", None, None
    for events, wall in recurrence_keys(station.view, row.ident):
        first, *more = (event[:16] for event in events)
        yield Occasion("recurrence", first, wall, tuple(more))
    for event, field, value, wall in rows:
        if field == "status":
            closed = Occasion("clear", str(event)[:16], int(wall)) if value == CLOSED else None
        else:
            worse = _rank(value) < _rank(severity)
            raised = Occasion("severity", str(event)[:16], int(wall)) if worse else None
            severity = str(value)
    if raised is not None:
        yield raised
    if closed is not None and row.closed:
        yield closed


def _of_controls(station: Workstation, row: IncidentRow) -> Iterator[Occasion]:
    for each in containment.actions(station.view, row.ident):
        if each.state == "effective":
            yield Occasion("contained", f"{each.ident}.{each.at_us}", each.at_us)
        elif each.state in BAD:
            yield Occasion("failed", f"{each.ident}.{each.state}.{each.at_us}", each.at_us)
        ends_us = moment_us(each.expires) if each.state in ENGAGED else 0
        if ends_us:
            yield Occasion("expiry", f"{each.ident}.{ends_us}", ends_us - SOON_US)


def _rank(severity: object) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def send_due(station: Workstation, give_up: GiveUp) -> list[NoticeRow | CockpitError]:
    """Send what is due, one after the other; what cannot be tried now is told and stays due for its half hour."""
    done: list[NoticeRow | CockpitError] = []
    for each in list(due(station)):
        if give_up.asked:
            break
        try:
            outgoing = prepare(station, each.row, each.ready, each.channel)
            done.append(deliver(station, outgoing, occasion=each.occasion, give_up=give_up))
        except CockpitError as error:
            done.append(error)
    return done

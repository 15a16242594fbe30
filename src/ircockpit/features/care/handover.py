"""The page for the next shift, made from the record: what is open, in force, due and undecided, in safe words alone."""

from collections.abc import Iterator
from typing import NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.features.care.queries import Due, due, safe_name, settings_of
from ircockpit.features.care.status import impact_words, proved_us
from ircockpit.features.catalogue import off_timeline
from ircockpit.features.clocks.queries import Due as ClockDue
from ircockpit.features.clocks.queries import due_of
from ircockpit.features.containment import queries as containment
from ircockpit.features.containment.queries import ENGAGED, RUNNING, ActionRow
from ircockpit.features.decisions.queries import TaskRow, tasks
from ircockpit.features.evidence.queries import held_back
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.intake.queries import groups_to_review
from ircockpit.features.intake.rules import LOUD_WORDS, known_loudness
from ircockpit.features.people.queries import names
from ircockpit.features.playbooks.queries import progress
from ircockpit.features.queue.queries import queue_ids
from ircockpit.features.replay.queries import brief as replayed
from ircockpit.features.response.queries import escalation
from ircockpit.features.response.rules import Ladder
from ircockpit.features.triage.queries import triage_of
from ircockpit.inert.foreign import safely
from ircockpit.render.glyphs import counted
from ircockpit.render.timeline import at_day, at_full, at_minute
from ircockpit.store import outbox
from ircockpit.store.workstation import Workstation
from ircockpit.sync.exhibits import pending

GIVEN = "handover.given"
MOST = 60
"""Incidents on a page, the most urgent; how many more there are is said."""
WORDS = 3
"""Latest entries shown of each incident."""
_KINDS = {
    "incident.noted": "a note", "incident.set": "a field changed", "incident.declared": "declared",
    "incident.briefed": "a status given", "triage.answered": "triage answered", "triage.begun": "triage begun",
    "evidence.added": "evidence kept", "containment.planned": "a control planned",
    "containment.approved": "a plan approved", "containment.stepped": "a control's state", "signal.revealed": "raw words opened",
    "replay.sealed": "prompts sealed", "replay.planned": "a run planned", "replay.set": "a run sent or judged",
    "replay.recurred": "it came back", "replay.opened": "answers of a run opened", "watch.begun": "a watch begun",
    "watch.set": "a watch ended",
    "hold.placed": "a hold placed", "playbook.begun": "a playbook begun", "step.set": "a step of the playbook",
    "variable.set": "a variable of the playbook", "companion.opened": "a privileged record opened",
    "role.set": "a duty role or its checklist changed", "call.made": "somebody called", "partner.added": "a partner named",
}  # fmt: skip


_FIELDS = ("title", "severity", "status", "owner", "system", "impact")


class Since(NamedTuple):
    """Where the page begins: at the last handover, or at the beginning of a shift."""

    arrival: int
    """Of the handover on this device: what came here later is new to whoever reads. 0 where there was none."""
    at_us: int
    by: str
    to: str
    """Safe names; both empty where there was none."""


class Held(NamedTuple):
    """A control that is taking effect or may be in force."""

    row: ActionRow
    incident: str
    """Its short id."""
    proved_us: int


class Last(NamedTuple):
    """An entry in safe words: when, who, of what kind."""

    at_us: int
    who: str
    what: str


class Page(NamedTuple):
    """Everything the next shift is told."""

    now_us: int
    offset: int
    """Minutes ahead of UTC of the zone its times are in."""
    by: str
    since: Since
    open: tuple[IncidentRow, ...]
    more: int
    """Open incidents beyond those."""
    impact: dict[str, str]
    playbooks: dict[str, str]
    """By incident how far its playbook is and what is next; those that follow none are left out."""
    replays: dict[str, str]
    """By incident what the runs of its sealed prompts say and what of them is due; those without one are left out."""
    held: tuple[Held, ...]
    due: tuple[tuple[IncidentRow, Due], ...]
    calls: tuple[tuple[IncidentRow, Ladder], ...]
    """Open incidents that nobody has, and whom their path says to call."""
    todo: dict[str, tuple[TaskRow, ...]]
    """Action items of the open incidents, what is overdue first, by the incident's id."""
    clocks: tuple[tuple[IncidentRow, ClockDue], ...]
    """Legal clocks that have a time or wait for an event, the most urgent of each incident first."""
    open_duties: tuple[tuple[str, int], ...]
    """By incident how many duties nobody has decided about."""
    undecided: tuple[tuple[IncidentRow, str], ...]
    to_review: tuple[tuple[str, int], ...]
    """Groups of signals nobody reviewed, by how loud their source is."""
    hub: bool
    """Whether there is one to send to."""
    unsent: int
    records: int
    files: int
    """Evidence files held here that the hub may lack."""
    apart: int
    """Signal groups and systems about which people disagree, beside the incidents."""
    owners: dict[str, tuple[str, ...]]
    last: dict[str, tuple[int, tuple[Last, ...]]]
    """By incident how many entries are new, and the latest of them."""
    elsewhere: int
    """New entries that are of none of these incidents: signals, systems, what was closed."""

    def at(self, at_us: int) -> str:
        """A time with day and zone."""
        return at_day(at_us, self.offset)

    def clock(self, at_us: int) -> str:
        """A time of today by the clock alone, any other with its day."""
        today = at_full(at_us, self.offset)[:10] == at_full(self.now_us, self.offset)[:10]
        return at_minute(at_us, self.offset) if today else self.at(at_us)

    def none(self, words: str) -> str:
        """That there is nothing, said of no more than was looked at."""
        return f"{words}, of the {len(self.open)} above" if self.more else words


def handover(station: Workstation) -> Page:
    """The page as the record stands on this device now."""
    view, now = station.view, station.clock.wall_us()
    since, known = since_when(station), names(view)
    idents = queue_ids(station)
    rows = tuple(incidents.incidents(view, idents[:MOST]))
    owners: dict[str, tuple[str, ...]] = {}
    for row in rows:
        name = safe_name(known, row.owner)
        owners[name] = (*owners.get(name, ()), row.short)
    waiting = outbox.waiting(station.log) if station.identity.hub else {}
    held = pending(station.log, FileBlobs(station.profile.blobs)).files if station.identity.hub else []
    files = [each for each in held if not held_back(station, each)]
    dues = [(row, found) for row in rows if (found := due(station, row)) is not None]
    clocks = [(row, *due_of(station, row)) for row in rows]
    return Page(
        now, station.shown_offset, safe_name(known, station.me), since, rows, len(idents) - len(rows),
        {row.ident: impact_words(station, row) for row in rows}, _playbooks(station, rows),
        {row.ident: said for row in rows if (said := replayed(station, row.ident))}, tuple(_held(station, rows)),
        tuple(sorted(dues, key=lambda each: each[1].at_us)), tuple(_to_call(station, rows)), _todo(station, rows),
        tuple((row, each) for row, found, _ in clocks for each in found),
        tuple((row.short, number) for row, _, number in clocks if number),
        tuple(_undecided(station, rows)), _loud(station),
        bool(station.identity.hub), sum(each.events for each in waiting.values()), len(waiting), len(files),
        _disagreed(station), owners, {row.ident: _last(station, row, since, known) for row in rows},
        _new_beside(station, rows, since),
    )  # fmt: skip


def since_when(station: Workstation) -> Since:
    """The last handover that this device has heard of, or the beginning of the shift by the clock."""
    rows = station.view.rows(
        'SELECT n.arrival, n.wall, n.actor, h."to" FROM entry n JOIN handover h ON h.id=n.ent'
        " WHERE n.type=? AND n.doubt='' ORDER BY n.arrival DESC LIMIT 1",
        (GIVEN,),
    )
    if not rows:
        hours = settings_of(station).care.shift_hours
        return Since(0, station.clock.wall_us() - hours * 3_600_000_000, "", "")
    (arrival, wall, actor, to), known = rows[0], names(station.view)
    return Since(arrival, wall, safe_name(known, actor), safe_name(known, str(to)) if to else "")


def _held(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[Held]:
    for incident in rows:
        for row in containment.actions(station.view, incident.ident):
            if row.state in ENGAGED or (row.state in RUNNING and row.state != "planned"):
                yield Held(row, incident.short, proved_us(station, row.ident))


def _to_call(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[tuple[IncidentRow, Ladder]]:
    for row in rows:
        found = escalation(station, row)
        if found is not None and not found.taken and found.ladder.rungs:
            yield row, found.ladder


def _playbooks(station: Workstation, rows: tuple[IncidentRow, ...]) -> dict[str, str]:
    with safely():
        return {row.ident: said for row in rows if (said := progress(station, row))}


def _undecided(station: Workstation, rows: tuple[IncidentRow, ...]) -> Iterator[tuple[IncidentRow, str]]:
    for row in rows:
        missing = triage_of(station.view, row.ident).decision.missing
        if row.provisional or missing:
            yield (
                row,
                f"triage: {counted(missing, 'answer')} missing" if missing else "severity is provisional",
            )
        if not row.system:
            yield row, "which system it is about"


def _loud(station: Workstation) -> tuple[tuple[str, int], ...]:
    tally: dict[str, int] = {}
    for group in groups_to_review(station.view):
        word = known_loudness(group.loudness)
        tally[word] = tally.get(word, 0) + 1
    return tuple((word, tally[word]) for word in (*LOUD_WORDS, "other") if word in tally)


def _disagreed(station: Workstation) -> int:
    sql = "SELECT (SELECT count(*) FROM \"group\" WHERE disputed <> '') + (SELECT count(*) FROM system WHERE disputed <> '')"
    return int(station.view.rows(sql)[0][0])


def _new(since: Since) -> tuple[str, list[str | int]]:
    # By arrival where there was a handover: what was written before it and came here later is new here.
    where, value = ("arrival>?", since.arrival) if since.arrival else ("at_us>=?", since.at_us)
    off = (*off_timeline(), "lane.opened", "stream.opened", "person.named")
    return f"{where} AND doubt='' AND type NOT IN ({','.join('?' * len(off))})", [value, *off]


def _new_beside(station: Workstation, rows: tuple[IncidentRow, ...], since: Since) -> int:
    where, values = _new(since)
    marks = ",".join("?" * len(rows))
    sql = f"SELECT count(*) FROM entry WHERE {where} AND type<>? AND stream NOT IN ({marks})"  # noqa: S608
    return int(station.view.rows(sql, (*values, GIVEN, *(row.stream for row in rows)))[0][0])


def _last(
    station: Workstation, row: IncidentRow, since: Since, known: dict[str, str]
) -> tuple[int, tuple[Last, ...]]:
    where, values = _new(since)
    found = station.view.rows(
        "SELECT at_us, actor, type, json_extract(body, '$.value'), field FROM entry"  # noqa: S608
        f" WHERE stream=? AND {where} ORDER BY at_us DESC, lam DESC, event_id DESC",
        (row.stream, *values),
    )
    latest = [
        Last(at_us, safe_name(known, actor), _what(type_, state, field))
        for at_us, actor, type_, state, field in found[:WORDS]
    ]
    return len(found), tuple(latest)


def _what(type_: str, value: object, field: object) -> str:
    if type_ == "containment.stepped" and value in (*ENGAGED, *RUNNING, "reverted", "failed"):
        return f"a control {value}"
    if type_ == "incident.set" and field in _FIELDS:
        return f"{field} changed"
    return _KINDS.get(type_, "an entry")


def _todo(station: Workstation, rows: tuple[IncidentRow, ...]) -> dict[str, tuple[TaskRow, ...]]:
    found: dict[str, list[TaskRow]] = {row.ident: [] for row in rows}
    for each in tasks(station):
        if each.incident in found:
            found[each.incident].append(each)
    return {ident: tuple(its) for ident, its in found.items() if its}

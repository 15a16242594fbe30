"""How this device and its hub stand to each other: what is unsent, unconfirmed, refused, at odds, on its way."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Fetched, on_their_way
from ircockpit.command.action import Result
from ircockpit.features.incidents.queries import disputed_ids, heads, incidents
from ircockpit.features.membership.queries import not_accepted
from ircockpit.inert import foreign
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span, fit
from ircockpit.render.timeline import at_full
from ircockpit.store import outbox
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import alarms
from ircockpit.sync.refusals import refusals
from ircockpit.sync.state import Link, Sending, SyncState, spell
from ircockpit.sync.worker import LAST_OK

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

MOST = 50
"""Records and disagreements shown; how many more there are is said."""


class Record(NamedTuple):
    """A record with entries that the hub has not confirmed."""

    stream: str
    title: str
    waiting: int
    since_us: int
    """When the oldest of them was written, by this device's clock."""


class Dispute(NamedTuple):
    """A field that two people changed without knowing of each other."""

    short: str
    field: str
    sides: tuple[str, ...]


class Standing(NamedTuple):
    """What sharing leaves open on this device; read from its own databases, the hub is not asked."""

    hub: str
    last_ok_us: int
    waiting: int
    records: list[Record]
    not_accepted: int
    refused: int
    disputes: list[Dispute]
    files: list[str]
    """Hashes of the files to send."""
    fetching: list[Fetched]
    alarms: list[str]


def standing(station: "Workstation") -> Standing:
    """Everything at once."""
    log, view = station.log, station.view
    waits = outbox.waiting(log) if station.identity.hub else {}
    found = exhibits.pending(log, FileBlobs(station.profile.blobs)) if station.identity.hub else None
    return Standing(
        station.identity.hub,
        int(log.meta(LAST_OK) or "0"),
        sum(each.events for each in waits.values()),
        [_record(station, stream, each) for stream, each in list(waits.items())[:MOST]],
        sum(not each.adopted_by for each in not_accepted(view)),
        len(refusals(log)),
        [
            Dispute(
                row.short, field, tuple(f"{h.author} says {h.shown}" for h in heads(view, row.ident, field))
            )
            for row in incidents(view, disputed_ids(view))
            for field in row.disputed
        ],
        found.files if found else [],
        on_their_way(FileBlobs(station.profile.blobs)),
        [each.text for each in alarms(log)],
    )


def _record(station: "Workstation", stream: str, waits: outbox.Waiting) -> Record:
    oldest = station.log.since(waits.first - 1, 1)
    return Record(
        stream, _title(station, stream), waits.events, oldest[0].event.envelope.wall if oldest else 0
    )


def _title(station: "Workstation", stream: str) -> str:
    if stream == station.identity.org_stream:
        return "the organisation's record"
    if stream == station.identity.authority_stream:
        return "the record of members"
    rows = station.view.rows("SELECT id FROM incident WHERE stream=? LIMIT 1", (stream,))
    if not rows:
        return "a record of signals"
    row = incidents(station.view, [rows[0][0]])[0]
    return f"{row.short} {row.title}"


def lines(found: Standing, state: SyncState | None, now_us: int, width: int) -> list[Line]:
    """The page: what is said first matters most."""
    rows: list[Line] = [*(_fact("ALARM", text, "bad") for text in found.alarms)]
    if not found.hub:
        rows.append(_fact("hub", "none: this profile works alone; ircockpit enroll URL CODE joins one"))
    else:
        rows += [_fact("hub", found.hub), _fact("link", _link(found, state, now_us), _role(state))]
        if state is not None and state.trouble:
            rows.append(_fact("because", state.trouble, "warn"))
        rows.append(_fact("entries", _entries(found, state)))
        rows.append(_fact("files", _files(found)))
        if found.files and state is not None and state.sending:
            rows.append(_fact(state.sending.way, state.sending.how_far()))
        elif found.files and state is not None and state.held_up:
            rows.append(_fact("because", state.held_up, "warn"))
    rows += [_fact("fetching", _fetched(each)) for each in found.fetching]
    if found.not_accepted or found.refused:
        count = counted(found.not_accepted + found.refused, "entry")
        rows.append(_fact("refused", f"{count} not accepted; ircockpit refused says which and why", "warn"))
    rows.append(_fact("differ", _differ(found), "bad" if found.disputes else "text"))
    if found.records:
        rows += [(), rule("not confirmed yet", width)]
        rows += [_record_line(each, now_us, width) for each in found.records]
    if found.disputes:
        rows += [(), rule("people disagree", width)]
        rows += [
            (Span(f"{each.short} {each.field}: ", "key"), Span(foreign.words(", ".join(each.sides))))
            for each in found.disputes[:MOST]
        ]
    return rows


def _link(found: Standing, state: SyncState | None, now_us: int) -> str:
    last = f"last round {at_full(found.last_ok_us)}" if found.last_ok_us else "no round has gone through yet"
    if state is None:
        return last
    said = state.words(now_us)
    return f"{said}; {last}" if state.link is Link.OFFLINE else said


def _role(state: SyncState | None) -> str:
    if state is None:
        return "text"
    return "ok" if state.link in (Link.LIVE, Link.SYNCING) else "warn"


def _entries(found: Standing, state: SyncState | None) -> str:
    if not found.waiting:
        return "all confirmed: the hub gave them back in a history it signed"
    unsent = f"{state.unsent} unsent, " if state is not None and state.unsent else ""
    return f"{unsent}{found.waiting} not confirmed yet; they are kept here until they are"


def _files(found: Standing) -> str:
    return counted(len(found.files), "file") + " to send" if found.files else "no evidence waits to be sent"


def _fetched(each: Fetched) -> str:
    how_far = Sending(each.sha256, each.done, each.total, each.rate).how_far()
    return how_far if each.running else f"{how_far} is here; evidence fetch goes on"


def _differ(found: Standing) -> str:
    if not found.disputes:
        return "nobody disagrees about anything"
    return f"{counted(len(found.disputes), 'field')} people disagree about; X in the incident settles it"


def _record_line(each: Record, now_us: int, width: int) -> Line:
    since = spell(max(now_us - each.since_us, 0) // 1_000_000) if each.since_us else "?"
    tail = f"{each.waiting:>7,} since {since:>6}"
    return (
        Span(fit(foreign.words(line(each.title), "a record"), max(width - len(tail) - 1, 10)) + " "),
        Span(tail, "dim"),
    )


def _fact(name: str, words: str, role: str = "text") -> Line:
    return (Span(f"{name:9}", "bad" if name.isupper() else "dim"), Span(clean(words), role))


def show(station: "Workstation") -> Result:
    """What is between this device and its hub, from this device's own databases."""
    found = standing(station)
    data = {
        **found._asdict(),
        "records": [each._asdict() for each in found.records],
        "disputes": [each._asdict() for each in found.disputes],
        "fetching": [each._asdict() for each in found.fetching],
    }
    return Result(data, tuple(lines(found, None, station.clock.wall_us(), 79)))

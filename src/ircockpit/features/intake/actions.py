"""Taking in a file of signals, and what people decide of them."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.command.action import Result
from ircockpit.command.progress import Progress as Told
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.ids import shared_id
from ircockpit.features.incidents.queries import data_of, incident, incidents
from ircockpit.features.intake.drafts import promotion, review_drafts
from ircockpit.features.intake.formats.found import Bad, Found
from ircockpit.features.intake.pipe import Pipe
from ircockpit.features.intake.queries import (
    GroupRow,
    group,
    group_data,
    known_ids,
    receiving,
    signals,
)
from ircockpit.features.intake.rules import group_facts, group_id, observed, signal_facts, signal_id
from ircockpit.features.systems.queries import system as find_system
from ircockpit.inert.foreign import words
from ircockpit.inert.gate import clean, summary
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span, fit
from ircockpit.store.names import resolve
from ircockpit.store.workstation import Draft, Workstation

BATCH = 400
"""Signals made durable together; a file cut off in the middle is completed by taking it in again."""
SHOWN_BAD = 20
CLOSED = "an intake record closes after a day or 100,000 entries, and two open ones become one"
KEPT_BAD = 1000
"""Rows that could not be read of which line and reason are kept; a file may hold millions."""

Progress = Callable[[int, int], None]


class Received(NamedTuple):
    """What became of a file."""

    name: str
    sha256: str
    size: int
    format: str
    found: int
    added: int
    bad: tuple[Bad, ...]
    """The first rows that could not be read."""
    unread: int
    """How many rows could not be read in all."""
    skipped: int
    groups: tuple[str, ...]
    over: int
    """How many signals known before are over, as their monitor says."""
    broken: str
    """How a pipe broke off, empty where the whole of it came."""


class Unread:
    """Rows that could not be read: all are counted, as many are kept as a person goes through."""

    def __init__(self) -> None:
        self.first: list[Bad] = []
        self.count = 0
        self.last = 0
        """Line of the last one, 0 where there was none."""

    def add(self, row: Bad) -> None:
        """One more."""
        self.count += 1
        self.last = row.line
        if len(self.first) < KEPT_BAD:
            self.first.append(row)


def intake(
    station: Workstation,
    *,
    file: str,
    format: str | None = None,  # noqa: A002 - the option is called --format
    system: str | None = None,
    progress: Progress | None = None,
) -> Result:
    """Take in a file: its raw bytes are hashed and kept first, then read; the same file again adds nothing."""
    chosen = find_system(station.view, system) if system else None
    source = _pipe(station) if file == "-" else Path(file)
    got = _receive(station, source, format, progress)
    rows = [group(station.view, ident) for ident in got.groups]
    if chosen is not None:
        drafts = [_assign_draft(station, row, chosen.ident) for row in rows if row.system != chosen.ident]
        if drafts:
            station.append(drafts)
            rows = [group(station.view, ident) for ident in got.groups]
    return Result(_received_data(got, rows), tuple(_received_lines(got, rows)), _received_said(got))


def review(
    station: Workstation, *, signal: str, verdict: str | None = None, why: str | None = None
) -> Result:
    """Confirm or dismiss a group; a dismissal needs a reason, and new signals bring the group back."""
    row = group(station.view, signal)
    if verdict is None:
        return Result(group_data(row), tuple(group_lines(station, row, 10)))
    reason = (why or "").strip()
    if verdict == "dismiss" and not reason:
        raise RefusedError(
            "a dismissal needs a reason", safe="nothing was changed", fix="say why with --why, in a few words"
        )
    state = {"confirm": "confirmed", "dismiss": "dismissed"}[verdict]
    if row.state == "promoted":
        raise RefusedError(
            f"{row.short} is an incident already", safe="nothing was changed", fix="ircockpit queue shows it"
        )
    station.append(review_drafts(station, row, state, reason or "reviewed"))
    after = group(station.view, row.ident)
    return Result(group_data(after), (), f"{row.short} {state}: {counted(row.signals, 'signal')}")


def promote(
    station: Workstation, *, signal: str, title: str | None = None, impact: str | None = None
) -> Result:
    """Declare an incident from a group; you own it until somebody takes it."""
    row = group(station.view, signal)
    if row.incident and (known := incidents(station.view, [row.incident])):
        return Result(data_of(known[0]), (), f"{row.short} is incident {known[0].short} already")
    made = promotion(station, row, title=summary(title or "", 120), impact=impact or "")
    station.append(made.drafts)
    declared = incidents(station.view, [made.incident])[0]
    return Result(
        data_of(declared), (), f"declared {declared.short} from {row.signals} signals: {row.reason}"
    )


def assign(station: Workstation, *, target: str, system: str) -> Result:
    """Say by hand which system a group, or the incident it has become, belongs to."""
    chosen = find_system(station.view, system)
    kind, ident = resolve(station.view, target, "incident", "group", "signal")
    if kind == "incident":
        found = incident(station.view, ident)
        draft = station.set_field(
            found.stream, "incident.set", ident, "system", chosen.ident, why="assigned by hand"
        )
        station.append([draft])
        return Result(data_of(incident(station.view, ident)), (), f"{found.short} belongs to {chosen.name}")
    row = group(station.view, target)
    station.append([_assign_draft(station, row, chosen.ident)])
    return Result(group_data(group(station.view, row.ident)), (), f"{row.short} belongs to {chosen.name}")


def _assign_draft(station: Workstation, row: GroupRow, system: str) -> Draft:
    return station.set_field(row.stream, "group.set", row.ident, "system", system, why="assigned by hand")


def _pipe(station: Workstation) -> Pipe:
    if sys.stdin is None:
        raise BadInput(
            "standard input is closed", safe="nothing was taken in", fix="name a file, or pipe one in"
        )
    return Pipe(sys.stdin.buffer, station.profile.folder)


def _receive(
    station: Workstation, source: Path | Pipe, format_: str | None, progress: Progress | None
) -> Received:
    from ircockpit.blobs.files import FileBlobs, beginning
    from ircockpit.features.intake.formats.detect import HEAD_BYTES, detect
    from ircockpit.features.intake.formats.reading import parse

    blobs = FileBlobs(station.profile.blobs)
    if isinstance(source, Pipe):
        name, blob = "standard input", blobs.put_chunks(source)
        format_name = format_ or detect(beginning(blobs.path(blob.sha256), HEAD_BYTES), name)
    else:
        # Looked at before it is kept: of a file that is refused, no copy stays behind.
        name = source.name
        format_name = format_ or detect(beginning(source, HEAD_BYTES), name)
        blob = blobs.put_path(source)
    reading = parse(blobs.path(blob.sha256), format_name, progress=progress or _teller(name, blob.size))
    unread = Unread()
    groups: dict[str, None] = {}
    found = added = over = 0
    for batch in _batches(reading, unread):
        found += len(batch)
        new, ended = _add(station, batch, blob.sha256, groups)
        added, over = added + new, over + ended
    if not found and unread.count and not reading.skipped:
        first = unread.first[0]
        raise BadInput(
            f"no row of {name} could be read as {format_name}: line {first.line}: {first.reason}",
            safe=f"the file is kept as it is, sha256 {blob.sha256[:12]}",
            fix="say what it is with --format",
        )
    broken = source.said(unread.last) if isinstance(source, Pipe) else ""
    got = Received(
        name, blob.sha256, blob.size, format_name, found, added, tuple(unread.first), unread.count,
        reading.skipped, tuple(groups), over, broken,
    )  # fmt: skip
    _record(station, got)
    return got


def _add(station: Workstation, batch: list[Found], raw: str, groups: dict[str, None]) -> tuple[int, int]:
    """How many signals were new, and how many known ones are over."""
    by_id = {signal_id(each): each for each in batch}
    known = known_ids(station.view, "signal", list(by_id))
    by_group = {group_id(each): each for each in batch}
    known_groups = known_ids(station.view, "group", list(by_group))
    new = len(by_id) - len(known)
    stream = _stream(station) if new or len(known_groups) < len(by_group) else ""
    drafts = [
        Draft(stream, "group.formed", ident, (group_facts(each),))
        for ident, each in by_group.items()
        if ident not in known_groups
    ]
    for ident, each in by_id.items():
        if ident not in known:
            facts = signal_facts(each, raw)
            drafts.append(
                Draft(
                    stream, "signal.received", ident, (facts,), occurred=observed(each.observed), scope="team"
                )
            )
    ended = [
        draft
        for ident, each in by_id.items()
        if ident in known and each.resolved
        for draft in _resolved(station, ident)
    ]
    drafts += ended
    groups.update(dict.fromkeys(by_group))
    if drafts:
        station.append(drafts)
    return new, len(ended)


def _resolved(station: Workstation, ident: str) -> list[Draft]:
    rows = station.view.rows("SELECT stream, resolved FROM signal WHERE id=?", (ident,))
    if not rows or rows[0][1]:
        return []
    return [
        station.set_field(rows[0][0], "signal.set", ident, "resolved", 1, why="its monitor says it is over")
    ]


def _record(station: Workstation, got: Received) -> None:
    ident = shared_id("intake", got.sha256)
    if known_ids(station.view, "intake", [ident]):
        return
    facts = {
        "name": summary(got.name, 120),
        "sha256": got.sha256,
        "size": got.size,
        "format": got.format,
        "found": got.found,
        "bad": got.unread,
        "skipped": got.skipped,
    }
    station.append([Draft(_stream(station), "intake.received", ident, (facts,), scope="restricted")])


def _stream(station: Workstation) -> str:
    """The stream that takes signals now; one that is closed names it in the same step in which it is opened."""
    now = station.clock.wall_us()
    found = receiving(station.view, station.identity.org, now)
    if found.stream and not found.closing:
        return found.stream
    with station.profile.lock():  # a screen and a command at once open one stream, not two
        station.refresh()
        found = receiving(station.view, station.identity.org, now)
        stream, drafts = found.stream, []
        if not stream:
            stream, genesis = station.open_stream("intake")
            drafts.append(genesis)
        drafts += [
            station.set_field(each, "stream.succeeded", each, "successor", stream, why=CLOSED)
            for each in found.closing
        ]
        if drafts:
            station.append(drafts)
    return stream


def _batches(reading: Iterator[Found | Bad], unread: Unread) -> Iterator[list[Found]]:
    while rows := list(islice(reading, BATCH)):
        for row in rows:
            if isinstance(row, Bad):
                unread.add(row)
        yield [row for row in rows if isinstance(row, Found)]


def _teller(name: str, size: int) -> Progress:
    told = Told(f"reading {summary(name, 60)}", size, "bytes")
    return lambda done, _: told.reached(done)


def _received_data(got: Received, rows: Iterable[GroupRow]) -> dict[str, Any]:
    bad = [{"line": row.line, "reason": row.reason} for row in got.bad]
    return {**got._asdict(), "bad": bad, "groups": [group_data(row) for row in rows]}


def _received_said(got: Received) -> str:
    name = summary(got.name, 60)
    cut = f"; {got.broken}" if got.broken else ""
    if not got.found and not got.bad:
        return f"{name} ({got.format}) holds no findings: {got.skipped:,} rows were read{cut}"
    new = f"{got.added:,} of them new" if got.added else "all known already, nothing was added"
    if got.over:
        new = f"{got.added:,} of them new" if got.added else "all known already"
        new += "; 1 signal is over, says its monitor" if got.over == 1 else ""
        new += f"; {got.over:,} signals are over, say their monitors" if got.over > 1 else ""
    left = f"; {got.skipped:,} rows are no findings" if got.skipped else ""
    rows = "row" if got.unread == 1 else "rows"
    unread = f"; {got.unread:,} {rows} could not be read" if got.unread else ""
    many = "" if got.found == 1 else "s"
    return f"{name} ({got.format}): {got.found:,} signal{many}, {new}{left}{unread}{cut}"


def _received_lines(got: Received, rows: Iterable[GroupRow]) -> Iterator[Line]:
    for row in rows:
        yield (
            Span(f"{row.short:8}", "key"),
            Span(f"{row.signals:>6}x  "),
            Span(fit(clean(row.title), 44) + " "),
            Span(clean(row.system_name or "no system"), "accent" if row.system else "warn"),
            Span(f"  {clean(row.reason)}", "dim"),
        )
    for bad in got.bad[:SHOWN_BAD]:
        yield (Span(f"line {bad.line}: ", "bad"), Span(clean(bad.reason)))
    if got.unread > SHOWN_BAD:
        yield (Span(f"and {got.unread - SHOWN_BAD:,} more rows that could not be read", "bad"),)


def group_lines(station: Workstation, row: GroupRow, limit: int = 3) -> Iterator[Line]:
    """A signal group in a few lines: what, how many, which system and why, and its first signals."""
    yield (
        Span(f"{row.short}  ", "key"),
        Span(words(row.title), "title"),
        Span(f"  {row.signals} signal{'' if row.signals == 1 else 's'}, {clean(row.state)}"),
        Span(f"  {row.grouped}" if row.signals > 1 else "", "dim"),
    )
    for name, said in (
        ("detector", row.detector),
        ("source", row.source),
        ("system", f"{row.system_name or 'none'}: {row.reason}"),
    ):
        yield (Span(f"{name:9}", "dim"), Span(words(said)))
    for signal in signals(station.view, row.ident, limit):
        score = f"  score {signal.score}" if signal.score else ""
        yield (
            Span(f"{signal.short:10}", "key"),
            Span(words(signal.title)),
            Span(words(f"  {signal.place}{score}", ""), "dim"),
        )
    if row.signals > limit:
        yield (Span(f"and {row.signals - limit:,} more", "dim"),)

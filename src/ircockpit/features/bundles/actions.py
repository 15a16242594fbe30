"""What can be done with bundles; every handler serves the screen and the command alike."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.blobs.files import FileBlobs
from ircockpit.bundle.layout import COMPLETE, EXTRACT
from ircockpit.bundle.statement import UNKNOWN
from ircockpit.command.action import Result
from ircockpit.command.progress import Progress
from ircockpit.core.errors import ExitCode, NotFound, UsageError
from ircockpit.core.occurred import read_moment, typed_time
from ircockpit.features.bundles.audience import FILES, check_audience, for_audience, goes_out
from ircockpit.features.bundles.pages import facts
from ircockpit.features.disclosure.queries import INTERNAL, Released
from ircockpit.features.evidence.queries import copy_gate
from ircockpit.features.record.queries import stream_of
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean
from ircockpit.ledger.stream import is_closed
from ircockpit.render.glyphs import counted
from ircockpit.store.carrying import in_order_of_arrival
from ircockpit.store.log import Log
from ircockpit.store.names import resolve
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.bundles.export import Wish, Written
    from ircockpit.features.bundles.survey import Look

UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
LEAST_SIZE = 1_000_000
MIN_ID = 8
"""Digits of an event id that name it."""


def export(
    station: Workstation,
    *,
    to: str,
    incidents: list[str] | None = None,
    all: bool = False,  # noqa: A002 - the option is called --all
    extract: bool = False,
    entry: list[str] | None = None,
    since: str | None = None,
    as_of: str | None = None,
    without_files: bool = False,
    restricted: bool = False,
    max_size: str | None = None,
    again: bool = False,
    audience: str | None = None,
) -> Result:
    """Write one bundle, or several of a size asked for. Never overwrites, never reaches the network."""
    from ircockpit.features.bundles.export import Exporter, Wish
    from ircockpit.features.bundles.sources import hub_keys, read_as_of, source

    _check_words(incidents, all, extract, entry, max_size)
    audience = audience or INTERNAL
    check_audience(audience, extract=extract, restricted=restricted)
    since_us = _since(station, since)
    most = _size(max_size) if max_size else 0
    place = Path(to).expanduser().absolute()
    identity, key = station.identity, station.key()
    # A connection of its own: one state of the log throughout.
    log = Log(station.profile.log_db, read_only=True, open_database=station.profile.open_database)
    try:
        log.db.execute("BEGIN")
        state = read_as_of(as_of, hub_keys(log, identity)) if as_of else None
        kinds = dict(station.view.rows("SELECT id, kind FROM stream"))
        wanted = _streams(station, log, incidents or [], whole=not extract and state is None)
        authority = identity.authority_stream
        asked = [each for each in wanted if each != authority]
        if state is not None and (len(asked) != 1 or state.stream not in ("", asked[0])):
            raise UsageError(
                "--as-of speaks of one record: name the one incident it is of", safe="nothing was written"
            )
        kept = [
            each for each in wanted if restricted or not (kinds.get(each) and is_closed(str(kinds[each])))
        ]
        if since_us and not extract:
            kept = [each for each in kept if each == authority or _written_since(log, each, since_us)]
        sources = tuple(
            source(
                log,
                identity,
                each,
                str(kinds.get(each) or UNKNOWN),
                key,
                None if each == authority else state,
            )
            for each in kept
        )
        if not set(kept) - {authority}:
            raise NotFound("there is nothing to write: no record fits", safe="nothing was written")
        chosen, released = for_audience(
            station, log, kept, audience, _entries(log, kept, entry or []), since_us if extract else 0
        )
        files = not without_files and goes_out(station, kept, audience, FILES)
        wish = Wish(
            sources, EXTRACT if extract else COMPLETE, since_us if extract else 0, chosen, files, restricted, most,
            len(wanted) - len(kept),
        )  # fmt: skip
        now = station.clock.wall_us()
        exporter = Exporter(
            log,
            identity,
            key,
            FileBlobs(station.profile.blobs),
            copy_gate(station),
            wish,
            now,
            station.clock.offset_minutes(),
        )
        exporter.reached = Progress(f"writing {clean(place.name)}", None, "entries and files").reached
        done = exporter.write(place, again=again)
    finally:
        log.close()
    _note(station, incidents or [], done, wish)
    return _exported(done, wish, released, exporter.held_back)


def _note(station: Workstation, incidents: list[str], done: "list[Written]", wish: "Wish") -> None:
    """Say in each incident named that a copy was given out; whoever carries everything makes no entry everywhere."""
    statement = done[0].statement
    files = sum(each.statement.files for each in done)
    text = f"wrote a bundle, {wish.shape}, with {files} evidence files; its id is {statement.id}"
    body = {"text": text, "bundle": statement.id}
    drafts = [
        Draft(stream, "incident.noted", ident, (body,))
        for each in dict.fromkeys(incidents)
        for ident, stream in [_incident(station, each)]
    ]
    if drafts:
        station.append(drafts)


def _incident(station: Workstation, text: str) -> tuple[str, str]:
    _, ident = resolve(station.view, text, "incident")
    return ident, stream_of(station.view, ident)


def show(station: Workstation, *, folder: str, safe: bool = False) -> Result:
    """Read a whole bundle and say who made it, why they are trusted, what is new here and what is wrong.

    Code 6 where it is damaged or was changed, 7 where nothing of it would be accepted.
    """
    from ircockpit.features.bundles.survey import look

    looks = [look(station, Path(folder).expanduser())]
    with safely(safe):
        return _shown(station, looks, "nothing was taken over")


def take(station: Workstation, *, folders: list[str], yes: bool = False) -> Result:
    """Take bundles over after showing what they are; without ``yes`` they are only shown.

    Raises where one of them cannot be accepted: then nothing is taken over of any.
    """
    from ircockpit.features.bundles.survey import check_acceptable, look
    from ircockpit.features.bundles.taking import take as take_one

    looks = [look(station, Path(each).expanduser()) for each in folders]
    shown = _shown(station, looks, "nothing was taken over yet: the same with --yes does it")
    if not yes:
        return shown
    check_acceptable(station, looks)
    done = [take_one(station, each) for each in looks]
    station.refresh()
    totals = {name: sum(getattr(each, name) for each in done) for name in done[0]._fields}
    said = f"{totals['new']:,} entries taken over, {totals['held']:,} were here, {counted(totals['files'], 'evidence file')}"
    if totals["filled"]:
        said += f"; {totals['filled']:,} got withheld words back"
    if totals["files_held_back"]:
        said += f"; {counted(totals['files_held_back'], 'file')} that must not be copied left where they are"
    if totals["doubted"]:
        said += f"; {totals['doubted']:,} are kept and do not count yet: ircockpit verify"
    if totals["files_unnamed"]:
        said += (
            f"; {counted(totals['files_unnamed'], 'file')} that no entry held here names left where they are"
        )
    return Result({"taken": totals, "bundles": shown.data}, shown.lines, said)


def _shown(station: Workstation, looks: "list[Look]", said: str) -> Result:
    from ircockpit.features.bundles.pages import data_of, lines_of
    from ircockpit.features.record.queries import titles

    known = titles(station.view, station.log)
    code = ExitCode.OK
    for each in looks:
        code = ExitCode.REFUSED if each.refused else ExitCode.DAMAGED if each.damages else code
    lines = tuple(line for each in looks for line in lines_of(known, each))
    return Result(blanked([data_of(known, each) for each in looks]), lines, said, int(code))


def _check_words(
    incidents: list[str] | None,
    everything: bool,
    extract: bool,
    entry: list[str] | None,
    max_size: str | None,
) -> None:
    if bool(incidents) == everything:
        raise UsageError(
            "say what to write: short ids of incidents, or --all", safe="nothing was written",
            fix="ircockpit queue lists them; the folder comes last: ircockpit bundle export tofa /media/stick/tofa",
        )  # fmt: skip
    if entry and not extract:
        raise UsageError(
            "--entry chooses from an extract: give --extract with it", safe="nothing was written"
        )
    if max_size and _size(max_size) < LEAST_SIZE:
        raise UsageError("--max-size takes 1M or more: 4G, 500M", safe="nothing was written")


def _size(text: str) -> int:
    unit = UNITS.get(text[-1:].upper(), 1)
    digits = text[:-1] if unit > 1 else text
    return int(digits) * unit if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0


def _since(station: Workstation, since: str | None) -> int:
    if not since:
        return 0
    stored = typed_time(since, station.clock.wall_us(), station.clock.offset_minutes())
    return read_moment(stored).earliest_us


def _streams(station: Workstation, log: Log, incidents: list[str], *, whole: bool) -> list[str]:
    """The streams meant, and the organisation's: of members always, since it says whose word ended where; with whole
    records that of its names too.
    """
    if not incidents:
        return log.streams()
    found = list(dict.fromkeys(stream_of(station.view, each) for each in incidents))
    me = station.identity
    needed = (me.authority_stream, me.org_stream) if whole else (me.authority_stream,)
    behind = [each for each in needed if each and log.count(each)]
    return [*(each for each in behind if each not in found), *found]


def _written_since(log: Log, stream: str, since_us: int) -> bool:
    held = in_order_of_arrival(log, stream, -1, 0)
    return any(each.event.envelope.wall >= since_us for each in held)


def _entries(log: Log, streams: list[str], wanted: list[str]) -> tuple[str, ...]:
    """Full ids of the events that were named by the beginning of theirs."""
    if not wanted:
        return ()
    found: dict[str, list[str]] = {each.lower(): [] for each in wanted}
    for stream in streams:
        for row in log.rows(stream):
            for begin, ids in found.items():
                if len(begin) >= MIN_ID and row.ident.startswith(begin):
                    ids.append(row.ident)
    for begin, ids in found.items():
        if len(ids) != 1:
            raise NotFound(
                f"{begin!r} names {'no entry' if not ids else 'more than one entry'} of what was chosen",
                safe="nothing was written", fix="ircockpit timeline INCIDENT --json gives every event's id",
            )  # fmt: skip
    return tuple(ids[0] for ids in found.values())


def _exported(done: "list[Written]", wish: "Wish", released: Released, held_back: tuple[str, ...]) -> Result:
    first = done[0].statement
    rows = sum(each.rows for each in first.streams)
    files = sum(each.statement.files for each in done)
    lines = facts(
        *(("written", str(each.place)) for each in done),
        ("shape", wish.shape),
        ("holds", f"{counted(rows, 'entry')}, {counted(len(first.streams), 'record')},"
                  f" {counted(files, 'evidence file')}"),
        ("org id", first.org),
        ("marking", released.words()),
        *(("note", sentence) for sentence in _once(done)),
    )  # fmt: skip
    where = done[0].place.name if len(done) == 1 else f"{len(done)} folders"
    said = f"written to {where}; tell whoever checks it the organisation's id by another way"
    data: dict[str, Any] = {
        "id": first.id, "shape": first.shape, "org": first.org, "entries": rows, "files": files,
        "streams": [each._replace(heads=())._asdict() | {"lanes": len(each.heads)} for each in first.streams],
        "bundles": [{"place": str(each.place), "files": each.statement.files} for each in done],
        "left_out": first.left_out._asdict(), "held_back": list(held_back), "says": _once(done),
        "disclosure": released.data(),
    }  # fmt: skip
    return Result(data, lines, said)


def _once(done: "list[Written]") -> list[str]:
    """What the bundles say of themselves, but for what is only spread over several."""
    return [each for each in done[0].statement.says if "other parts of this export" not in each]

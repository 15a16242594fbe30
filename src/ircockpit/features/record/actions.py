"""What can be done with the record itself: verify it, make its view anew, examine the workstation."""

from typing import TYPE_CHECKING, Any

from ircockpit.command.action import Result
from ircockpit.command.progress import Progress
from ircockpit.core.errors import CockpitError, ExitCode
from ircockpit.features.record import queries
from ircockpit.features.record.queries import Titles
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean, line
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Line, Span
from ircockpit.store.workstation import Workstation

if TYPE_CHECKING:
    from ircockpit.features.record.observation import Observation
    from ircockpit.features.record.verification import Checked, Late
    from ircockpit.ledger.verify import Finding
    from ircockpit.store.erasing import Missing

NO_ANCHOR = "what no checkpoint covers can be cut off at its end without a trace here: compare with a second copy, or join a hub"


def verify(
    station: Workstation, *, incident: str | None = None, heads: bool = False, safe: bool = False
) -> Result:
    """Check signatures, chains, bodies, certificates and receipts; code 6 where something does not hold."""
    from ircockpit.features.record.verification import Verifier, cut_off, gone, in_all
    from ircockpit.store.erasing import missing
    from ircockpit.store.log import Log

    wanted = queries.stream_of(station.view, incident) if incident else None
    log = Log(
        station.profile.log_db, read_only=True
    )  # a connection of its own: one state of the log throughout
    try:
        log.db.execute("BEGIN")
        progress, seen = Progress("verifying", log.count(wanted), "events"), iter(range(1, 2**62))
        verifier = Verifier(
            log, station.identity, heads_only=heads, heard=lambda: progress.reached(next(seen))
        )
        checked = [verifier.stream(stream) for stream in ([wanted] if wanted else log.streams())]
        found = [finding for each in checked for finding in each.findings]
        if wanted is None:
            epoch, noted = queries.lane_mark(station.profile)
            found += cut_off(log, station.identity.device, epoch, noted)
            found += [] if any(each.kind == "missing" for each in found) else gone(log)
        lacking = missing(log, wanted)
    finally:
        log.close()
    late = in_all(checked)
    with safely(safe):
        return _verified(queries.titles(station.view, station.log), checked, found, heads, lacking, late)


def _verified(
    titles: Titles,
    checked: "list[Checked]",
    found: "list[Finding]",
    heads: bool,
    lacking: "Missing",
    late: "Late",
) -> Result:
    events, anchored = sum(each.events for each in checked), sum(each.anchored for each in checked)
    mode = "one signature a lane and every hash" if heads else "every signature and hash"
    lines: list[Line] = [row for finding in found for row in _finding_lines(titles, finding)]
    role = "bad" if found else "ok"
    verdict = f"{len(found)} found wrong" if found else "all holds"
    lines.append(
        (Span(f"{verdict}: {mode}, {counted(events, 'event')} in {counted(len(checked), 'record')}", role),)
    )
    if any(lacking):
        gone_words = [f"{count:,} {why}" for why, count in lacking._asdict().items() if count]
        lines.append(
            (Span(f"parts {' and '.join(gone_words)}: their words are not here, their proofs hold", "dim"),)
        )
    lines += _late_lines(late)
    if anchored:
        lines.append((Span(f"the hub's signed history covers {anchored:,} of them", "dim"),))
    if anchored < events:
        lines.append((Span(NO_ANCHOR, "dim"),))
    data = {
        "ok": not found,
        "mode": "heads" if heads else "full",
        "events": events,
        "records": [
            {"stream": each.stream, "title": titles.of(each.stream), "events": each.events, "lanes": each.lanes,
             "anchored": each.anchored}
            for each in checked
        ],
        "findings": [_finding_data(titles, each) for each in found],
        "end_proved": anchored == events,
        "revoked": late._asdict(),
        **lacking._asdict(),
    }  # fmt: skip
    return Result(data, tuple(lines), "", int(ExitCode.DAMAGED if found else ExitCode.OK))


def _late_lines(late: "Late") -> list[Line]:
    """What revoked devices wrote after their end: no damage, but something to know and perhaps to decide."""
    lines: list[Line] = []
    if late.events:
        does = "does" if late.events == 1 else "do"
        words = f"{counted(late.events, 'event')} of revoked devices {does} not count"
        lines.append((Span(f"{words} ({late.refused:,} refused already)", "warn"),))
        do = "ircockpit refused lists them; what was the owner's own word, a lead can adopt"
        lines.append((Span(f"  {do}", "dim"),))
    if shown := late.events - late.refused:
        it_is = "one of them is" if shown == 1 else f"{shown:,} of them are"
        lines.append((Span(f"  {it_is} still shown as if accepted: run ircockpit sync", "warn"),))
    if late.adopted:
        count = "counts" if late.adopted == 1 else "count"
        words = f"{counted(late.adopted, 'event')} of revoked devices {count}, adopted by a lead"
        lines.append((Span(words, "dim"),))
    return lines


def _finding_lines(titles: Titles, finding: "Finding") -> list[Line]:
    sense = queries.SENSE[finding.kind]
    place = f"event {finding.n}" if finding.n else "event"
    if finding.device:
        place += f" of {titles.device(finding.device)}, epoch {finding.epoch}"
    return [
        (Span(f"{finding.kind:11}", "bad"), Span(clean(f"{titles.of(finding.stream)}, {place}"), "title")),
        *(
            (Span(f"  {name:9}", "dim"), Span(clean(words)))
            for name, words in (
                ("what", finding.detail), ("means", sense.means), ("do", sense.fix), ("event id", finding.event_id),
            )
            if words
        ),
    ]  # fmt: skip


def _finding_data(titles: Titles, finding: "Finding") -> dict[str, Any]:
    sense = queries.SENSE[finding.kind]
    return {
        "kind": finding.kind.value, "stream": finding.stream, "record": titles.of(finding.stream),
        "device": finding.device, "device_name": titles.device(finding.device) if finding.device else "",
        "epoch": finding.epoch, "n": finding.n, "event": finding.event_id, "what": finding.detail,
        "means": sense.means, "fix": sense.fix,
    }  # fmt: skip


def rebuild(station: Workstation) -> Result:
    """Make ``view.db`` anew from the log, and say whether it had shown what the log holds."""
    before = _dump(station)
    total = station.log.count()
    progress = Progress("rebuilding", total, "events")
    station.remake_view(progress.reached)
    after = station.view.dump()
    same = None if before is None or station.mended else before == after
    left_out = station.view.left_out
    said = {
        True: "the view is made anew from the log; it shows what it showed before",
        False: "the view is made anew from the log; it had shown something else before",
        None: "the view could not be read and is made anew from the log",
    }[same]
    if left_out:
        said += f"; {left_out} events are not what was written and are left out: run ircockpit verify"
    data = {"events": total, "same": same, "left_out": left_out, "entities": after.count(b'["entity",')}
    words = f"{total:,} events, {data['entities']:,} things"
    return Result(data, ((Span(words),),), said)


def _dump(station: Workstation) -> bytes | None:
    try:
        return station.view.dump()
    except CockpitError:
        return None


def doctor(station: Workstation, *, repair: bool = False) -> Result:
    """Examine this workstation; code 6 where a line is bad."""
    from ircockpit.features.record.doctor import examine

    found = examine(station, mend=repair)
    worst = any(each.state == "bad" for each in found)
    data = [each._asdict() for each in found]
    return Result(
        data, tuple(_doctor_line(each) for each in found), "", int(ExitCode.DAMAGED if worst else ExitCode.OK)
    )


def _doctor_line(each: "Observation") -> Line:
    words = line(each.what)
    fix = "; ".join(line(part) for part in (each.safe, each.fix) if part)
    return (
        Span(f"{each.state:5}", each.state),
        Span(f"{each.about:12}", "dim"),
        Span(words),
        Span(f"  {fix}" if fix else "", "dim"),
    )

"""What can be done about a replay: seal, plan, send, judge, compare, and watch; every handler serves screen and command."""

import re
from typing import Any

from ircockpit.command.action import Result
from ircockpit.command.progress import tell
from ircockpit.core.errors import BadInput, ExitCode, NotFound
from ircockpit.core.stated import given
from ircockpit.features.care.queries import settings_of
from ircockpit.features.care.rules import READ_PER_SECOND
from ircockpit.features.incidents.queries import incident as find_incident
from ircockpit.features.intake.queries import turns_of
from ircockpit.features.replay import judging, queries, watching
from ircockpit.features.replay.events import CHAT, PATTERN, PERSON, PROBE
from ircockpit.features.replay.judging import Item, Sheet
from ircockpit.features.replay.pages import every_words, overview, plan_lines, run_lines
from ircockpit.features.replay.places import elsewhere_words
from ircockpit.features.replay.planning import plan_after, plan_before
from ircockpit.features.replay.prompts import candidates
from ircockpit.features.replay.queries import RunRow, WatchRow
from ircockpit.features.replay.recording import result_words
from ircockpit.features.replay.rules import NAME, Terms
from ircockpit.features.replay.sending import Far, send
from ircockpit.features.replay.watching import Watcher
from ircockpit.features.summary import blanked
from ircockpit.inert.foreign import safely
from ircockpit.inert.gate import clean
from ircockpit.net.giveup import GiveUp
from ircockpit.render.blur import blurred
from ircockpit.render.glyphs import counted
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line, Span
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Draft, Workstation

IDLE_S = 5.0
"""Seconds between two looks at what is due."""
_EVERY = re.compile(r"([0-9]{1,5})\s*(m|h|d)")
_SIZES = {"m": 1, "h": 60, "d": 1440}


def list_all(station: Workstation, *, incident: str, safe: bool = False) -> Result:
    """The sets, the runs with what they allow to say, and the watches of an incident."""
    row = find_incident(station.view, incident)
    with safely(safe):
        lines = overview(station, row.ident, terminal_size((100, 24))[0])
        data = {
            "incident": row.ident, "short": row.short, "line": queries.line(station.view, row.ident),
            "sets": [_set_data(each) for each in queries.sets(station.view, row.ident)],
            "runs": [queries.run_data(station.view, each) for each in queries.runs(station.view, row.ident)],
            "watches": [_watch_data(each) for each in queries.watches(station.view, row.ident)],
        }  # fmt: skip
        none = f"nothing was replayed yet: ircockpit replay seal {row.short} NAME seals its prompts"
        return Result(blanked(data), tuple(lines), "" if lines else none)


def show(station: Workstation, *, run: str) -> Result:
    """One run whole."""
    row = queries.run(station.view, run)
    return Result(queries.run_data(station.view, row), tuple(run_lines(station, row)))


def seal(station: Workstation, *, incident: str, name: str, signal: list[str] | None = None) -> Result:
    """Seal prompts into a named set: their hashes are recorded, their words stay where they are."""
    row = find_incident(station.view, incident)
    if not NAME.fullmatch(name):
        raise BadInput(
            "a set's name is small letters, digits, dots and dashes, at most 32 of them",
            safe="nothing was recorded",
        )
    if name in [each.name for each in queries.sets(station.view, row.ident)]:
        raise BadInput(
            f"{name} is sealed already, and is not changed",
            safe="nothing was recorded",
            fix="choose another name",
        )
    found = candidates(station, row, signal or [])
    if not found.prompts:
        raise NotFound(
            f"{counted(found.without, 'signal')} of {row.short} came without a prompt: there is nothing to seal",
            safe="nothing was recorded", fix="take in a file of signals with prompts: ircockpit intake FILE",
        )  # fmt: skip
    ident = station.new_id(row.stream)
    prompts = [each._asdict() for each in found.prompts]
    facts = {"incident": row.ident, "name": name, "count": len(prompts), "prompts": prompts}
    station.append([Draft(row.stream, "replay.sealed", ident, (facts,))])
    made = queries.sealed_set(station.view, row.ident, name)
    more = f"; {found.without} came without one" if found.without else ""
    more += f"; the words of {found.elsewhere} are not on this device" if found.elsewhere else ""
    return Result(
        _set_data(made), (), f"sealed {counted(len(prompts), 'prompt')} of {row.short} as {name}{more}"
    )


def plan(
    station: Workstation, *, incident: str, sealed: str | None = None, target: str | None = None, api: str = CHAT,
    control: str = "", model: str = "", input: str = "prompt",  # noqa: A002 - the option is called --input
    method: str | None = None, pattern: str = "", confidence: int | None = None, bound: int | None = None,
    requests: int | None = None, tokens: int | None = None, length: int | None = None, rate: int | None = None,
    timeout: int | None = None,
) -> Result:  # fmt: skip
    """Plan the run before a containment; its number follows from what is to be known."""
    row = find_incident(station.view, incident)
    base = Terms(api, 0)
    terms = base._replace(
        confidence=_or(confidence, base.confidence), bound=_or(bound, base.bound), model=model, input=input,
        rate=_or(rate, base.rate), tokens=_or(tokens, base.tokens), length=_or(length, base.length),
        timeout_ms=_or(timeout, base.timeout_ms // 1000) * 1000, pattern=pattern,
        method=method or (PATTERN if pattern or api == PROBE else PERSON),
    )  # fmt: skip
    made = plan_before(
        station, row, terms, sealed=sealed or "", target=target or "", control=control, requests=_or(requests, 200)
    )  # fmt: skip
    return _planned(station, made)


def after(
    station: Workstation, *, run: str, action: str | None = None, target: str | None = None, model: str = ""
) -> Result:
    """Plan the same run again, to be compared with one before it."""
    before = queries.run(station.view, run)
    return _planned(station, plan_after(station, before, action or "", target or "", model.strip()))


def run(station: Workstation, *, run: str, yes: bool = False) -> Result:
    """Send a planned run, or what is left of one that was cut off."""
    row = queries.run(station.view, run)
    if not yes:
        said = "nothing was sent: confirm with --yes"
        return Result(
            queries.run_data(station.view, row), tuple(plan_lines(station, row)), said, int(ExitCode.REFUSED)
        )
    done = send(station, row, tell=_narrate)
    return Result(
        queries.run_data(station.view, done), tuple(run_lines(station, done)), result_words(station, done)
    )


def judge(
    station: Workstation, *, run: str, why: str | None = None, answer: str | None = None, verdict: str | None = None,
    lift: bool = False,
) -> Result:  # fmt: skip
    """Print the next answer that waits, or record what one is."""
    row = queries.run(station.view, run)
    if answer or verdict:
        if not (answer and verdict):
            raise BadInput(
                "a verdict is about one answer: --answer HANDLE --verdict VERDICT",
                safe="nothing was recorded",
            )
        judging.judge(station, judging.find(station, row, answer), verdict)
        now = queries.run(station.view, row.ident)
        left = now.counts.of.get("open", 0) if not now.judged else 0
        said = result_words(station, now) if now.judged else f"recorded; {left or 'some'} answers wait"
        return Result(queries.run_data(station.view, now), (), said)
    sheet = judging.open_sheet(station, row, why or "")
    item = sheet.items[0]
    clear = lift or not sheet.blurred or not settings_of(station).care.blur
    if clear:
        _count(station, sheet, item)
    data = {
        "answer": item.handle, "prompt": item.prompt, "output": item.output, "left": len(sheet.items), "of": sheet.total,
        "category": sheet.category, "blurred": not clear,
    }  # fmt: skip
    lines: list[Line] = [
        (Span(f"answer {item.handle}", "key"), Span(f", one of {len(sheet.items)} that wait; which run it is of is not told",
                                                    "dim"))
    ]  # fmt: skip
    for turn in turns_of(data):
        lines += [(), turn.head, *((Span("  "), *(each if clear else blurred(each))) for each in turn.lines)]
    said = f"ircockpit replay judge {row.short} --answer {item.handle} --verdict reproduced|other|refused"
    return Result(data, tuple(lines), said if clear else f"blurred: --lift prints it readable. Then: {said}")


def take_verdicts(station: Workstation, *, run: str, file: str) -> Result:
    """Take in what a detector says of the answers."""
    row, number = judging.take_verdicts(station, queries.run(station.view, run), file)
    said = f"{counted(number, 'verdict')} taken in. {result_words(station, row)}"
    return Result(queries.run_data(station.view, row), (), said)


def repeat(station: Workstation, *, run: str, every: str = "6h", days: int | None = None) -> Result:
    """Begin a watch."""
    found = _EVERY.fullmatch(every.strip().lower())
    if found is None:
        raise BadInput(
            f"{clean(every)[:20]!r} is no length of time", safe="nothing was recorded", fix="30m, 6h or 1d"
        )
    minutes = int(found[1]) * _SIZES[found[2]]
    made = watching.begin(station, queries.run(station.view, run), minutes, _or(days, 14))
    said = f"{made.short} repeats it every {every_words(minutes)} for {counted(_or(days, 14), 'day')}; {watching.NOWHERE}"
    return Result(_watch_data(made), (), said)


def end(station: Workstation, *, watch: str, why: str) -> Result:
    """End a watch."""
    row = queries.watch(station.view, watch)
    watching.end(station, row, given(why, judging.MAX_WHY, "the reason"))
    return Result(
        _watch_data(queries.watch(station.view, row.ident)), (), f"{row.short} has ended; nothing is repeated"
    )


def keep_watch(station: Workstation, *, once: bool = False, yes: bool = False) -> Result:
    """Send the runs of all watches of this device when they are due, until it is interrupted."""
    if not yes:
        named = [f"{each.short} every {every_words(each.minutes)}" for each in _own(station)]
        said = f"nothing was sent: confirm with --yes. It would watch: {', '.join(named) or 'nothing yet'}"
        return Result(
            {"watches": [_watch_data(each) for each in _own(station)]}, (), said, int(ExitCode.REFUSED)
        )
    watcher, give_up, done = Watcher(station), GiveUp(), []
    while True:
        while (row := watcher.next()) is not None:
            outcome = watcher.send(row, give_up, _narrate)
            said = (
                outcome.error.what
                if outcome.error
                else result_words(station, outcome.run)
                if outcome.run
                else ""
            )
            tell(f"{row.short}: {clean(said)}")
            done.append({"watch": row.short, "run": outcome.run.short if outcome.run else "", "said": said})
        if once:
            failed = any(not each["run"] for each in done)
            words = f"{counted(len(done), 'run')} sent" if done else "nothing is due"
            return Result({"sent": done}, (), words, int(ExitCode.FAILED) if failed else 0)
        give_up.wait(IDLE_S)
        station.refresh()


def _planned(station: Workstation, row: RunRow) -> Result:
    said = f"planned {row.short}: {row.terms.number} requests, none sent; send it: ircockpit replay run {row.short}"
    if other := elsewhere_words(queries.before_of(station.view, row), row):
        said = f"{other}. {said}"
    return Result(queries.run_data(station.view, row), tuple(run_lines(station, row)), said)


def _count(station: Workstation, sheet: Sheet, item: Item) -> None:
    """Note what is printed readable as seen for as long as it takes to read."""
    journal = Journal(station.profile.folder, station.clock)
    least = settings_of(station).care.reveal_seconds
    for turn in ("prompt", "output"):
        words = getattr(item, turn)
        if words:
            journal.begin(sheet.run, turn, sheet.category, max(least, len(words) / READ_PER_SECOND))


def _own(station: Workstation) -> list[WatchRow]:
    return [each for each in queries.watches(station.view) if each.device == station.identity.device]


def _set_data(row: queries.SealedRow) -> dict[str, Any]:
    return {"id": row.ident, "name": row.name, "prompts": [each._asdict() for each in row.prompts]}


def _watch_data(row: WatchRow) -> dict[str, Any]:
    return {
        "id": row.ident, "short": row.short, "incident": row.incident, "run": row.run, "minutes": row.minutes,
        "until_us": row.until_us, "state": row.state, "last_us": row.last_us, "due_us": row.due_us,
    }  # fmt: skip


def _narrate(far: Far) -> None:
    tell(f"{far.sent} of {far.number} sent, {far.tokens:,} tokens: {far.said}")


def _or(value: int | None, default: int) -> int:
    return default if value is None else value

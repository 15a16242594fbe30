"""Recording what clocks are made of, and showing where they stand; every handler serves screen and command alike."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ircockpit.command.action import Result
from ircockpit.core.errors import BadInput, NotFound
from ircockpit.core.occurred import from_wall, typed_time
from ircockpit.core.stated import AS_EVIDENCE, one_of, within
from ircockpit.features.clocks import pages, rules
from ircockpit.features.clocks.anchors import Stated, stated
from ircockpit.features.clocks.boards import Board, board
from ircockpit.features.clocks.data import banner_data, data_of, whole_data
from ircockpit.features.clocks.due import running, with_events
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.clocks.standing import URGENCY, Standing
from ircockpit.features.evidence.drafts import exhibit_drafts
from ircockpit.features.evidence.events import FILING
from ircockpit.features.incidents import queries as incidents
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.queue.queries import queue_ids
from ircockpit.inert.foreign import safely
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Line
from ircockpit.store.workstation import Draft, Workstation

_NEVER = 2**63


def overview(
    station: Workstation,
    *,
    incident: str | None = None,
    all: bool = False,  # noqa: A002 - the option is called --all
    safe: bool = False,
) -> Result:
    """Every clock that wants something, the most urgent first, of one incident or of all open ones."""
    idents = [incidents.incident(station.view, incident).ident] if incident else queue_ids(station)
    now, width = station.clock.wall_us(), _width()
    with safely(safe):
        found: list[tuple[Standing, IncidentRow, Board]] = []
        lines, open_questions = list[Line](), list[Line]()
        banners: list[dict[str, Any]] = []
        for row in incidents.incidents(station.view, idents):
            its = board(station, row)
            lines += pages.banner_lines(its, width)
            banners += [banner_data(its, each, row) for each in its.banners]
            found += [(each, row, its) for each in pages.asked_for(its, everything=all)]
            open_questions += pages.raised_lines(its)
            open_questions += [] if incident or all else pages.undecided_lines(its, row.short)
        if not incident:  # what is closed can still run out
            for row in incidents.incidents(
                station.view, [each for each in with_events(station) if each not in idents]
            ):
                its = board(station, row)
                found += [(each, row, its) for each in running(its.standings)]
        found.sort(
            key=lambda one: (
                URGENCY[one[0].state],
                not pages.is_raised(one[2], one[0]),
                one[0].due_us or _NEVER,
            )
        )
        shown = [one for one in found if incident or all or pages.is_listed(one[2], one[0])]
        lines += [
            line
            for each, row, its in shown
            for line in pages.clock_rows(its, each, now, width, short="" if incident else row.short)
        ]
        refused = rulebook(station.profile.folder).refused
        lines += [*open_questions, *pages.refused_lines(rulebook(station.profile.folder), width)]
        data = {
            "clocks": [data_of(its, each, row, now) for each, row, its in found], "banners": banners,
            "refused": [pages.refused_words(each) for each in refused],
        }  # fmt: skip
    none = (
        "no incident is open here"
        if not idents
        else f"every duty known here is decided or filed; {pages.OTHERS}"
    )
    return Result(data, tuple(lines), pages.said_of([each for each, _, _ in found]) if found else none)


def show(station: Workstation, *, clock: str, incident: str, safe: bool = False) -> Result:
    """One clock whole: state, wording, source, what to send and what is recorded."""
    row = incidents.incident(station.view, incident)
    with safely(safe):
        its = board(station, row)
        standing = _standing(its, _clock(station, clock))
        now = station.clock.wall_us()
        lines = pages.show_lines(its, standing, now, station.shown_offset, _width())
        return Result(whole_data(its, standing, row, now), tuple(lines), "")


def anchor(
    station: Workstation, *, incident: str, name: str, time: str, low: str | None = None, high: str | None = None,
    why: str | None = None, source: str | None = None, withdraw: bool = False, op: str | None = None,
) -> Result:  # fmt: skip
    """Record when an event was that periods are counted from, or withdraw it; several of one name all stand.

    Raises :class:`BadInput` for an event nobody knows and for what is no time; then nothing is recorded.
    """
    row = incidents.incident(station.view, incident)
    book = rulebook(station.profile.folder).book
    event = one_of("event", name, list(book.anchors))
    times = [_time(station, each) if each and each.strip() else "" for each in (time, low, high)]
    when = stated(times[0], low=times[1] or None, high=times[2] or None)
    ident = rules.anchor_id(row.ident, event, *times)
    words = {
        "why": _said(why, "the reason"),
        "source": _said(source, "the source"),
    }
    if withdraw:
        _known(station, "anchor", ident, f"{event} at {times[0]} is not recorded")
        return _withdrawn(station, row, "anchor.set", ident, event, words["why"], op)
    facts = {"incident": row.ident, "name": event, "time": times[0], "low": times[1], "high": times[2]}
    parts = [facts, *({key: text} for key, text in words.items() if text)]
    drafts = [Draft(row.stream, "anchor.recorded", ident, tuple(parts))]
    if _is_withdrawn(station, "anchor", ident):
        drafts = [
            station.set_field(row.stream, "anchor.set", ident, "withdrawn", 0, why=words["why"], of=event)
        ]
    elif _there(station, "anchor", ident):
        drafts = []
    if drafts:
        station.append(drafts, op=op)
    ahead = _ahead(station, when)
    return _after(station, row, f"{event}: {times[0]} is on record{ahead}")


def fact(
    station: Workstation,
    *,
    incident: str,
    fact: str,
    answer: str,
    why: str | None = None,
    op: str | None = None,
) -> Result:
    """Answer a question that decides whether duties apply; ``unknown`` takes an answer back."""
    row = incidents.incident(station.view, incident)
    book = rulebook(station.profile.folder).book
    question = book.facts[one_of("question", fact, list(book.facts))]
    stored = rules.answer_of(question, answer)
    ident = rules.fact_id(row.ident, question.id)
    drafts = []
    if not _there(station, "fact", ident):
        drafts.append(
            Draft(row.stream, "fact.asked", ident, ({"incident": row.ident, "question": question.id},))
        )
    drafts.append(
        station.set_field(
            row.stream,
            "fact.answered",
            ident,
            "answer",
            stored,
            why=_said(why, "the reason"),
            question=question.id,
        )
    )
    station.append(drafts, op=op)
    return _after(station, row, f"{question.id}: {stored}")


def filed(
    station: Workstation, *, incident: str, clock: str, at: str | None = None, reference: str | None = None,
    evidence: str | None = None, withdraw: bool = False, why: str | None = None, op: str | None = None,
) -> Result:  # fmt: skip
    """Record that a clock's submission was made; a copy of what was sent is taken into custody with ``evidence``."""
    row = incidents.incident(station.view, incident)
    ident = _clock(station, clock)
    time = _time(station, at) if at and at.strip() else _now(station)
    stated(time)
    called = _said(reference, "the reference")
    filing = rules.filing_id(row.ident, ident, time, called)
    if withdraw:
        _known(station, "filing", filing, f"no submission of {ident} at {time} is recorded")
        return _withdrawn(
            station,
            row,
            "filing.set",
            filing,
            ident,
            _said(why, "the reason"),
            op,
        )
    with ExitStack() as keeping:
        exhibit, drafts = "", list[Draft]()
        if evidence and evidence.strip():
            # What was sent to an authority is the organisation's own writing, whatever must not be copied here.
            copy = exhibit_drafts(
                station, row.ident, evidence, f"submitted: {ident}", clear=True, kind=FILING
            )
            exhibit, drafts = keeping.enter_context(copy)
        if _is_withdrawn(station, "filing", filing):
            drafts.append(station.set_field(row.stream, "filing.set", filing, "withdrawn", 0, of=ident))
        elif not _there(station, "filing", filing):
            facts = {"incident": row.ident, "clock": ident, "time": time, "exhibit": exhibit}
            parts = (facts, {"reference": called}) if called else (facts,)
            drafts.append(Draft(row.stream, "filing.made", filing, parts))
        if drafts:
            station.append(drafts, op=op)
    standing = _standing(board(station, row), ident)
    late = ", after its target" if standing.late else ""
    return _after(station, row, f"{ident}: filed {time}{late}")


def not_reportable(
    station: Workstation,
    *,
    incident: str,
    clock: str,
    why: str,
    withdraw: bool = False,
    op: str | None = None,
) -> Result:
    """Decide that nothing is to be reported under a duty, and why; or that this holds no more."""
    said = "holds no more: its clock is as the facts say" if withdraw else "is held not reportable"
    return _decide(station, incident, clock, "waived", why, withdraw, op, said)


def counsel(
    station: Workstation,
    *,
    incident: str,
    clock: str,
    why: str,
    withdraw: bool = False,
    op: str | None = None,
) -> Result:
    """Record that counsel says a duty applies, and on what grounds; or take it back."""
    said = "waits for counsel again" if withdraw else "applies, counsel says"
    return _decide(station, incident, clock, "advised", why, withdraw, op, said)


def toll(
    station: Workstation, *, incident: str, clock: str, begins: str, ends: str | None = None, why: str = "",
    withdraw: bool = False, op: str | None = None,
) -> Result:  # fmt: skip
    """Record that an authority asked to wait; only a clock whose law says so is stopped by it."""
    row = incidents.incident(station.view, incident)
    ident, reason = _clock(station, clock), _said(why, "the reason")
    if not reason:
        raise BadInput(
            "who asked, and under which rule, is not said",
            safe="nothing was recorded",
            fix="say it with --why",
        )
    first, last = _time(station, begins), _time(station, ends) if ends and ends.strip() else ""
    if last and stated(last).latest_us < stated(first).earliest_us:
        raise BadInput("it ends before it begins", safe="nothing was recorded")
    stated(first)
    wait = rules.toll_id(row.ident, ident, first)
    if withdraw:
        _known(station, "toll", wait, f"no request to wait from {first} is recorded")
        return _withdrawn(station, row, "toll.set", wait, ident, reason, op)
    if not _there(station, "toll", wait):
        facts = {"incident": row.ident, "clock": ident, "begins": first, "ends": last}
        station.append([Draft(row.stream, "toll.granted", wait, (facts, {"why": reason}))], op=op)
    else:
        drafts = [station.set_field(row.stream, "toll.set", wait, "ends", last, why=reason, of=ident)]
        if _is_withdrawn(station, "toll", wait):
            drafts.append(
                station.set_field(row.stream, "toll.set", wait, "withdrawn", 0, why=reason, of=ident)
            )
        station.append(drafts, op=op)
    stops = rulebook(station.profile.folder).book.clocks[ident].clock.toll
    runs = "" if stops else "; no rule lets this clock be stopped: it runs on"
    return _after(station, row, f"{ident}: a request to wait is on record{runs}")


def ics(station: Workstation, *, file: str, incident: str | None = None) -> Result:
    """Write the due times there are as a calendar file; an incident is named in it by its short id alone."""
    from ircockpit.features.clocks.ics import calendar_file, entry

    now = station.clock.wall_us()
    idents = [incidents.incident(station.view, incident).ident] if incident else queue_ids(station)
    entries = [
        made
        for row in incidents.incidents(station.view, idents)
        for each in pages.asked_for(board(station, row), everything=False)
        if (
            made := entry(
                each, stream=row.stream, called=row.short, sequence=now // 1_000_000 - _SEQUENCE_FROM
            )
        )
    ]
    path = Path(file)
    try:
        with path.open("xb") as target:
            target.write(calendar_file(entries, stamped_us=now))
    except FileExistsError:
        raise BadInput(
            f"{path.name} is there already", safe="it was not touched", fix="name a new file"
        ) from None
    except OSError as error:
        raise BadInput(f"{path.name} cannot be written: {error.strerror}", fix="name another place") from None
    return Result(
        {"file": str(path), "entries": len(entries)}, (),
        f"{len(entries)} due times written to {path.name}; clocks without a due time are not in it",
    )  # fmt: skip


_SEQUENCE_FROM = 1_767_225_600
"""2026-01-01T00:00Z: seconds since then grow with each writing and stay within what calendars hold."""


def _decide(
    station: Workstation, incident: str, duty: str, field: str, why: str, withdraw: bool, op: str | None, said: str
) -> Result:  # fmt: skip
    row = incidents.incident(station.view, incident)
    book = rulebook(station.profile.folder).book
    ident = one_of("duty", duty, [*book.clocks, *book.banners])
    reason = _said(why, "the reason")
    if not reason:
        raise BadInput(
            "a decision about a duty says why", safe="nothing was recorded", fix="say it with --why"
        )
    thing = rules.duty_id(row.ident, ident)
    drafts = []
    if not _there(station, "duty", thing):
        drafts.append(Draft(row.stream, "duty.named", thing, ({"incident": row.ident, "clock": ident},)))
    value = 0 if withdraw else 1
    drafts.append(
        station.set_field(row.stream, f"duty.{field}", thing, field, value, why=reason, clock=ident)
    )
    station.append(drafts, op=op)
    return _after(station, row, f"{ident} {said}")


def _after(station: Workstation, row: IncidentRow, said: str) -> Result:
    """What the clocks of the incident are after a change, in the order of their urgency."""
    its, now = board(station, row), station.clock.wall_us()
    found = pages.asked_for(its, everything=False)
    data = {
        "clocks": [data_of(its, each, row, now) for each in found],
        "banners": [banner_data(its, each, row) for each in its.banners], "refused": [],
    }  # fmt: skip
    return Result(data, tuple(pages.after_lines(its, row.short, now, _width())), f"{row.short} {said}")


def _withdrawn(
    station: Workstation, row: IncidentRow, type_: str, ident: str, of: str, why: str, op: str | None
) -> Result:
    station.append([station.set_field(row.stream, type_, ident, "withdrawn", 1, why=why, of=of)], op=op)
    return _after(station, row, f"{of}: withdrawn; what was recorded stays readable")


def _there(station: Workstation, kind: str, ident: str) -> bool:
    return bool(station.view.rows("SELECT 1 FROM entity WHERE id = ? AND kind = ?", (ident, kind)))


def _known(station: Workstation, kind: str, ident: str, what: str) -> None:
    if not _there(station, kind, ident):
        raise NotFound(
            what, safe="nothing was recorded", fix="say its time as it was recorded: clocks show tells it"
        )


def _is_withdrawn(station: Workstation, kind: str, ident: str) -> bool:
    rows = station.view.rows(f'SELECT withdrawn FROM "{kind}" WHERE id = ?', (ident,))  # noqa: S608 - fixed names
    return bool(rows and rows[0][0])


def _standing(its: Board, clock: str) -> Standing:
    found = its.standing(clock)
    if found is None:
        raise NotFound(f"no clock is called {clock!r}", fix="ircockpit clocks --all lists them")
    return found


def _clock(station: Workstation, typed: str) -> str:
    return one_of("clock", typed, list(rulebook(station.profile.folder).book.clocks))


def _time(station: Workstation, typed: str) -> str:
    return typed_time(typed, station.clock.wall_us(), station.clock.offset_minutes())


def _now(station: Workstation) -> str:
    return from_wall(station.clock.wall_us(), station.clock.offset_minutes())


def _ahead(station: Workstation, when: Stated) -> str:
    return "; it lies ahead" if when.earliest_us > station.clock.wall_us() else ""


def _said(text: str | None, what: str) -> str:
    return within(text or "", rules.MAX_WORDS, what, fix=AS_EVIDENCE)


def _width() -> int:
    size = terminal_size()
    return min(size[0] if size else 80, 120)

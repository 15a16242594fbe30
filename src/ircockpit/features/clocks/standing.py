"""Where each clock of an incident stands: whether it runs, until when, and what is missing to say so."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from ircockpit.features.clocks.anchors import Stated
from ircockpit.features.clocks.book import Book, ReadyClock, ReadyCounsel, ReadyCount
from ircockpit.features.clocks.calendars import Calendar, Calendars
from ircockpit.features.clocks.form import SUBMITTED, Clock, Duty
from ircockpit.features.conditions import Facts, Truth


class State(Enum):
    """What a clock says; the order is that of urgency."""

    OVERDUE = "overdue"
    RUNNING = "running"
    COUNSEL = "confirm with counsel"
    UNSURE = "applies?"
    WAITING = "waiting"
    TOLLED = "stopped"
    NOT_BINDING = "not binding"
    FILED = "filed"
    OVER = "over"
    NOT_REPORTABLE = "not reportable"
    NOT_TRIGGERED = "does not apply"


_NONE: Mapping[str, Any] = MappingProxyType({})
_ANY_DAY = date(1970, 1, 1)
_FULL_READING = "Regulation (EEC, Euratom) No 1182/71, Art. 3, read in full, allows until later"
_LAST_DAY = "read less strictly, it ends with its last day"
URGENCY = {state: at for at, state in enumerate(State)}


class Said(NamedTuple):
    """A person's recorded decision."""

    who: str
    why: str


class Toll(NamedTuple):
    """An authority's request to wait, without ``until_us`` until further notice; microseconds since 1970."""

    from_us: int
    until_us: int | None
    who: str
    why: str


class Record(NamedTuple):
    """What is recorded about one incident, as far as clocks care; clocks are named by their ids."""

    facts: Facts = _NONE
    events: Mapping[str, tuple[Stated, ...]] = _NONE
    filings: Mapping[str, tuple[Stated, ...]] = _NONE
    not_reportable: Mapping[str, Said] = _NONE
    counsel_says: Mapping[str, Said] = _NONE
    """Counsel's answers that a duty applies; the other answer is a decision that nothing is reportable."""
    tolls: Mapping[str, tuple[Toll, ...]] = _NONE
    apart: frozenset[str] = frozenset()
    """Questions that people answer differently: unknown, but nothing that is forbidden becomes allowed by it."""

    def of(self, name: str) -> tuple[Stated, ...]:
        """The events of a name; submissions of another clock are such events."""
        if name.startswith(SUBMITTED):
            return self.filings.get(name.removeprefix(SUBMITTED), ())
        return self.events.get(name, ())


class Standing(NamedTuple):
    """One clock at one moment; instants are microseconds since 1970-01-01T00:00Z."""

    clock: Clock
    state: State
    why: str = ""
    """The reason for the state, where it is a decision, a legal question or a date."""
    unknown: tuple[str, ...] = ()
    """Facts that would decide whether it applies."""
    waiting: tuple[str, ...] = ()
    """Events that would begin it, or end it sooner."""
    counted_from: str = ""
    since_us: int | None = None
    due_us: int | None = None
    """The strict reading, and the target. There too where it only would be due, see ``state``."""
    extended_us: int | None = None
    """The later end that the rules of counting allow; a remark, never the target."""
    at_once_us: int | None = None
    """Since when the law says "immediately" or "without undue delay"."""
    filed_us: int | None = None
    notes: tuple[str, ...] = ()

    def is_past(self, now_us: int) -> bool:
        """Whether the target lies behind, in whatever state."""
        return self.due_us is not None and now_us > self.due_us

    @property
    def late(self) -> bool:
        """Whether it was filed after the target."""
        return self.filed_us is not None and self.is_past(self.filed_us)


class _Run(NamedTuple):
    counted_from: str = ""
    since: Stated | None = None
    due_us: int | None = None
    extended_us: int | None = None
    at_once_us: int | None = None
    waiting: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _Verdict(NamedTuple):
    state: State
    why: str = ""
    unknown: tuple[str, ...] = ()


def standings(book: Book, record: Record, now_us: int, calendars: Calendars) -> list[Standing]:
    """Every clock of the book for one incident, the most urgent first."""
    found = [standing(ready, record, now_us, calendars) for ready in book.clocks.values()]
    never = 2**63
    return sorted(
        found, key=lambda each: (URGENCY[each.state], never if each.due_us is None else each.due_us)
    )


def standing(ready: ReadyClock, record: Record, now_us: int, calendars: Calendars) -> Standing:
    """Where one clock stands; pure, and the same for the same record and moment."""
    clock = ready.clock
    filing = _filing(clock, record)
    applies = ready.applies(record.facts)
    if applies is False and filing is None and clock.id not in record.not_reportable:
        return Standing(clock, State.NOT_TRIGGERED, "the recorded facts say so")
    calendar = calendars.named(clock.calendar, ready.zone)
    run = _tolled(_run(ready, record, calendar), clock, record.tolls.get(clock.id, ()), now_us)
    verdict = _verdict(ready, record, now_us, calendar, run, applies, filing)
    notes = run.notes
    if run.since is not None and run.since.earliest_us > now_us:
        notes += ("the event it is counted from lies ahead",)
    return Standing(
        clock, verdict.state, verdict.why, verdict.unknown, run.waiting, run.counted_from,
        run.since.earliest_us if run.since else None, run.due_us, run.extended_us, run.at_once_us,
        filing.earliest_us if filing else None, notes,
    )  # fmt: skip


def in_force(duty: Duty, day: date, latest: date) -> str:
    """Why a duty is not in force for an event of that day, which may have been as late as ``latest``; else empty."""
    if duty.effective_from is not None and latest < duty.effective_from:
        return f"in force from {duty.effective_from}"
    if duty.effective_until is not None and day > duty.effective_until:
        return f"in force until {duty.effective_until}"
    return ""


def question(counsel: tuple[ReadyCounsel, ...], facts: Facts, day: date) -> str:
    """What counsel must say before a duty counts for an event of that day; empty where there is no question."""
    for each in counsel:
        settled = each.counsel.before is not None and day >= each.counsel.before
        if not settled and (each.when is None or each.when(facts) is not False):
            return each.counsel.why
    return ""


def _verdict(
    ready: ReadyClock, record: Record, now_us: int, calendar: Calendar, run: _Run, applies: Truth, filing: Stated | None
) -> _Verdict:  # fmt: skip
    clock = ready.clock
    if filing is not None:
        return _Verdict(State.FILED)
    if (said := record.not_reportable.get(clock.id)) is not None:
        return _Verdict(State.NOT_REPORTABLE, f"{said.who}: {said.why}")
    if clock.every and any(record.of(name) for name in clock.every.until):
        return _Verdict(State.OVER, "nothing more is due")
    day = latest = _ANY_DAY
    # Most duties have neither dates nor questions, and to find a day costs as much as all the rest.
    if clock.effective_from or clock.effective_until or ready.counsel:
        day = calendar.day_of(run.since.earliest_us if run.since else now_us)
        latest = calendar.day_of(run.since.latest_us) if run.since else day
    if why := in_force(clock, day, latest):
        return _Verdict(State.NOT_TRIGGERED, why)
    if not isinstance(applies, bool):
        return _Verdict(State.UNSURE, unknown=applies)
    if clock.binding == "no":
        return _Verdict(State.NOT_BINDING, clock.binding_why or "")
    if clock.id not in record.counsel_says and (why := question(ready.counsel, record.facts, day)):
        return _Verdict(State.COUNSEL, why)
    return _running(clock, record, now_us, run)


def _running(clock: Clock, record: Record, now_us: int, run: _Run) -> _Verdict:
    if run.since is None and run.at_once_us is None:
        return _Verdict(State.WAITING)
    if clock.toll:
        for toll in record.tolls.get(clock.id, ()):
            if toll.from_us <= now_us and (toll.until_us is None or now_us < toll.until_us):
                return _Verdict(State.TOLLED, f"{toll.who}: {toll.why}")
    return _Verdict(State.OVERDUE if run.due_us is not None and now_us > run.due_us else State.RUNNING)


def _filing(clock: Clock, record: Record) -> Stated | None:
    """The first submission that meets a clock; one that comes again is met by none."""
    if clock.every is not None:
        return None
    found = [each for ident in (clock.id, *clock.met_by) for each in record.filings.get(ident, ())]
    return min(found) if found else None


def _run(ready: ReadyClock, record: Record, calendar: Calendar) -> _Run:
    counted_from, since, due, allowed, at_once = "", None, None, None, None
    waiting: list[str] = []
    for each in ready.counts:
        found = _begun(each, ready.clock, record)
        if found is None:
            waiting.append(" or ".join(each.events))
            continue
        stated, name = found
        if each.ends is None:
            at_once = stated.earliest_us if at_once is None else min(at_once, stated.earliest_us)
            if since is None:
                counted_from, since = name, stated
            continue
        strict, later = each.ends(stated.earliest_us, calendar)
        allowed = later if allowed is None else min(allowed, later)
        if due is None or strict < due:
            counted_from, since, due = name, stated, strict
    notes: tuple[str, ...] = (since.because,) if since is not None and since.because else ()
    if allowed is None or due is None or allowed <= due:
        allowed = None
    else:
        notes += (_FULL_READING if ready.clock.counting == "eu-1182-71" else _LAST_DAY,)
    return _Run(counted_from, since, due, allowed, at_once, tuple(waiting), notes)


def _begun(each: ReadyCount, clock: Clock, record: Record) -> tuple[Stated, str] | None:
    """The event a period is counted from, and its name; for what comes again, the latest submission."""
    found = [(stated, name) for name in each.events for stated in record.of(name)]
    if not found:
        return None
    if clock.every:
        again = SUBMITTED + clock.id
        return max([*found, *((stated, again) for stated in record.of(again))])
    return max(found) if each.period.take == "latest" else min(found)


def _tolled(run: _Run, clock: Clock, tolls: tuple[Toll, ...], now_us: int) -> _Run:
    if not tolls:
        return run
    if not clock.toll:
        return run._replace(notes=(*run.notes, "no rule lets this clock be stopped: it runs on"))
    for toll in sorted(tolls, key=lambda each: each.from_us):
        if run.due_us is None or toll.from_us > min(run.due_us, now_us):
            continue
        if toll.until_us is None:
            return run._replace(due_us=None, extended_us=None, notes=(*run.notes, clock.toll))
        # Strictly, what would have been due meanwhile is due at the end of the request; else the time it took is added.
        later = (run.extended_us or run.due_us) + max(toll.until_us - toll.from_us, 0)
        due = max(run.due_us, toll.until_us)
        run = run._replace(
            due_us=due, extended_us=later if later > due else None, notes=(*run.notes, clock.toll)
        )
    return run

"""A playbook that is followed: what each step waits for, from the playbook and what the record says alone.

Pure: the same record gives the same picture on every device. Nothing is executed; a step is over when a person says so,
or when the record shows it. A branch ends at an end step, at its opener, or where nothing leads on; then its opener goes
on. A step that is come to again in a loop is asked for again, under a label of that round.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import NamedTuple

from ircockpit.features.playbooks.bindings import Fact, binding, holds
from ircockpit.features.playbooks.conditions import ConditionError, case_of, evaluate
from ircockpit.features.playbooks.graph import BRANCHING, reachable
from ircockpit.features.playbooks.model import Playbook, Step
from ircockpit.features.playbooks.variables import references

MAX_MOVES = 50_000
"""Steps that are walked through, those of every round counted; a playbook that asks for more turns in a circle."""
MAX_ROUNDS = 500
"""Rounds of one loop."""
MAX_LABEL = 120
_TOLD = 3

REOPENED = "open"
WAITING, READY, DOING, LATE, DELAYED = "waiting", "ready", "doing", "late", "delayed"
DONE, TICKED, SKIPPED, FAILED = "done", "ticked", "skipped", "failed"
OTHER, ASKED, STUCK, PASSED = "not taken", "undecided", "stuck", "passed"
OPEN = frozenset({READY, DOING, LATE, DELAYED, ASKED, STUCK})
"""States in which somebody has something to do, or to wait for."""
OVER = frozenset({DONE, TICKED, SKIPPED})
WORK = frozenset({"action", "playbook-action"})
"""Types of steps that people do; the others only lead the way."""


class Mark(NamedTuple):
    """What people have said of a step in one round."""

    state: str = ""
    way: str = ""
    """Of a step that chooses: the edge that was taken, or the key of the case."""
    owner: str = ""
    at_us: int = 0
    disputed: tuple[str, ...] = ()
    is_there: bool = False
    """Whether the record has said anything of it."""


class Within(NamedTuple):
    """A choice that led to a step: at which step, in which round, which way; and the one around it."""

    step: str
    label: str
    way: str
    depth: int
    outer: "Within | None"


class Standing(NamedTuple):
    """Where a step stands."""

    step: str
    label: str
    """Of the round; empty in the first."""
    state: str
    why: str = ""
    """Why it is blocked, or how it came to stand so."""
    until_us: int | None = None
    """When it may begin, of a step that waits for a time; when its time runs out, of one that has a time-out."""
    mark: Mark = Mark()
    within: Within | None = None

    def choices(self) -> Iterator[Within]:
        """The choices that led to it, the nearest first."""
        here = self.within
        while here is not None:
            yield here
            here = here.outer


class Course(NamedTuple):
    """Where a playbook stands that is followed."""

    steps: Mapping[str, Standing]
    """Every step, each in its latest round."""
    over: bool
    values: Mapping[str, str | None]
    chosen: Mapping[tuple[str, str], str]
    """The ways that people took, by step and round."""

    @property
    def open(self) -> tuple[Standing, ...]:
        """What is to be done or decided now, in the order of the walk."""
        return tuple(each for each in self.steps.values() if each.state in OPEN)


class _End(NamedTuple):
    open: bool
    since_us: int


class _Start(NamedTuple):
    """A way to walk: its first step, the round, since when it is open, and the choices that led there."""

    first: str
    label: str
    since_us: int
    within: Within | None = None


_Walk = Generator["_Start", _End, _End]


def course(
    playbook: Playbook, marks: Mapping[tuple[str, str], Mark], values: Mapping[str, str | None], *,
    begun_us: int, now_us: int, fact: Fact,
) -> Course:  # fmt: skip
    """Walk a playbook as far as the record allows."""
    walk = _Course(playbook, marks, values, now_us, fact)
    end = walk.through(_Start(playbook.start, "", begun_us))
    stuck = [
        each for each in walk.standing.values() if each.state == LATE or (each.state == FAILED and each.why)
    ]
    if stuck and playbook.exception:
        walk.through(_Start(playbook.exception, "", max(each.until_us or each.mark.at_us for each in stuck)))
    chosen = {key: mark.way for key, mark in marks.items() if mark.way}
    return Course(walk.all_steps(), not end.open, values, chosen)


class _Course:
    def __init__(
        self, playbook: Playbook, marks: Mapping[tuple[str, str], Mark], values: Mapping[str, str | None],
        now_us: int, fact: Fact,
    ) -> None:  # fmt: skip
        self._playbook = playbook
        self._marks = marks
        self._values = values
        self._now = now_us
        self._fact = fact
        self._moves = 0
        self._paths = 0
        self._walked: dict[tuple[str, str], int] = {}
        """Which path came to a step in a round first."""
        self._ends: dict[int, _End] = {}
        self._openers: set[str] = set()
        """Steps whose branches are being walked: a way back to one of them ends the branch."""
        self.standing: dict[str, Standing] = {}

    def through(self, start: _Start) -> _End:
        """Walk a path and all its branches, without calling itself: branches may lie ten thousand deep."""
        waiting: list[_Walk] = [self._path(start)]
        answer: _End | None = None
        while waiting:
            try:
                branch = next(waiting[-1]) if answer is None else waiting[-1].send(answer)
            except StopIteration as stop:
                waiting.pop()
                answer = stop.value
            else:
                waiting.append(self._path(branch))
                answer = None
        return answer or _End(True, start.since_us)

    def _path(self, start: _Start) -> _Walk:
        self._paths += 1
        path, here, label, since = self._paths, start.first, start.label, start.since_us
        rounds = 1
        before = start.within.step if start.within else ""
        while here and here not in self._openers:
            step = self._playbook.steps.get(here)
            self._moves += 1
            if step is None:
                return self._close(path, self._missing(before, label, start, here), since)
            known = self._walked.get((here, label))
            if known is not None and known != path:  # two branches come together: who came first walks on
                return self._ends.get(known, _End(False, since))
            if known == path:
                rounds += 1
                label = f"{start.label}+{rounds}"
            if self._moves > MAX_MOVES or rounds > MAX_ROUNDS or len(label) > MAX_LABEL:
                self._put(step, label, STUCK, "it turns in a circle without anything to do in it", start)
                return self._close(path, True, since)
            self._walked[here, label] = path
            if step.type in WORK:
                state, since = self._work(step, label, since, start)
                if state not in OVER and state != FAILED:
                    return self._close(path, True, since)
                here, before = self._next(step, succeeded=state != FAILED), here
                if state == FAILED and not here:
                    return self._close(path, True, since)
                continue
            end = yield from self._lead(step, label, since, start)
            if end.open:
                return self._close(path, True, end.since_us)
            since, before = end.since_us, here
            here = "" if step.type == "end" else self._next(step, succeeded=True)
        return self._close(path, False, since)

    def _close(self, path: int, is_open: bool, since_us: int) -> _End:
        self._ends[path] = _End(is_open, since_us)
        return self._ends[path]

    def _next(self, step: Step, *, succeeded: bool) -> str:
        way = step.way("on_success" if succeeded else "on_failure") or step.way("on_completion")
        return way if succeeded or step.way("on_failure") else ""

    def _work(self, step: Step, label: str, since: int, start: _Start) -> tuple[str, int]:
        mark = self._mark(step, label)
        if mark.state in (DONE, SKIPPED):
            self._put(step, label, mark.state, "", start)
            return mark.state, max(since, mark.at_us)
        if mark.state == FAILED:
            handled = bool(self._next(step, succeeded=False))
            why = "" if handled else "it failed, and no way leads on: open it again, or skip it with a reason"
            self._put(step, label, FAILED, why, start)
            return FAILED, max(since, mark.at_us)
        condition = binding(step).condition
        # What the record showed once says nothing of a later round, nor against somebody who opened the step again.
        if mark.state != REOPENED and not label and condition is not None and holds(condition, self._fact):
            self._put(step, label, TICKED, "the record shows it", start)
            return TICKED, since
        begins = since + (step.delay_ms or 0) * 1000
        if mark.state != DOING and begins > self._now:
            self._put(step, label, DELAYED, "it waits for its time", start, begins)
            return DELAYED, since
        begun = mark.at_us if mark.state == DOING else begins
        until = begun + step.timeout_ms * 1000 if step.timeout_ms else None
        late = until is not None and until <= self._now
        state = LATE if late else DOING if mark.state == DOING else READY
        self._put(step, label, state, "its time has run out" if late else "", start, until)
        return state, since

    def _lead(self, step: Step, label: str, since: int, start: _Start) -> _Walk:
        if step.type in ("if-condition", "switch-condition"):
            way = self._choice(step, label, start)
            if way is None:
                return _End(True, since)
            return (yield from self._branch(step, self._target(step, way), label, since, start, way))
        if step.type == "while-condition":
            return (yield from self._loop(step, label, since, start))
        self._put(step, label, PASSED, "", start)
        still_open = False
        for edge in step.edges if step.type == "parallel" else ():
            if edge.how == "next_steps":
                end = yield from self._branch(step, edge.target, label, since, start, "")
                still_open, since = still_open or end.open, max(since, end.since_us)
        return _End(still_open, since)

    def _loop(self, step: Step, label: str, since: int, start: _Start) -> _Walk:
        # Keeps the rounds of a loop within a loop apart from those of the outer one.
        depth = start.within.depth if start.within else 0
        for number in range(1, MAX_ROUNDS + 1):
            here = label if number == 1 else f"{label}/{depth}.{number}"
            way = self._choice(step, here, start)
            if way is None:
                return _End(True, since)
            if way != "on_true":
                return _End(False, since)
            moves = self._moves
            end = yield from self._branch(step, step.way("on_true"), here, since, start, way)
            if end.open:
                return end
            since = end.since_us
            if self._moves > MAX_MOVES or moves == self._moves or len(here) > MAX_LABEL:
                break
        self._put(step, label, STUCK, "it turns in a circle without anything to do in it", start)
        return _End(True, since)

    def _branch(self, step: Step, target: str, label: str, since: int, start: _Start, way: str) -> _Walk:
        if not target:
            return _End(False, since)
        outer = start.within
        self._openers.add(step.id)
        within = Within(step.id, label, way, outer.depth + 1 if outer else 1, outer)
        end = yield _Start(target, label, since, within)
        self._openers.discard(step.id)
        return end

    def _choice(self, step: Step, label: str, start: _Start) -> str | None:
        """Which way a step leads: as somebody said, else by the variables; None where nobody can tell."""
        mark = self._mark(step, label)
        way, why = mark.way, "somebody chose it"
        if not way or not self._may_go(step, way):
            way, why = "", ""
            try:
                way, why = self._decided(step)
            except ConditionError as error:
                self._put(step, label, ASKED, f"{error.what}: choose the way", start)
                return None
        self._put(step, label, PASSED, f"{way}: {why}", start, way=way)
        return way

    def _decided(self, step: Step) -> tuple[str, str]:
        if step.type != "switch-condition":
            scope = {**self._playbook.variables, **step.variables}
            way = "on_true" if evaluate(step.condition, scope, self._values) else "on_false"
            return way, f"by {step.condition}"
        names = references(step.condition)
        value = self._values.get(names[0]) if names else step.condition
        cases = {edge.case: edge.target for edge in step.edges if edge.how == "case"}
        case = case_of(cases, value)
        if case is None:
            raise ConditionError("unknown", f"no case fits {step.condition}")
        return case, f"by {step.condition}"

    def _may_go(self, step: Step, way: str) -> bool:
        return way in ways(step)

    def _target(self, step: Step, way: str) -> str:
        if step.type == "switch-condition":
            return next((edge.target for edge in step.edges if edge.how == "case" and edge.case == way), "")
        return step.way(way)

    def _mark(self, step: Step, label: str) -> Mark:
        return self._marks.get((step.id, label), Mark())

    def _missing(self, before: str, label: str, start: _Start, gone: str) -> bool:
        """A way into nothing: nobody may think that all behind it is done."""
        if (step := self._playbook.steps.get(before)) is not None:
            self._put(
                step, label, STUCK, f"it leads to {gone[:60]}, which this playbook does not have", start
            )
        return True

    def _put(
        self,
        step: Step,
        label: str,
        state: str,
        why: str,
        start: _Start,
        until_us: int | None = None,
        way: str = "",
    ) -> None:
        mark = self._mark(step, label)
        mark = mark._replace(way=mark.way or way)
        self.standing[step.id] = Standing(step.id, label, state, why, until_us, mark, start.within)

    def all_steps(self) -> dict[str, Standing]:
        """Every step: those come to, then those that are not, each with what it waits for."""
        found = dict(self.standing)
        waits = self._awaited()
        led_to = reachable(self._playbook, self._playbook.start)
        beside = reachable(self._playbook) - led_to
        latest = dict(sorted(self._marks, key=lambda each: (each[0], len(each[1]), each[1])))
        ahead = self._ahead()
        for step in self._playbook.steps.values():
            if step.id in found:
                continue
            label = latest.get(step.id, "")
            mark = self._marks.get((step.id, label), Mark())
            condition = binding(step).condition
            if mark.state in (DONE, SKIPPED, FAILED, DOING):
                state, why = mark.state, "said before its turn"
            elif mark.state != REOPENED and condition is not None and holds(condition, self._fact):
                state, why = TICKED, "the record shows it"
            elif step.id in beside:
                state, why = OTHER, "only where a step fails or runs out of time"
            elif step.id not in led_to:
                state, why = WAITING, "no step leads here"
            else:
                state, why = (WAITING, waits) if step.id in ahead else (OTHER, "another way was taken")
            found[step.id] = Standing(step.id, label, state, why, None, mark)
        return found

    def _ahead(self) -> frozenset[str]:
        """What can still be come to from where people are, also if a step that failed is opened again."""
        roots: dict[str, None] = {}
        met: set[tuple[str, str]] = set()
        for each in self.standing.values():
            if each.state not in OPEN and not (each.state == FAILED and each.why):
                continue
            roots[each.step] = None
            for choice in each.choices():
                if (choice.step, choice.label) in met:
                    break
                met.add((choice.step, choice.label))
                opener = self._playbook.steps[choice.step]
                again = opener.type == "while-condition"
                roots |= {edge.target: None for edge in opener.edges if again or edge.how not in BRANCHING}
        return reachable(self._playbook, *roots) if roots else frozenset()

    def _awaited(self) -> str:
        names = [
            self._playbook.steps[each.step].name or each.step
            for each in self.standing.values()
            if each.state in OPEN
        ]
        more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
        return f"waits for {', '.join(names[:_TOLD])}{more}" if names else "its turn does not come"


def ways(step: Step) -> tuple[str, ...]:
    """The ways that somebody can choose at a step: edges of an if or while, cases of a switch; none at any other."""
    if step.type == "switch-condition":
        return tuple(edge.case for edge in step.edges if edge.how == "case")
    return ("on_true", "on_false") if step.type in ("if-condition", "while-condition") else ()


def counted(found: Course, playbook: Playbook) -> tuple[int, int]:
    """How many of the steps that people do are over, and of how many; ways not taken do not count."""
    work = [
        each
        for each in found.steps.values()
        if playbook.steps[each.step].type in WORK and each.state != OTHER
    ]
    return sum(each.state in OVER for each in work), len(work)


def next_steps(found: Course) -> list[Standing]:
    """What is to be done or decided now: what is late first, what waits for a time last."""
    return sorted(found.open, key=lambda each: (each.state != LATE, each.state == DELAYED))

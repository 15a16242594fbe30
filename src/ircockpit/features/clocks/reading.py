"""Reads a file of reporting duties, and refuses with file, line and reason what does not hold together."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks.form import Anchor, Duty, Fact, RuleFile
from ircockpit.features.clocks.phrases import disagreement
from ircockpit.features.conditions import UNKNOWN, Condition, faults, parts
from ircockpit.features.datafile import read_typed, refusal

_COUNTED = frozenset({"hours", "calendar_days", "business_days", "weeks", "months"})


class Read(NamedTuple):
    """A file that holds together by itself, and where each of its values stands."""

    name: str
    file: RuleFile
    lines: Mapping[str, int]

    def refuse(self, place: str, reason: str) -> BadInput:
        """The error for what stands at a place such as ``$.clocks[0].due``."""
        return refusal(self.name, self.lines, place, reason)

    def words(self) -> Iterator[tuple[str, Fact | Anchor]]:
        """Every fact and kind of event that the file adds, with its place."""
        yield from ((f"$.facts[{at}]", fact) for at, fact in enumerate(self.file.facts))
        yield from ((f"$.anchors[{at}]", anchor) for at, anchor in enumerate(self.file.anchors))

    def duties(self) -> Iterator[tuple[str, Duty]]:
        """Every clock and banner with its place."""
        yield from ((f"$.clocks[{at}]", clock) for at, clock in enumerate(self.file.clocks))
        yield from ((f"$.banners[{at}]", banner) for at, banner in enumerate(self.file.banners))


def read(raw: bytes, name: str) -> Read:
    """The file, checked for all that can be seen without the others. Raises :class:`BadInput`."""
    file, lines = read_typed(raw, name, RuleFile)
    found = Read(name, file, lines)
    for place, reason in (*_twice(found), *_faults(file)):
        raise found.refuse(place, reason)
    return found


def conditions(duty: Duty, place: str) -> Iterator[tuple[str, Condition]]:
    """The conditions of a duty, each with its place."""
    yield f"{place}.applies", duty.applies
    for at, counsel in enumerate(duty.counsel):
        if counsel.when is not None:
            yield f"{place}.counsel[{at}].when", counsel.when


def _twice(found: Read) -> Iterator[tuple[str, str]]:
    for rows in (found.words(), found.duties()):
        seen: set[str] = set()
        for place, row in rows:
            if row.id in seen:
                yield f"{place}.id", f"the id {row.id!r} stands twice"
            seen.add(row.id)


def _faults(file: RuleFile) -> Iterator[tuple[str, str]]:
    for at, fact in enumerate(file.facts):
        answers = fact.answers if isinstance(fact.answers, list) else []
        if UNKNOWN in answers or len(set(answers)) < len(answers):
            yield (
                f"$.facts[{at}].answers",
                f"an answer stands twice, or is {UNKNOWN!r}, which every fact can be",
            )
    for at, banner in enumerate(file.banners):
        yield from _duty(banner, f"$.banners[{at}]")
    for at in range(len(file.clocks)):
        yield from _clock(file, at)


def _duty(duty: Duty, place: str) -> Iterator[tuple[str, str]]:
    if duty.binding != "law" and not duty.binding_why:
        yield f"{place}.binding", "what is not law says in binding_why whom it binds, or why not"
    if duty.effective_from and duty.effective_until and duty.effective_until < duty.effective_from:
        yield f"{place}.effective_until", "it ends before it begins"
    for where, condition in conditions(duty, place):
        for inner, part in parts(condition, where):
            yield from faults(part, inner)


def _clock(file: RuleFile, at: int) -> Iterator[tuple[str, str]]:
    clock, place = file.clocks[at], f"$.clocks[{at}]"
    yield from _duty(clock, place)
    for index, count in enumerate(clock.due):
        where = f"{place}.due[{index}]"
        if (count.period is not None) != (count.unit in _COUNTED):
            how_many = "a" if count.unit in _COUNTED else "no"
            yield f"{where}.unit", f"a period in {count.unit} has {how_many} number"
        elif reason := disagreement(count):
            yield f"{where}.quote", reason
        if count.after == "end_of_calendar_year" and count.unit != "calendar_days":
            yield f"{where}.after", "only calendar days are counted from the end of a year"
        if count.unit == "business_days" and (count.period or 0) > 250:
            yield f"{where}.period", "more than 250 business days are given in months"
    units = {count.unit for count in clock.due}
    if clock.cutoff and units != {"business_days"}:
        yield f"{place}.cutoff", "a cutoff is a time of business days, which this clock does not count"
    if clock.cutoff and not clock.zone:
        yield f"{place}.cutoff", "a cutoff needs the zone whose time it is"
    if clock.every and (len(clock.due) > 1 or not units <= _COUNTED):
        yield f"{place}.every", "what comes again has one period with a number"
    if clock.id in clock.met_by:
        yield f"{place}.met_by", "a clock's own submission meets it anyway"

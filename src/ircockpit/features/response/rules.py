"""Who held a role at a moment, and who is to be called by when; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ircockpit.core.stated import moment_us
from ircockpit.features.systems.rules import Level

MINUTE_US = 60_000_000


class Written(NamedTuple):
    """A write of a role's register, as a signed event made it."""

    event: str
    role: str
    field: str
    at_us: int
    value: Any
    base: tuple[str, ...]


def standing(writes: Iterable[Written], role: str, field: str, at_us: int) -> list[Written]:
    """The writes that stood at a moment: made by then, and replaced by none made by then."""
    by_then = [each for each in writes if each.role == role and each.field == field and each.at_us <= at_us]
    replaced = {event for each in by_then for event in each.base}
    return [each for each in by_then if each.event not in replaced]


def held_at(writes: Sequence[Written], role: str, at_us: int) -> frozenset[str]:
    """Who was in a role at a moment: all that held it where two did, and whoever it was delegated to then."""
    holders = {str(each.value) for each in standing(writes, role, "holder", at_us) if each.value}
    for each in standing(writes, role, "delegate", at_us):
        to, until_us = delegated(each.value)
        if to and at_us < until_us:
            holders.add(to)
    return frozenset(holders)


def delegated(value: object) -> tuple[str, int]:
    """To whom a role is delegated, and until when; nobody where the record states no such thing."""
    if not isinstance(value, Mapping):
        return "", 0
    to, until_us = value.get("to"), moment_us(value.get("until"))
    return (to, until_us) if isinstance(to, str) and to and until_us else ("", 0)


class Call(NamedTuple):
    """That a level was called."""

    level: int
    at_us: int
    answer: str
    """``yes``, ``no``, or empty where that is not said."""


class Rung(NamedTuple):
    """A level of a path with its time."""

    number: int
    level: Level
    due_us: int
    """By when it is to be called."""
    called_us: int = 0
    """When it was; 0 where it was not."""
    answer: str = ""


class Ladder(NamedTuple):
    """A path as it stands for an incident that nobody has taken."""

    rungs: tuple[Rung, ...]
    ends_us: int
    """When the last level's time is over."""

    @property
    def next(self) -> Rung | None:
        """The level to be called next; none where all were."""
        return next((rung for rung in self.rungs if not rung.called_us), None)

    @property
    def due_us(self) -> int:
        """When something is to be done: the next call, or, where all were called, to begin again."""
        return self.next.due_us if self.next is not None else self.ends_us


def ladder(
    levels: Sequence[Level], since_us: int, unattended: int, wait: int, calls: Iterable[Call]
) -> Ladder:
    """By when each level is to be called, counted from when nobody had it and from the calls that were made.

    A level that was passed over, because one above it was called, is behind. Minutes are those of the severity.
    """
    last: dict[int, Call] = {}
    for call in sorted(calls, key=lambda each: each.at_us):
        if call.at_us >= since_us:
            last[call.level] = call
    highest = max(last, default=0)
    due_us, rungs = since_us + unattended * MINUTE_US, list[Rung]()
    for number, level in enumerate(levels, 1):
        made = last.get(number)
        if made is not None or number > highest:
            rungs.append(Rung(number, level, due_us, made.at_us if made else 0, made.answer if made else ""))
            due_us = (made.at_us if made else due_us) + (level.minutes or wait) * MINUTE_US
    return Ladder(tuple(rungs), due_us)

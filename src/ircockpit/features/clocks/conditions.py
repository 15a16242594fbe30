"""Conditions over recorded facts in three values: holds, does not hold, or not known and why not."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ircockpit.features.clocks.form import UNKNOWN, Condition


class Between(NamedTuple):
    """A count known by its bounds only; without ``high`` it can be any number from ``low`` on."""

    low: int
    high: int | None = None


Value = str | int | Between
Facts = Mapping[str, Value]
Truth = bool | tuple[str, ...]
"""``True``, ``False``, or the facts that are not known and would decide; there is at least one of those."""
Compiled = Callable[[Facts], Truth]


def compiled(condition: Condition) -> Compiled:
    """The condition as a function that reads each fact it names at most once per mention."""
    if condition.all_ is not None:
        return _every([compiled(part) for part in condition.all_])
    if condition.any_ is not None:
        return _some([compiled(part) for part in condition.any_])
    if condition.not_ is not None:
        return _negated(compiled(condition.not_))
    if condition.unless is not None:
        return _exempted(compiled(condition.unless))
    fact = condition.fact or ""
    if condition.at_least is not None:
        return _at_least(fact, condition.at_least)
    return _among(fact, frozenset(condition.one_of or (condition.is_ or "",)))


def parts(condition: Condition, place: str = "$") -> Iterator[tuple[str, Condition]]:
    """The condition and everything in it, each with its place."""
    yield place, condition
    for key, several in (("all", condition.all_), ("any", condition.any_)):
        for at, part in enumerate(several or ()):
            yield from parts(part, f"{place}.{key}[{at}]")
    for key, single in (("not", condition.not_), ("unless", condition.unless)):
        if single is not None:
            yield from parts(single, f"{place}.{key}")


def _every(conditions: list[Compiled]) -> Compiled:
    def holds(facts: Facts) -> Truth:
        missing: tuple[str, ...] = ()
        for condition in conditions:
            truth = condition(facts)
            if truth is False:
                return False
            if truth is not True:
                missing += truth
        return tuple(dict.fromkeys(missing)) or True

    return holds


def _some(conditions: list[Compiled]) -> Compiled:
    def holds(facts: Facts) -> Truth:
        missing: tuple[str, ...] = ()
        for condition in conditions:
            truth = condition(facts)
            if truth is True:
                return True
            if truth is not False:
                missing += truth
        return tuple(dict.fromkeys(missing)) or False

    return holds


def _negated(condition: Compiled) -> Compiled:
    def holds(facts: Facts) -> Truth:
        truth = condition(facts)
        return not truth if isinstance(truth, bool) else truth

    return holds


def _exempted(condition: Compiled) -> Compiled:
    def holds(facts: Facts) -> Truth:
        return condition(facts) is not True

    return holds


def _among(fact: str, answers: frozenset[str]) -> Compiled:
    def holds(facts: Facts) -> Truth:
        value = facts.get(fact, UNKNOWN)
        return (fact,) if value in (UNKNOWN, "") else value in answers

    return holds


def _at_least(fact: str, least: int) -> Compiled:
    def holds(facts: Facts) -> Truth:
        value = facts.get(fact, UNKNOWN)
        if isinstance(value, Between):
            if value.low >= least:
                return True
            return False if value.high is not None and value.high < least else (fact,)
        return value >= least if isinstance(value, int) else (fact,)

    return holds

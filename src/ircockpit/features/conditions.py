"""Conditions over recorded facts in three values: holds, does not hold, or not known and why not."""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

UNKNOWN = "unknown"
"""What a fact counts as that nobody has stated; it is never an answer of its own in a file."""
MOST_TRIED = 20_000
"""Combinations of answers that are tried to see whether a condition can hold; beyond them it is believed."""

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]
Word = Annotated[str, Meta(pattern="^[a-z][a-z0-9_ '-]{0,47}$")]


class Condition(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"all_": "all", "any_": "any", "not_": "not", "is_": "is"}
):  # fmt: skip
    """Exactly one of: ``all``, ``any``, ``not``, ``unless``, or a ``fact`` with ``is``, ``one_of`` or ``at_least``.

    ``unless`` is an exemption: it counts only once it is established, where ``not`` waits for an answer.
    """

    all_: Annotated[list["Condition"], Meta(min_length=1, max_length=20)] | None = None
    any_: Annotated[list["Condition"], Meta(min_length=1, max_length=20)] | None = None
    not_: "Condition | None" = None
    unless: "Condition | None" = None
    fact: Name | None = None
    is_: Word | None = None
    one_of: Annotated[list[Word], Meta(min_length=1, max_length=20)] | None = None
    at_least: Annotated[int, Meta(ge=0, le=10**12)] | None = None


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


def faults(condition: Condition, place: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a condition by itself, whatever facts there are: place and reason. Not of what is in it."""
    kinds = [condition.all_, condition.any_, condition.not_, condition.unless, condition.fact]
    tests = [condition.is_, condition.one_of, condition.at_least]
    if sum(kind is not None for kind in kinds) != 1:
        yield place, "a condition is exactly one of all, any, not, unless, fact"
    elif sum(test is not None for test in tests) != (1 if condition.fact is not None else 0):
        yield place, "a fact is tested by exactly one of is, one_of, at_least, and nothing else is"
    possible: dict[str, set[str]] = {}
    for at, part in enumerate(condition.all_ or ()):
        answers = set(part.one_of or ([part.is_] if part.is_ else []))
        if part.fact is not None and answers:
            possible[part.fact] = possible.get(part.fact, answers) & answers
            if not possible[part.fact]:
                yield f"{place}.all[{at}]", f"the fact {part.fact!r} cannot be all of this: it never applies"


def misuse(part: Condition, answers: Mapping[str, tuple[str, ...] | None]) -> Iterator[str]:
    """What is wrong with a test of a fact, by the answers each fact has; ``None`` for one that is a number."""
    if part.fact is None:
        return
    if part.fact not in answers:
        yield f"there is no fact {part.fact!r}"
        return
    known = answers[part.fact]
    if (part.at_least is not None) != (known is None):
        yield f"the fact {part.fact!r} is {'a number' if known is None else 'answered in words'}"
    elif known is not None:
        for answer in part.one_of or [part.is_ or ""]:
            if answer not in known:
                yield f"{answer!r} is no answer to {part.fact!r}, which has: {', '.join(known)}"


def can_hold(condition: Condition, answers: Mapping[str, tuple[str, ...] | None]) -> bool:
    """Whether any answers to the facts it names make a condition hold, by trying them."""
    tried: dict[str, list[Value]] = {}
    for _, part in parts(condition):
        if part.fact is None:
            continue
        known = answers[part.fact]
        values = tried.setdefault(part.fact, [0] if known is None else list(known))
        if part.at_least:
            values += [part.at_least - 1, part.at_least]
    count = 1
    for values in tried.values():
        count *= len(values)
    if count > MOST_TRIED:
        return True
    holds = compiled(condition)
    return any(holds(dict(zip(tried, chosen, strict=True))) is True for chosen in product(*tried.values()))


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

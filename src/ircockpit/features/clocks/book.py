"""All the duties a workstation knows, put together from files and made ready to be evaluated many times."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks.calendars import zone_named
from ircockpit.features.clocks.counting import Ends, ends
from ircockpit.features.clocks.form import (
    SUBMITTED,
    YES_NO,
    Anchor,
    Banner,
    Clock,
    Counsel,
    Count,
    Duty,
    Fact,
)
from ircockpit.features.clocks.reading import Read, conditions, read
from ircockpit.features.conditions import Compiled, compiled, misuse, parts

SHIPPED = ("words", "eu-ai", "eu-data", "uk", "us", "child-safety")
"""Files that come with the program; each may use the words of those before it."""


class ReadyCount(NamedTuple):
    """A period with the function that counts it, none where the law gives no number."""

    period: Count
    events: tuple[str, ...]
    ends: Ends | None


class ReadyCounsel(NamedTuple):
    """A question for counsel with its condition."""

    counsel: Counsel
    when: Compiled | None


class ReadyClock(NamedTuple):
    """A clock whose conditions and periods are functions already."""

    clock: Clock
    applies: Compiled
    counts: tuple[ReadyCount, ...]
    counsel: tuple[ReadyCounsel, ...]
    zone: tzinfo | None
    file: str


class ReadyBanner(NamedTuple):
    """A banner whose condition is a function already."""

    banner: Banner
    applies: Compiled
    counsel: tuple[ReadyCounsel, ...]
    file: str


class Book(NamedTuple):
    """Everything that can apply, by id, and what was refused, each with its file and line."""

    clocks: Mapping[str, ReadyClock]
    banners: Mapping[str, ReadyBanner]
    facts: Mapping[str, Fact]
    anchors: Mapping[str, Anchor]
    refused: tuple[BadInput, ...] = ()


@cache
def shipped() -> Book:
    """The duties that come with the program; on a machine without time zone data, those that need none."""
    folder = files("ircockpit.features.clocks.regimes")
    shelf = _Shelf()
    for name in SHIPPED:
        shelf.add(read(folder.joinpath(f"{name}.yaml").read_bytes(), f"{name}.yaml"), or_in_part=True)
    return shelf.book()


def with_own(own: Mapping[str, bytes]) -> Book:
    """The shipped duties and those of the organisation's own files, by file name.

    A file that does not hold together, or uses an id that another has, is left out whole and named in ``refused``:
    it takes no other clock away.
    """
    shelf = _Shelf(shipped())
    for name in sorted(own):
        try:
            shelf.add(read(own[name], name))
        except BadInput as error:
            shelf.refused.append(error)
    return shelf.book()


class _Shelf:
    """Takes files one by one; one that is refused leaves it as it was."""

    def __init__(self, base: Book | None = None) -> None:
        self._clocks = dict(base.clocks) if base else {}
        self._banners = dict(base.banners) if base else {}
        self._facts = dict(base.facts) if base else {}
        self._anchors = dict(base.anchors) if base else {}
        self._words_of = dict.fromkeys([*self._facts, *self._anchors], "the program's own files")
        self.refused = list(base.refused) if base else []

    def book(self) -> Book:
        return Book(self._clocks, self._banners, self._facts, self._anchors, tuple(self.refused))

    def add(self, found: Read, *, or_in_part: bool = False) -> None:
        for place, reason in self._faults(found):
            raise found.refuse(place, reason)
        clocks = {}
        for at, clock in enumerate(found.file.clocks):
            try:
                zone = zone_named(clock.zone) if clock.zone else None
            except BadInput as error:
                refusal = found.refuse(f"$.clocks[{at}].zone", f"{clock.id}: {error.what}")
                refusal.safe, refusal.fix = error.safe, error.fix
                if not or_in_part:
                    raise refusal from None
                self.refused.append(refusal)
            else:
                clocks[clock.id] = _ready(clock, zone, found.name)
        self._clocks |= clocks
        self._banners |= {
            banner.id: ReadyBanner(banner, compiled(banner.applies), _counsel(banner), found.name)
            for banner in found.file.banners
        }
        self._facts |= {fact.id: fact for fact in found.file.facts}
        self._anchors |= {anchor.id: anchor for anchor in found.file.anchors}
        self._words_of |= dict.fromkeys([row.id for _, row in found.words()], found.name)

    def _faults(self, found: Read) -> Iterator[tuple[str, str]]:
        yield from self._collisions(found)
        answers = _answers(self._facts | {fact.id: fact for fact in found.file.facts})
        names = {*self._anchors, *(anchor.id for anchor in found.file.anchors)}
        clocks = {*self._clocks, *(clock.id for clock in found.file.clocks)}
        names |= {SUBMITTED + ident for ident in clocks}
        for place, duty in found.duties():
            for where, condition in conditions(duty, place):
                for inner, part in parts(condition, where):
                    yield from ((inner, reason) for reason in misuse(part, answers))
            for where, name in _events(duty, place):
                if name not in names:
                    kind = "clock" if name.startswith(SUBMITTED) else "event"
                    yield where, f"there is no {kind} {name.removeprefix(SUBMITTED)!r}"
        yield from self._never_begin(found.file.clocks)

    def _collisions(self, found: Read) -> Iterator[tuple[str, str]]:
        taken: set[str] = {*self._facts, *self._anchors}
        for place, row in found.words():
            if row.id in taken:
                yield f"{place}.id", f"the id {row.id!r} is already that of {self._words_of[row.id]}"
        for place, duty in found.duties():
            other = self._clocks.get(duty.id) or self._banners.get(duty.id)
            if other is not None:
                yield f"{place}.id", f"the id {duty.id!r} is already that of {other.file}"

    def _never_begin(self, clocks: list[Clock]) -> Iterator[tuple[str, str]]:
        """Clocks that wait for each other's submission, and so for ever."""
        begin = set(self._clocks)
        left = {clock.id: at for at, clock in enumerate(clocks)}
        while ready := [
            ident for ident, at in left.items()
            if any(not name.startswith(SUBMITTED) or name.removeprefix(SUBMITTED) in begin
                   for count in clocks[at].due for name in _tuple(count.from_))
        ]:  # fmt: skip
            begin.update(ready)
            for ident in ready:
                del left[ident]
        for ident, at in left.items():
            yield f"$.clocks[{at}].due", f"{ident} waits for itself: it can never begin"


def _ready(clock: Clock, zone: tzinfo | None, file: str) -> ReadyClock:
    counts = tuple(ReadyCount(count, _tuple(count.from_), ends(count, clock)) for count in clock.due)
    return ReadyClock(clock, compiled(clock.applies), counts, _counsel(clock), zone, file)


def _counsel(duty: Duty) -> tuple[ReadyCounsel, ...]:
    return tuple(ReadyCounsel(each, compiled(each.when) if each.when else None) for each in duty.counsel)


def _events(duty: Duty, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(duty, Banner):
        yield from ((f"{place}.until", name) for name in duty.until)
    if isinstance(duty, Clock):
        for at, count in enumerate(duty.due):
            yield from ((f"{place}.due[{at}].from", name) for name in _tuple(count.from_))
        yield from ((f"{place}.met_by", SUBMITTED + ident) for ident in duty.met_by)
        yield from ((f"{place}.every.until", name) for name in (duty.every.until if duty.every else ()))


def _answers(facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...] | None]:
    return {
        fact.id: None
        if fact.answers == "number"
        else YES_NO
        if fact.answers == "yes_no"
        else tuple(fact.answers)
        for fact in facts.values()
    }


def _tuple(names: str | list[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)

"""Numbers in the order of a rank, so compact that a hundred thousand of them are a megabyte or two."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Set
from itertools import compress, islice
from operator import itemgetter
from typing import Any

_AT_ONCE = 1000
"""Rows taken in together: quicker than one by one, and few enough to be no memory."""


class Ranked:
    """Numbers, each once, by falling urgency: the lowest rank first, and of one rank what ``tie`` makes least."""

    def __init__(self, rows: Iterable[tuple[int, int]], tie: Callable[[int], Any]) -> None:
        """``rows`` are ``(rank, number)`` in their order already; only a further number is compared by ``tie``."""
        self._ranks, self._numbers = array("q"), array("q")
        self._tie = tie
        left = iter(rows)
        while taken := list(islice(left, _AT_ONCE)):
            self._ranks.extend(map(itemgetter(0), taken))
            self._numbers.extend(map(itemgetter(1), taken))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def kept(self, numbers: Set[int]) -> "Ranked":
        """Those of the numbers that are among some, in the same order; itself where that is all of them."""
        if all(map(numbers.__contains__, self._numbers)):
            return self
        found = Ranked((), self._tie)
        held = bytes(map(numbers.__contains__, self._numbers)) if numbers else b""
        found._ranks.extend(compress(self._ranks, held))
        found._numbers.extend(compress(self._numbers, held))
        return found

    def slice(self, start: int, stop: int) -> list[int]:
        """The numbers at these positions."""
        return self._numbers[start:stop].tolist()

    def find(self, number: int, rank: int) -> int | None:
        """The position of a number of which the rank is known; it may have changed since it was put in."""
        first, after = bisect_left(self._ranks, rank), bisect_right(self._ranks, rank)
        for within in ((first, after), (0, len(self))):
            try:
                return self._numbers.index(number, *within)
            except ValueError:
                continue
        return None

    def put(self, number: int, rank: int) -> None:
        """Put a number in, or to its new position."""
        self.drop(number)
        at = self._place(number, rank)
        self._ranks.insert(at, rank)
        self._numbers.insert(at, number)

    def drop(self, number: int) -> None:
        """Take a number out, where it is in."""
        try:
            at = self._numbers.index(number)
        except ValueError:
            return
        del self._ranks[at], self._numbers[at]

    def _place(self, number: int, rank: int) -> int:
        first, after = bisect_left(self._ranks, rank), bisect_right(self._ranks, rank)
        return (
            bisect_left(self._numbers, self._tie(number), first, after, key=self._tie)
            if after > first
            else first
        )

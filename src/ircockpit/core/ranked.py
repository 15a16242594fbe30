"""Numbers in the order of a rank, so compact that a hundred thousand of them are a megabyte or two."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator


class Ranked:
    """Numbers, each once, by falling urgency: the lowest rank first, and of one rank the highest number first."""

    def __init__(self, rows: Iterable[tuple[int, int]] = ()) -> None:
        """``rows`` are ``(rank, number)`` in their order already."""
        self._ranks, self._numbers = array("q"), array("q")
        for rank, number in rows:
            self._ranks.append(rank)
            self._numbers.append(number)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def kept(self, numbers: Container[int]) -> "Ranked":
        """Those of the numbers that are among some, in the same order."""
        return Ranked(
            (rank, each) for rank, each in zip(self._ranks, self._numbers, strict=True) if each in numbers
        )

    def slice(self, start: int, stop: int) -> list[int]:
        """The numbers at these positions."""
        return self._numbers[start:stop].tolist()

    def find(self, number: int, rank: int) -> int | None:
        """The position of a number of which the rank is known; it may have changed since it was put in."""
        at = self._place(number, rank)
        if self._numbers[at : at + 1] == array("q", (number,)):
            return at
        try:
            return self._numbers.index(number)
        except ValueError:
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
        return bisect_left(self._numbers, -number, first, after, key=lambda each: -each)

"""What a virtual list needs of a source of rows, and the few pages of it that are kept."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ircockpit.render.span import Line


class ListRow(NamedTuple):
    """One row: its stable key, what it shows (gated text), and whether the cursor may rest on it."""

    key: str
    line: Line
    selectable: bool = True
    number: int = 0
    """What the source calls it in short, where its rows can be marked."""


class RowSource(Protocol):
    """Rows in order, addressed by position; the source may change between any two calls."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """Rows ``start`` (from 0) up to ``stop``, laid out for ``width`` cells; fewer at the end."""
        ...

    def index_of(self, key: str) -> int | None:
        """Where the row with this key is now, or None when it is gone."""
        ...


class Pages:
    """The pages used last, so that moving about reads each page once."""

    SIZE = 64
    """Rows in a page; about three screenfuls at 80x24, so a jump rarely reads more than one."""
    KEPT = 16

    def __init__(self, source: RowSource) -> None:
        self.source = source
        self._width = 0
        self._count: int | None = None
        self._pages: OrderedDict[int, Sequence[ListRow]] = OrderedDict()

    def forget(self) -> None:
        """Drop all pages and the count: the source has changed."""
        self._pages.clear()
        self._count = None

    def lay_out(self, width: int) -> None:
        """State the cells a row may use; pages laid out for another width are dropped."""
        if width != self._width:
            self._width = width
            self._pages.clear()

    def count(self) -> int:
        """Rows of the source, asked once until :meth:`forget`."""
        if self._count is None:
            self._count = self.source.count()
        return self._count

    def row(self, index: int) -> ListRow | None:
        """The row at a position; None where the source has (or now has) no such row."""
        if not 0 <= index < self.count():
            return None
        number, offset = divmod(index, self.SIZE)
        page = self._pages.get(number)
        if page is None:
            start = number * self.SIZE
            page = self.source.page(start, min(start + self.SIZE, self.count()), self._width)
            self._pages[number] = page
            if len(self._pages) > self.KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[offset] if offset < len(page) else None

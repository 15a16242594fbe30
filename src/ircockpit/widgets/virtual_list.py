"""A list of any length that reads and paints only what is on the screen."""

from string import ascii_letters, digits
from typing import TYPE_CHECKING

from textual.geometry import Offset
from textual.message import Message

from ircockpit.render.span import Line, Span
from ircockpit.widgets.pages import ListRow, Pages, RowSource
from ircockpit.widgets.paint import Drawn, LineWidget

if TYPE_CHECKING:
    from collections.abc import Callable

MARKER, MARKED = ">", "*"
LABELS = "".join(dict.fromkeys("asdfghjkl" + ascii_letters + digits))
"""What rows are called while one is jumped to: the keys under the fingers first."""
SKIP = 256
"""Rows without a selectable one among them that the cursor crosses in one go; more is an end of the list."""


class VirtualList(LineWidget):
    """Rows by page from a :class:`RowSource`, a cursor that stays on its key, and no scroll bar.

    A selectable row starts after a gutter that holds the marker ``>``, so the cursor is seen without
    colour; a row that cannot be selected (a section's separator) starts in the marker's cell and may be
    that much wider. The cursor leaving the screen moves the window by half its height, because a
    terminal is repainted line by line and scrolling by one repaints them all.

    It has no key bindings and takes no focus: the screen binds its keys to the methods.
    """

    DEFAULT_CSS = """
    VirtualList { height: 1fr; }
    """

    class Moved(Message):
        """The cursor rests on another row; ``key`` is None when no row can be selected."""

        def __init__(self, rows: "VirtualList", key: str | None, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.key = key
            self.index = index

        @property
        def control(self) -> "VirtualList":
            """The list, so that handlers can select by its id."""
            return self.rows

    class Chosen(Message):
        """The row under the cursor was chosen."""

        def __init__(self, rows: "VirtualList", key: str, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.key = key
            self.index = index

        @property
        def control(self) -> "VirtualList":
            """The list, so that handlers can select by its id."""
            return self.rows

    def __init__(
        self,
        source: RowSource,
        *,
        gutter: int = 3,
        empty: Line = (),
        follow: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        """``gutter`` cells stand before a selectable row, the marker in the last but one.

        ``empty`` shows when there are no rows. With ``follow`` a cursor on the first row stays on the first
        row whatever comes in above it, and a cursor anywhere else keeps everything in sight where it is.
        """
        super().__init__(id=id)
        self._follow = follow
        self._pages = Pages(source)
        self._gutter = gutter
        self._mark_at = max(0, gutter - 2)
        self.empty = empty
        self._index = 0
        self._first = 0
        self._key: str | None = None
        self._labels: dict[str, str] = {}
        """The label of each key; what comes into sight meanwhile has none."""
        self.marked: Callable[[ListRow], bool] = lambda _: False
        """Whether a row is marked; the owner calls :meth:`repaint` when that has changed."""

    @property
    def index(self) -> int:
        """Position of the row under the cursor, from 0."""
        return self._index

    @property
    def key(self) -> str | None:
        """Key of the row under the cursor; None when no row can be selected."""
        return self._key

    @property
    def current(self) -> ListRow | None:
        """The row under the cursor."""
        row = self._pages.row(self._index)
        return row if row is not None and row.selectable else None

    @property
    def first_visible(self) -> int:
        """Position of the row on the topmost line."""
        return self._first

    @property
    def row_width(self) -> int:
        """Cells a selectable row may use; the width its source is asked for."""
        return max(1, self.size.width - self._gutter)

    def move(self, delta: int) -> None:
        """Move the cursor by ``delta`` rows, on to the next one that can be selected."""
        if delta == 0 or not self._pages.count():
            return
        target = min(max(self._index + delta, 0), self._pages.count() - 1)
        found = self._nearest(target, 1 if delta > 0 else -1)
        if found is None:
            found = self._index
        if found == self._index and delta < 0:
            # What stands above the first row that can be selected has no other way to come into view.
            self._first = max(0, min(self._first, found - self.size.height + 1))
        self._land(found)

    def half_page(self, step: int) -> None:
        """Move by half a screenful, down for 1, up for -1."""
        self.move(step * max(1, self.size.height // 2))

    def page(self, step: int) -> None:
        """Move by a screenful, down for 1, up for -1."""
        self.move(step * max(1, self.size.height))

    def top(self) -> None:
        """Go to the first row that can be selected."""
        self._first = 0
        self._land(self._nearest(0, 1))

    def bottom(self) -> None:
        """Go to the last row that can be selected."""
        self._land(self._nearest(self._pages.count() - 1, -1))

    def select_key(self, key: str) -> bool:
        """Put the cursor on the row with this key; False, and nothing moves, when there is none."""
        index = self._pages.source.index_of(key)
        row = None if index is None else self._pages.row(index)
        if index is None or row is None or not row.selectable:
            return False
        self._land(index)
        return True

    def repaint(self) -> None:
        """Draw the rows in sight as they are; those that look the same are not sent."""
        self._paint()

    @property
    def labelled(self) -> bool:
        """Whether each row in sight shows the key that jumps to it."""
        return bool(self._labels)

    def show_labels(self) -> bool:
        """Show them, on as many rows as there are keys; returns whether there is a row to jump to."""
        in_sight = range(self._first, min(self._first + self.size.height, self._pages.count()))
        rows = [row.key for at in in_sight if (row := self._pages.row(at)) is not None and row.selectable]
        self._labels = dict(zip(rows, LABELS, strict=False))
        self._paint()
        return self.labelled

    def jump(self, label: str | None) -> bool:
        """Take the labels away and go to the row that showed this one; False, and nothing moves, when none did."""
        key = next((key for key, shown in self._labels.items() if shown == label), None)
        self._labels = {}
        if key is not None and self.select_key(key):
            return True
        self._paint()
        return False

    def choose(self) -> None:
        """Post :class:`Chosen` for the row under the cursor."""
        if self._key is not None:
            self.post_message(self.Chosen(self, self._key, self._index))

    def refresh_rows(self) -> None:
        """Read the visible rows anew and repaint those that changed.

        The cursor keeps its key, and its line on the screen unless the list shows its very top: there
        new rows come into sight above it. When its row is gone, the cursor takes the one now in its place.
        A list that follows says otherwise of its top.
        """
        self._pages.forget()
        if not self.size.height:
            return
        self._pages.lay_out(self.row_width)
        was = self._index
        if self._follow and was == 0:
            self._land(self._nearest(0, 1))
            return
        index = None if self._key is None else self._pages.source.index_of(self._key)
        if index is None:
            index = min(was, max(0, self._pages.count() - 1))
        elif self._follow or self._first > 0 or index >= self.size.height:
            self._first += index - was
        self._land(self._nearest(index, 1))

    def on_resize(self) -> None:
        """Lay rows out for the new width, keeping the cursor in sight."""
        self.refresh_rows()

    def _nearest(self, target: int, step: int) -> int | None:
        """The selectable row at ``target`` or next to it in direction ``step``, else in the other one."""
        for direction in (step, -step):
            index = target
            for _ in range(SKIP):
                row = self._pages.row(index)
                if row is None:
                    break
                if row.selectable:
                    return index
                index += direction
        return None

    def _land(self, index: int | None) -> None:
        before = self._key
        self._index = 0 if index is None else index
        row = self.current
        self._key = None if row is None else row.key
        self._paint()
        if self._key != before:
            self.post_message(self.Moved(self, self._key, self._index))

    def _paint(self) -> None:
        height = self.size.height
        if not height:
            return
        self._pages.lay_out(self.row_width)
        count = self._pages.count()
        if not self._first <= self._index < self._first + height:
            self._first = self._index - height // 2
        self._first = max(0, min(self._first, count - height))
        if not count:
            self.draw([Drawn((Span(" " * self._gutter), *self.empty))])
            return
        self.draw([self._drawn_row(index) for index in range(self._first, min(count, self._first + height))])
        self._place_terminal_cursor()

    def _drawn_row(self, index: int) -> Drawn:
        row = self._pages.row(index)
        if row is None:
            return Drawn(())
        if not row.selectable:
            return Drawn((Span(" " * self._mark_at), *row.line))
        lit = index == self._index
        sign = self._labels.get(row.key) or (MARKED if self.marked(row) else "")
        gutter = [" "] * self._gutter
        if lit and self._gutter:
            gutter[self._mark_at] = MARKER
        if sign and self._gutter:
            gutter[0 if self._mark_at else -1] = sign
        return Drawn((Span("".join(gutter), "accent" if lit or sign else "text"), *row.line), lit)

    def _place_terminal_cursor(self) -> None:
        """Let the terminal's own cursor stand on the row, for screen readers, unless a prompt has it."""
        if self.is_attached and self.screen.focused is None and self._key is not None:
            x, y = self.content_region.offset
            self.app.cursor_position = Offset(x + self._mark_at, y + self._index - self._first)

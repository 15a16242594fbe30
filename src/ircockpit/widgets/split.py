"""A list with its detail, one above the other or, where there is room, side by side."""

from textual.app import ComposeResult
from textual.widget import Widget

from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

BESIDE_FROM = 140
"""Columns from which the detail stands beside the list; with fewer, one of the two could not be read."""
LEAST_COLUMNS, MOST_COLUMNS = 44, 80
"""Of the detail beside the list: longer lines are hard to read, and titles are longer than they seem."""
LEAST_LINES = 9
"""Of the detail under the list."""


def columns_beside(width: int) -> int:
    """Columns of the detail beside the list; 0 where there is no room for both."""
    if width < BESIDE_FROM:
        return 0
    return min(LEAST_COLUMNS + (width - BESIDE_FROM) * 2 // 5, MOST_COLUMNS)


def lines_under(height: int) -> int:
    """Lines of the detail under the list, on a screen so high."""
    return max(LEAST_LINES, height // 3)


class Split(Widget):
    """Two widgets that know nothing of each other; which way they stand follows from the width."""

    DEFAULT_CSS = """
    Split { height: 1fr; layout: vertical; }
    Split.-beside { layout: horizontal; }
    Split.-beside > VirtualList { width: 1fr; height: 100%; }
    Split.-alone > Pane { display: none; }
    """

    def __init__(self, rows: VirtualList, detail: Pane) -> None:
        super().__init__()
        self._rows, self._detail = rows, detail
        self.alone = False

    def compose(self) -> ComposeResult:
        """List, then detail."""
        yield self._rows
        yield self._detail

    def lay_out(self, width: int, height: int) -> None:
        """Take the way that fits a screen; what stays as it was costs nothing."""
        columns = columns_beside(width)
        self.set_class(columns > 0, "-beside")
        self.set_class(self.alone, "-alone")
        self._detail.styles.width = columns or "100%"
        self._detail.styles.height = "100%" if columns else lines_under(height)

    @property
    def beside(self) -> bool:
        """Whether they stand side by side."""
        return self.has_class("-beside")

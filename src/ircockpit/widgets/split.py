"""A list with its detail, one above the other or, where there is room, side by side."""

from textual.app import ComposeResult
from textual.widget import Widget

from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList

BESIDE_FROM = 120
"""Columns from which the detail stands beside the list."""
DETAIL_LINES = 9


class Split(Widget):
    """Two widgets that know nothing of each other; which way they stand follows from the width."""

    DEFAULT_CSS = f"""
    Split {{ height: 1fr; layout: vertical; }}
    Split > Pane {{ height: {DETAIL_LINES}; }}
    Split.-beside {{ layout: horizontal; }}
    Split.-beside > VirtualList {{ width: 3fr; height: 100%; }}
    Split.-beside > Pane {{ width: 2fr; height: 100%; }}
    Split.-alone > Pane {{ display: none; }}
    """

    def __init__(self, rows: VirtualList, detail: Pane) -> None:
        super().__init__()
        self._rows, self._detail = rows, detail
        self.alone = False

    def compose(self) -> ComposeResult:
        """List, then detail."""
        yield self._rows
        yield self._detail

    def lay_out(self, width: int) -> None:
        """Take the way that fits a width; what stays as it was costs nothing."""
        self.set_class(width >= BESIDE_FROM, "-beside")
        self.set_class(self.alone, "-alone")

    @property
    def beside(self) -> bool:
        """Whether they stand side by side."""
        return self.has_class("-beside")

"""The first line of the terminal: where am I, what runs, who am I, is the hub there, what time is it."""

from typing import NamedTuple

from ircockpit.render.span import ELLIPSIS, Line, Span, cells, fit_line, plain
from ircockpit.widgets.paint import Drawn, LineWidget

CLOCK_CELLS = 12
"""``14:03:22 UTC``."""
HUB_CELLS = 11
WHO_CELLS = 19
LEAST_WHO_CELLS = 8
GAP = 2


class Status(NamedTuple):
    """The parts of the line, gated."""

    where: Line = ()
    """The steps of the way here, the last of them where one is; a narrow line leaves out the first."""
    who: Line = ()
    running: Line = ()
    """What is running against a target or for this person, such as a control taking effect."""
    hub: Line = ()
    clock: str = ""
    """With its zone."""


class StatusLine(LineWidget):
    """One line whose parts keep their columns; it has no timer, time moves when somebody says so."""

    DEFAULT_CSS = """
    StatusLine { dock: top; height: 1; }
    """

    def __init__(self, status: Status | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._status = status or Status()

    @property
    def status(self) -> Status:
        """What it shows."""
        return self._status

    def show(self, status: Status) -> None:
        """Show all parts."""
        self._status = status
        self._paint()

    def on_resize(self) -> None:
        """Lay the line out for the new width."""
        self._paint()

    def _paint(self) -> None:
        if self.size.width:
            self.draw([Drawn(status_line(self._status, self.size.width))])


def status_line(status: Status, width: int) -> Line:
    """The line in ``width`` cells: where and what runs at the left, then who, hub and clock.

    Where it is narrow, what runs is cut first. Who and the clock keep their columns; a hub with more
    to say than "hub live" takes the room of a long name, then that of where.
    """
    block = min(WHO_CELLS, width // 4) + GAP + HUB_CELLS
    hub_cells = min(max(HUB_CELLS, cells(plain(status.hub)) + GAP), width // 2 - LEAST_WHO_CELLS)
    block = max(block, LEAST_WHO_CELLS + hub_cells)
    room = max(0, width - 1 - GAP - block - CLOCK_CELLS)
    where = _shortened(status.where, room)
    left = (*where, Span("  "), *status.running) if status.running else where
    return (
        Span(" "),
        *fit_line(left, room),
        Span(" " * GAP),
        *fit_line(status.who, block - hub_cells - 1),
        Span(" "),
        *fit_line(status.hub, hub_cells),
        Span(status.clock.rjust(CLOCK_CELLS)),
    )


def _shortened(way: Line, room: int) -> Line:
    """The way as far back as there is room for."""
    kept, left_out = way, Span(f"{ELLIPSIS} ", "dim")
    while len(kept) > 1 and cells(plain(kept)) + cells(left_out.text) * (len(kept) < len(way)) > room:
        kept = kept[1:]
    return kept if len(kept) == len(way) else (left_out, *kept)

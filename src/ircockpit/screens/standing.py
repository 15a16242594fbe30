"""The page of what is between this device and its hub; it follows while it is open."""

from textual.widget import Widget

from ircockpit.features.sharing.standing import lines, standing
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.virtual_list import VirtualList


class SyncPage(Frame):
    """How the hub and this device stand; nothing here waits for the hub."""

    PLACE = "sync"

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._source = FixedRows(())
        self._lines: list[Line] = []
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nothing", "dim"),))

    def body(self) -> list[Widget]:
        """One list."""
        return [self._rows]

    def rows(self) -> VirtualList:
        """The page itself."""
        return self._rows

    def where(self) -> str:
        """What the page shows."""
        return "sync"

    def refresh_data(self) -> None:
        """Read anew; drawn only where something changed, so that an idle page costs no byte."""
        station = self.deck.station
        found = standing(station)
        now = lines(found, self.deck.hub, station.clock.wall_us(), max(self.size.width - 3, 20))
        if now != self._lines:
            self._lines = now
            self._source.show(now)
            self._rows.refresh_rows()

    def first_hints(self) -> list[tuple[str, str]]:
        """Trying now is what one comes here for; leaving is the other."""
        return [("s", "try now"), ("q", "back")]

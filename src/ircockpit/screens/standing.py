"""The page of what is between this device and its hub; it follows while it is open."""

from textual.widget import Widget

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Fetched
from ircockpit.command.action import Action, Result
from ircockpit.features.sharing.standing import lines, standing
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.virtual_list import VirtualList


class SyncPage(Frame):
    """How the hub and this device stand; nothing here waits for the hub."""

    PLACE = "sync"
    LOOK_S = 1.0
    """How often it is looked at what is being fetched; other windows do that without a word to this one."""

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._fetching: list[Fetched] = []
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

    def on_mount(self) -> None:
        """First content; what is on its way here is followed."""
        super().on_mount()
        self.set_interval(self.LOOK_S, self._look)

    def _look(self) -> None:
        if self._on_their_way() != self._fetching:
            self.refresh_data()
            self.update_frame()

    def _on_their_way(self) -> list[Fetched]:
        return halves.on_their_way(FileBlobs(self.deck.station.profile.blobs))

    def _view_row(self) -> list[Line]:
        remaking = self.deck.remaking
        if remaking is None:
            return []
        words = f"{remaking.words()} in a new one; this one stays until then"
        return [(Span(f"{'view':9}", "dim"), Span(words))]

    def gesture_stop(self) -> None:
        """Leave what is under way here."""
        blobs = FileBlobs(self.deck.station.profile.blobs)
        told = [each for each in self._on_their_way() if each.running and halves.stop(blobs, each.sha256)]
        if self.deck.leave_view():
            self.say("told to stop; the old view stays", "ok")
        elif told:
            self.say("told to stop; what has arrived is kept: evidence fetch goes on with it", "ok")
        else:
            self.say("nothing is under way here")

    def refresh_data(self) -> None:
        """Read anew; drawn only where something changed, so that an idle page costs no byte."""
        station = self.deck.station
        found = standing(station)
        self._fetching = found.fetching
        width = max(self.size.width - 3, 20)
        now = [*self._view_row(), *lines(found, self.deck.hub, station.clock.wall_us(), width)]
        if now != self._lines:
            self._lines = now
            self._source.show(now)
            self._rows.refresh_rows()

    def finished(self, action: Action, result: Result) -> None:
        """What a round with the hub came to is on this page already."""
        super().finished(action, result._replace(lines=()) if action.id == "sync.now" else result)

    def first_hints(self) -> list[tuple[str, str]]:
        """Trying now is what one comes here for; leaving is the other."""
        busy = self.deck.remaking is not None or any(each.running for each in self._fetching)
        stop = self.hint("sync.stop", "stop it") if busy else []
        return [*stop, *self.hint("screen.leave", "back")]

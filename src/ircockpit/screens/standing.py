"""The page of what is between this device and its hub; it follows while it is open, and each row leads to its thing."""

from collections.abc import Sequence

from textual.widget import Widget

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import Fetched
from ircockpit.command.action import Action, Result
from ircockpit.features.evidence.queries import incident_of_file
from ircockpit.features.sharing.rows import Row, rows
from ircockpit.features.sharing.standing import standing
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.virtual_list import VirtualList

_TABS = {"incident": "timeline", "disagreement": "overview"}
"""The tab of its incident that a row leads to."""


class _Rows:
    """The rows as they are now."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.rows)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, row in enumerate(self.rows) if row.key == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        del width
        return [ListRow(row.key, row.line, bool(row.key)) for row in self.rows[start:stop]]


class SyncPage(Frame):
    """How the hub and this device stand; nothing here waits for the hub."""

    PLACE = "sync"
    LOOK_S = 1.0
    """How often it is looked at what is being fetched; other windows do that without a word to this one."""

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._fetching: list[Fetched] = []
        self._source = _Rows()
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nothing", "dim"),))

    def body(self) -> list[Widget]:
        """One list."""
        return [self._rows]

    def rows(self) -> VirtualList:
        """The page itself."""
        return self._rows

    @property
    def place(self) -> Place:
        """What is between this device and its hub."""
        return Place("sync")

    def on_mount(self) -> None:
        """What is on its way here is followed."""
        self.set_interval(self.LOOK_S, self._look)

    def _look(self) -> None:
        if self._on_their_way() != self._fetching:
            self.refresh_data()
            self.update_frame()

    def _on_their_way(self) -> list[Fetched]:
        return halves.on_their_way(FileBlobs(self.deck.station.profile.blobs))

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
        told = rows(found, self.deck.hub, station.clock.wall_us(), width, station.shown_offset)
        now = [*self._view_row(), *told]
        if now != self._source.rows:
            self._source.rows = now
            self._rows.refresh_rows()

    def finished(self, action: Action, result: Result) -> None:
        """What a round with the hub came to is on this page already."""
        super().finished(action, result._replace(lines=()) if action.id == "sync.now" else result)

    def _view_row(self) -> list[Row]:
        remaking = self.deck.remaking
        if remaking is None:
            return []
        words = f"{remaking.words()} in a new one; this one stays until then"
        return [Row("view", (Span(f"{'view':12}", "dim"), Span(words)))]

    def first_hints(self) -> list[tuple[str, str]]:
        """Trying now is what one comes here for; leaving is the other."""
        busy = self.deck.remaking is not None or any(each.running for each in self._fetching)
        stop = self.hint("sync.stop", "stop it") if busy else []
        return [
            *self.hint("row.open", "go there"),
            *stop,
            *self.hint("screen.leave", "back"),
        ]

    def enter(self) -> None:
        """To the thing that the row under the cursor is about."""
        at = self._source.index_of(self._rows.key or "")
        row = self._source.rows[at] if at is not None else Row("", ())
        if row.about == "refused":
            self.do(self.deck.action("entry.refused"))
        elif row.about == "alarm":
            self._show_alarm(row.ident)
        elif row.about in _TABS:
            self.go(Place(_TABS[row.about], row.ident))
        elif row.about == "file" and (incident := incident_of_file(self.deck.station.view, row.ident)):
            self.go(Place("evidence", incident))
        else:
            self.say(f"the row says all there is; {self.deck.key('sync.now')} tries now")

    def _show_alarm(self, text: str) -> None:
        from ircockpit.screens.page import Page

        width = max(self.size.width - 4, 20)
        lines: list[Line] = wrap((Span(clean(text), "bad"),), width)
        lines += [
            (),
            (Span("nothing was lost. Once it was read: ircockpit sync --seen puts all alarms away", "dim"),),
        ]
        self.app.push_screen(Page(self.deck, "alarm", lines))

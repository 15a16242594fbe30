"""The action items: what is overdue first, one's own or everybody's; keys take, give, move and finish one."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.features.decisions.pages import task_detail, task_line
from ircockpit.features.decisions.queries import TaskRow, tasks
from ircockpit.render.glyphs import counted
from ircockpit.render.queue import rule
from ircockpit.render.span import Span, plain
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList


class _Tasks:
    """Rows of the action items that are shown."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.found: list[TaskRow] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.ident == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        station = self._deck.station
        return [ListRow(each.ident, task_line(station, each, width)) for each in self.found[start:stop]]


class Tasks(Frame):
    """One's own work first; ``/`` looks among all of it, Enter goes to the incident."""

    PLACE: ClassVar[str] = "tasks"
    LOOK_S = 30.0
    """How often the times are looked at again."""
    DEFAULT_CSS = """
    Tasks > #head { height: 1; }
    Tasks > #whole { height: 5; }
    """

    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self._source = _Tasks(deck)
        self._sought = ""
        self._head, self._whole = Pane(id="head"), Pane(id="whole")
        none = f"no action item is open: {deck.key('decision.make')} on an incident decides and gives one"
        self._rows = VirtualList(self._source, gutter=2, empty=(Span(none, "dim"),))

    @property
    def place(self) -> Place:
        """The action items of everybody."""
        return Place("tasks")

    def body(self) -> list[Widget]:
        """How many, one row each, and the one under the cursor whole."""
        return [self._head, self._rows, self._whole]

    def rows(self) -> VirtualList:
        """The action items."""
        return self._rows

    def crumb(self) -> str:
        """The last word of the way here."""
        return "action items"

    def on_mount(self) -> None:
        """Times go on while one looks."""
        self.set_interval(self.LOOK_S, self._look)

    def _look(self) -> None:
        if self.is_current and self._source.found:
            self.refresh_data()

    def refresh_data(self) -> None:
        """One's own before those of others, each by when it is due; only what is looked for."""
        station = self.deck.station
        found = tasks(station)
        found.sort(key=lambda row: row.owner != station.me)
        if self._sought:
            word = self._sought.casefold()
            found = [row for row in found if word in plain(task_line(station, row, 400)).casefold()]
        self._source.found = found
        self._rows.refresh_rows()
        now = station.clock.wall_us()
        mine = sum(row.owner == station.me for row in found)
        over = sum(row.due_us is not None and row.due_us <= now for row in found)
        said = f"{counted(len(found), 'action item')}, {mine} yours" + (f", {over} overdue" if over else "")
        sought = f", matching {self._sought}" if self._sought else ""
        self._head.show([rule(said + sought, self.size.width or 80)])

        self._show_whole()

    def on_virtual_list_moved(self, event: VirtualList.Moved) -> None:
        """The one under the cursor, whole."""
        super().on_virtual_list_moved(event)
        self._show_whole()

    def _show_whole(self) -> None:
        row, width = self._current(), self.size.width or 80
        lines = task_detail(self.deck.station, row, width) if row is not None else []
        self._whole.show([rule("whole", width), *lines[:4]] if lines else [])

    def subject(self, name: str) -> str | None:
        """The action item under the cursor, or its incident."""
        row = self._current()
        return {"task": row.ident, "incident": row.incident}.get(name) if row is not None else None

    def first_hints(self) -> list[tuple[str, str]]:
        """What Enter does."""
        return [*self.hint("row.open", "its incident"), *self.hint("screen.leave", "back")]

    def enter(self) -> None:
        """To the incident it belongs to."""
        row = self._current()
        if row is not None:
            self.go(Place("overview", row.incident))

    def gesture_filter(self) -> None:
        """``/``: what the rows say, anywhere in them."""
        self.bar.ask("filter", (Span(" /", "key"),), text=self._sought, live=True, limit=100)

    def look_for(self, text: str) -> None:
        """Show only the rows that hold these words."""
        self._sought = text.strip()
        self.refresh_data()

    def leave(self, key: str) -> None:
        """Esc takes what is looked for away first."""
        if key == "escape" and self._sought:
            self.look_for("")
        else:
            super().leave(key)

    def _current(self) -> TaskRow | None:
        at = self._source.index_of(self._rows.key or "")
        return None if at is None else self._source.found[at]

"""The checklists of one's duty roles on an incident: what is to be done, what was done by whom; a key ticks an item."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.features.incidents.queries import IncidentRow, incidents
from ircockpit.features.response.pages import item_line
from ircockpit.features.response.queries import Item, book_of, items, mine
from ircockpit.render.queue import rule
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.places import Place
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList


class _Items:
    """Rows of the checklists that are shown, each list under the name of its role."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.found: list[Item | str] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if _key(each) == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        offset = self._deck.station.shown_offset
        return [
            ListRow(_key(each), (Span(f" {each}", "title"),), selectable=False)
            if isinstance(each, str)
            else ListRow(_key(each), item_line(each, offset, width))
            for each in self.found[start:stop]
        ]


def _key(each: Item | str) -> str:
    return f"role:{each}" if isinstance(each, str) else each.check.id


class Checklist(Frame):
    """One's own checklists; those of all roles where one has none here."""

    PLACE: ClassVar[str] = "checklist"
    DEFAULT_CSS = """
    Checklist > #head { height: 1; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck)
        self.ident = ident
        self._row: IncidentRow = incidents(deck.station.view, [ident])[0]
        self._source = _Items(deck)
        self._head = Pane(id="head")
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("there is no checklist", "dim"),))

    @property
    def place(self) -> Place:
        """The checklists of this incident."""
        return Place("checklist", self.ident)

    def body(self) -> list[Widget]:
        """How far one is, then one row each."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """The items."""
        return self._rows

    def crumb(self) -> str:
        """The last word of the way here."""
        return "checklist"

    def beneath(self, words: list[str]) -> list[str]:
        """The queue, then the incident."""
        return [*words[:1], self._row.short]

    def refresh_data(self) -> None:
        """Read roles and items anew."""
        station = self.deck.station
        book = book_of(station)
        own = [each.role for each in mine(station, self._row, book)]
        shown = [each for each in book.roles.values() if each.id in own] or list(book.roles.values())
        found: list[Item | str] = []
        for role in shown:
            found += [role.title, *items(station, self._row, role)]
        self._source.found = found
        self._rows.refresh_rows()
        listed = [each for each in found if isinstance(each, Item)]
        whose = (
            "yours"
            if own
            else f"of every role: you have none here, {self.deck.key('role.take')} takes one there"
        )
        said = f"{sum(each.done for each in listed)} of {len(listed)} done, {whose}"
        self._head.show([rule(said, self.size.width or 80)])

    def subject(self, name: str) -> str | None:
        """The incident."""
        return self.ident if name == "incident" else None

    def first_hints(self) -> list[tuple[str, str]]:
        """How to go back."""
        return self.hint("screen.leave", "back")

    def enter(self) -> None:
        """Enter is pressed too easily to say that something was done."""
        self.say(f"{self.deck.key('checklist.tick')} says that it is done")

    def act_tick(self, action: Action) -> None:
        """``c``: the item under the cursor is done, or is not after all."""
        at = self._source.index_of(self._rows.key or "")
        item = None if at is None else self._source.found[at]
        if not isinstance(item, Item):
            self.say("put the cursor on an item first; nothing is done", "warn")
            return
        given = {"incident": self.ident, "item": item.check.id, "undone": item.done and not item.disputed}
        self.run(action, given)

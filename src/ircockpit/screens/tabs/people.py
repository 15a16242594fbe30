"""Who has to do with an incident: its owner, who wrote here and how long ago, who else belongs here and as what."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.features.incidents.people import Participant, participant_line, participants
from ircockpit.render.queue import rule
from ircockpit.render.span import Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.widgets.pages import ListRow
from ircockpit.widgets.pane import Pane
from ircockpit.widgets.virtual_list import VirtualList


class _People:
    """Rows of the people."""

    def __init__(self, deck: Deck) -> None:
        self._clock = deck.station.clock
        self.found: list[Participant] = []

    def count(self) -> int:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return len(self.found)

    def index_of(self, key: str) -> int | None:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        return next((at for at, each in enumerate(self.found) if each.user == key), None)

    def page(self, start: int, stop: int, width: int) -> Sequence[ListRow]:
        """See :class:`~ircockpit.widgets.pages.RowSource`."""
        now = self._clock.wall_us()
        return [ListRow(each.user, participant_line(each, now, width)) for each in self.found[start:stop]]


class PeopleTab(IncidentTab):
    """The people; Enter shows what one of them wrote."""

    TAB: ClassVar[str] = "people"
    DEFAULT_CSS = """
    PeopleTab > #head { height: 1; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._source = _People(deck)
        self._source.found = participants(deck.station, self.row)
        self._head = Pane(id="head")
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nobody is known here yet", "dim"),))

    def body(self) -> list[Widget]:
        """How many, then one row each."""
        return [self._head, self._rows]

    def rows(self) -> VirtualList:
        """The people."""
        return self._rows

    def refresh_data(self) -> None:
        """Read who they are anew."""
        super().refresh_data()
        self._source.found = found = participants(self.deck.station, self.row)
        self._rows.refresh_rows()
        wrote = sum(each.entries > 0 for each in found)
        owner = "" if self.row.owner else f", nobody owns it: {self.deck.key('incident.take')} takes it"
        said = f"{'1 person' if len(found) == 1 else f'{len(found)} people'}, {wrote} wrote here{owner}"
        self._head.show([rule(said, self.size.width or 80)])

    def first_hints(self) -> list[tuple[str, str]]:
        """What Enter shows."""
        return [*super().first_hints(), *self.hint("row.open", "what they wrote")]

    def enter(self) -> None:
        """The timeline, searched for the name under the cursor."""
        at = self._source.index_of(self._rows.key or "")
        if at is None:
            return
        from ircockpit.screens.tabs.timeline import TimelineTab

        self.app.switch_screen(TimelineTab(self.deck, self.ident, sought=self._source.found[at].name))

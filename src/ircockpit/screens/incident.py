"""One incident's overview: its facts above, its newest entries below, live."""

from typing import ClassVar

from ircockpit.command.action import Action
from ircockpit.features.clocks.queries import banners
from ircockpit.features.incidents.pages import detail_lines
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.timeline import TimelineTab

MOST_FACTS = 11


class Incident(TimelineTab):
    """The first tab: everything people need beside the form and the controls."""

    TAB: ClassVar[str] = "overview"

    def __init__(self, deck: Deck, ident: str, *, settle: Action | None = None) -> None:
        """``settle``: the disagreement is asked about at once."""
        super().__init__(deck, ident)
        self._settle = settle

    def on_mount(self) -> None:
        """The question one came with, once the screen stands."""
        if self._settle is not None:
            self.call_after_refresh(self.act_settle, self._settle)

    def duties_known(self) -> None:
        """The overview names what is due."""
        self.refresh_data()

    def facts(self) -> list[Line]:
        """What says most about it; its last words are the first entry below."""
        station, row = self.deck.station, self.row
        above = banners(station, row, self.size.width or 80)
        lines = detail_lines(station, row, all_clocks=True)[:-1][: MOST_FACTS - len(above)]
        return [*above, *((Span(" "), *line) for line in lines)]

"""The page for the next shift; it follows the record while it is read, and one key hands over."""

from typing import ClassVar

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.features.care.handover import handover
from ircockpit.features.care.handover_page import lines
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList


class Handing(Frame):
    """What is open, in force, due and undecided, in safe words."""

    PLACE: ClassVar[str] = "handover"

    def __init__(self, deck: Deck, action: Action) -> None:
        super().__init__(deck)
        self._action = action
        self._lines: list[Line] = []
        self._source = FixedRows(())
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nothing", "dim"),))

    def body(self) -> list[Widget]:
        """One list."""
        return [self._rows]

    def rows(self) -> VirtualList:
        """The page itself."""
        return self._rows

    def where(self) -> str:
        """What the page is."""
        return "handover"

    def duties_known(self) -> None:
        """The page names what is due."""
        self.refresh_data()

    def refresh_data(self) -> None:
        """Read anew; drawn only where something changed."""
        width = max(min(self.size.width or 80, 100) - 2, 40)
        now = lines(handover(self.deck.station), width)
        if now != self._lines:
            self._lines = now
            self._source.show(now)
            self._rows.refresh_rows()

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave."""
        return self.hint("screen.leave", "back")

    def gesture_give(self) -> None:
        """To whom, then it is on record."""
        self.bar.ask(
            "give", (Span(" hand over to? a name, or nothing for whoever comes:", "key"),), limit=100
        )

    def on_prompt_bar_submitted(self, event: PromptBar.Submitted) -> None:
        """Handed over; everything else is the frame's."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "give":
            self.run(self._action, {"give": True, "to": event.text.strip() or None, "out": None})
        else:
            super().on_prompt_bar_submitted(event)

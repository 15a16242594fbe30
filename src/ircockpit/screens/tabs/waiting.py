"""A tab whose contents are still to come: it says so, what will stand there, and what to do until then."""

from collections.abc import Sequence
from typing import ClassVar

from textual.widget import Widget

from ircockpit.render.queue import rule
from ircockpit.render.span import Line, Span
from ircockpit.render.wrap import wrap
from ircockpit.screens.deck import Deck
from ircockpit.screens.tabs.acting import IncidentTab
from ircockpit.widgets.pane import Pane

_LABEL = 10


class WaitingTab(IncidentTab):
    """Three sentences in the place of a list; the class with the list takes the place of this one."""

    MISSING: ClassVar[str]
    """What is not there yet."""
    WILL: ClassVar[str]
    """What will stand there."""
    UNTIL: ClassVar[str]
    """What to do until then; ``{note}`` is the key of a note."""
    DEFAULT_CSS = """
    WaitingTab > #words { height: 1fr; }
    """

    def __init__(self, deck: Deck, ident: str) -> None:
        super().__init__(deck, ident)
        self._words = Pane(id="words")

    def body(self) -> list[Widget]:
        """The words."""
        return [self._words]

    def refresh_data(self) -> None:
        """They stand still; what is known of the incident beside them does not."""
        super().refresh_data()
        width = self.size.width or 80
        until = self.UNTIL.format(note=self.deck.key("incident.note"))
        told = (("not yet", self.MISSING), ("will be", self.WILL), ("until then", until))
        lines: list[Line] = [rule(self.TAB, width)]
        for label, words in told:
            spans = (
                Span(f" {label:{_LABEL}}  ", "dim"),
                Span(words, "warn" if label == "not yet" else "text"),
            )
            lines += [*wrap(spans, width - 1, _LABEL + 3), ()]
        self._words.show([*lines, *self.known()])

    def known(self) -> Sequence[Line]:
        """What the record says already that belongs here."""
        return ()

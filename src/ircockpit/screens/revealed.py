"""The page of raw words: inert, and gone the moment it is left."""

from typing import Any

from ircockpit.command.action import Action, Result
from ircockpit.render.span import Line
from ircockpit.screens.deck import Deck
from ircockpit.screens.doing import hint_spans
from ircockpit.screens.page import Page

REVEAL = "signal.reveal"


class Revealed(Page):
    """Raw words; ``n`` hides them, as does every key that leaves."""

    def own_keys(self) -> dict[str, Any]:
        """``n`` for no more."""
        return {"n": lambda: self.leave("n")}

    def hint_line(self) -> Line:
        """How to hide it."""
        return hint_spans([("n", "hide"), ("q", "back"), ("j k", "scroll"), ("?", "help")])


def page_of(deck: Deck, action: Action, result: Result) -> Page:
    """The page for the lines an action gives back."""
    kind = Revealed if action.id == REVEAL else Page
    return kind(deck, " ".join(action.verb), result.lines, said=result.said)

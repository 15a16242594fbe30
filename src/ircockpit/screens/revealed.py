"""The page of raw words: inert, and gone the moment it is left."""

from typing import Any

from ircockpit.command.action import Action, Result
from ircockpit.screens.deck import Deck
from ircockpit.screens.page import Page

REVEAL = "signal.reveal"


class Revealed(Page):
    """Raw words; ``n`` hides them, as does every key that leaves."""

    def own_keys(self) -> dict[str, Any]:
        """``n`` for no more."""
        return {"n": lambda: self.leave("n")}

    def first_hints(self) -> list[tuple[str, str]]:
        """How to hide it."""
        return [("n", "hide"), ("q", "back")]


def page_of(deck: Deck, action: Action, result: Result) -> Page:
    """The page for the lines an action gives back."""
    kind = Revealed if action.id == REVEAL else Page
    return kind(deck, " ".join(action.verb), result.lines, said=result.said)

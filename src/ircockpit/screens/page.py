"""A page of lines: help, and what a command prints, read with the same keys as every list."""

from collections.abc import Sequence

from textual.widget import Widget

from ircockpit.command.action import Action
from ircockpit.command.keys import label
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.keywords import MOVES, SCREEN_KEYS
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.virtual_list import VirtualList


class Page(Frame):
    """Lines that stand still."""

    PLACE = "page"

    def __init__(self, deck: Deck, title: str, lines: Sequence[Line], *, said: str = "") -> None:
        super().__init__(deck)
        self._title = title
        self._said = said
        gated = [tuple(Span(clean(span.text), span.role) for span in line) for line in lines]
        self._rows = VirtualList(FixedRows(gated), gutter=2, empty=(Span("nothing", "dim"),))

    def body(self) -> list[Widget]:
        """One list."""
        return [self._rows]

    def rows(self) -> VirtualList:
        """The page itself."""
        return self._rows

    def where(self) -> str:
        """The page's title."""
        return self._title

    def refresh_data(self) -> None:
        """A page stands still; its closing sentence is shown once."""
        if self._said:
            self.say(self._said)

    def first_hints(self) -> list[tuple[str, str]]:
        """How to leave."""
        return [("q", "back")]


def help_page(deck: Deck, place: str, own: Sequence[tuple[str, str]] = ()) -> Page:
    """Every key that works in a place, made from the registry; ``own`` are those of its screen alone."""
    return Page(deck, f"help {place}", help_lines(deck.actions, place, own))


def help_lines(actions: Sequence[Action], place: str, own: Sequence[tuple[str, str]] = ()) -> list[Line]:
    """The lines of a place's help: the screen's own keys, actions with key, title and command, then movement."""
    here = [action for action in actions if place in action.places or "*" in action.places]
    there = [action for action in actions if action not in here]
    lines: list[Line] = [(Span(f"keys in {place}, their commands (ircockpit …) beside them", "title"),)]
    lines += [(Span(f"{key:8}", "key"), Span(words)) for key, words in own]
    taken = {key for key, _ in own}
    lines += [_row(action) for action in here if action.keys and label(action.keys[0]) not in taken]
    lines += [(), (Span("moving about", "title"),)]
    said: dict[str, list[str]] = {}
    for key, (_, _, words) in MOVES.items():
        said.setdefault(words, []).append(label(key))
    for key, words in SCREEN_KEYS.items():
        said.setdefault(words, []).append(label(key))
    lines += [(Span(f"{' '.join(keys):16}", "key"), Span(words)) for words, keys in said.items()]
    lines += [(), (Span("with : or on the shell, anywhere", "title"),)]
    lines += [_row(action) for action in there]
    return lines


def _row(action: Action) -> Line:
    keys = " ".join(label(key) for key in action.keys)
    return (
        Span(f"{keys:4}", "key"),
        Span(f"{' '.join(action.verb):19}", "dim"),
        Span(action.title),
    )

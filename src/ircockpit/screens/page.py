"""A page of lines: help, and what a command prints, read with the same keys as every list."""

from collections.abc import Sequence

from textual.widget import Widget

from ircockpit.command.gestures import Gesture
from ircockpit.command.keys import NONE, Entry, Own, keys_of, label, works
from ircockpit.core.errors import UsageError
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span
from ircockpit.screens.deck import Deck
from ircockpit.screens.frame import Frame
from ircockpit.screens.sources import FixedRows
from ircockpit.widgets.prompt_bar import PromptBar
from ircockpit.widgets.virtual_list import VirtualList


class Page(Frame):
    """Lines that stand still."""

    PLACE = "page"

    def __init__(self, deck: Deck, title: str, lines: Sequence[Line], *, said: str = "") -> None:
        super().__init__(deck)
        self._title = title
        self._said = said
        gated = [tuple(Span(clean(span.text), span.role) for span in line) for line in lines]
        self._source = FixedRows(gated)
        self._rows = VirtualList(self._source, gutter=2, empty=(Span("nothing", "dim"),))

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
        return self.hint("screen.leave", "back")

    def gesture_filter(self) -> None:
        """``/``: only lines with these words."""
        self.bar.ask("filter", (Span(" /", "key"),), text=self._source.text, live=True, limit=100)

    def on_prompt_bar_changed(self, event: PromptBar.Changed) -> None:
        """The filter works while it is typed."""
        if event.purpose == "filter":
            self._filter_by(event.text)

    def on_prompt_bar_cancelled(self, event: PromptBar.Cancelled) -> None:
        """Leaving the filter shows everything again."""
        event.prevent_default()  # the frame's handler runs by the call below, not a second time by itself
        if event.purpose == "filter":
            self._filter_by("")
            self.say("filter taken away")
        else:
            super().on_prompt_bar_cancelled(event)

    def leave(self, key: str) -> None:
        """Esc takes a filter away first."""
        if self._source.text and key == "escape":
            self._filter_by("")
        else:
            super().leave(key)

    def _filter_by(self, text: str) -> None:
        try:
            self._source.filter(text)
        except UsageError as error:
            self.tell(error)
        self._rows.refresh_rows()


def help_page(deck: Deck, place: str, own: Sequence[tuple[str, str]] = ()) -> Page:
    """Every key that works in a place, made from the registry; ``own`` are those of its screen alone."""
    return Page(deck, f"help {place}", help_lines(deck.entries, place, own, deck.keys))


def help_lines(
    entries: Sequence[Entry], place: str, own: Sequence[tuple[str, str]] = (), keys: Own = NONE
) -> list[Line]:
    """The lines of a place's help: the screen's own keys, actions with key, title and command, then gestures."""
    here = [entry for entry in entries if works(entry, place)]
    lines: list[Line] = [(Span(f"keys in {place}, their commands (ircockpit …) beside them", "title"),)]
    lines += [(Span(f"{key:8}", "key"), Span(words)) for key, words in own]
    taken = {key for key, _ in own}
    lines += [
        _row(entry, keys)
        for entry in here
        if not isinstance(entry, Gesture)
        and keys_of(entry, keys)
        and label(keys_of(entry, keys)[0]) not in taken
    ]
    lines += [(), (Span("moving about", "title"),)]
    lines += [_row(entry, keys) for entry in here if isinstance(entry, Gesture) and keys_of(entry, keys)]
    lines += [(), (Span("with : or on the shell, anywhere", "title"),)]
    lines += [_row(entry, keys) for entry in entries if not isinstance(entry, Gesture) and entry not in here]
    return lines


def _row(entry: Entry, own: Own) -> Line:
    keys = " ".join(label(key) for key in keys_of(entry, own))
    if isinstance(entry, Gesture):
        return (Span(f"{keys:16} ", "key"), Span(entry.title))
    return (Span(f"{keys:4}", "key"), Span(f"{' '.join(entry.verb):19}", "dim"), Span(entry.title))

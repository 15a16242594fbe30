"""The palette: everything the registry has, found by a few letters, on the lines above the prompt; no dialog."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ircockpit.command.action import Action
from ircockpit.command.gestures import Gesture
from ircockpit.command.keys import Entry, keys_of, label, works
from ircockpit.command.palette import found
from ircockpit.render.span import Line, Span, cells, fit_line
from ircockpit.render.wrap import wrap

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck
    from ircockpit.widgets.edit_line import EditLine

SHOWN = 6
"""Entries that stand above the prompt at once."""
_STEPS = {"down": 1, "ctrl+n": 1, "tab": 1, "up": -1, "ctrl+p": -1, "shift+tab": -1}
_KEYS = 7
_NOT = "  not now"
_WHY = f"{_NOT}: "


class PaletteAid:
    """What fits the letters typed, one of it chosen; what works here by its key comes before what takes more words."""

    def __init__(self, deck: "Deck", place: str, why_not: Callable[[Action], str]) -> None:
        self._deck = deck
        self._why_not = why_not
        here = [entry for entry in deck.entries if works(entry, place) and entry.id != "palette.open"]
        beyond = [entry for entry in deck.actions if entry not in here and entry.needs_profile]
        self._here = {entry.id for entry in here}
        self._entries: list[Entry] = [*here, *beyond]
        self._found = self._entries
        self._at = 0
        self._text = ""

    @property
    def chosen(self) -> Entry | None:
        """The entry that Enter takes."""
        return self._found[self._at] if self._found else None

    def is_here(self, entry: Entry) -> bool:
        """Whether it can be done at once; else its command is to be written."""
        return entry.id in self._here

    def key(self, name: str, line: "EditLine") -> bool:
        """Up and Down choose."""
        del line
        if name not in _STEPS:
            return False
        self._at = (self._at + _STEPS[name]) % max(len(self._found), 1)
        return True

    def above(self, text: str, width: int) -> Sequence[Line]:
        """A window of what fits, around what is chosen."""
        if text != self._text:
            self._text, self._at = text, 0
            self._found = found(self._entries, text, self._deck.keys)
        if not self._found:
            return [(Span(" nothing is called that", "dim"),)]
        first = min(max(self._at - SHOWN + 1, 0), max(len(self._found) - SHOWN, 0))
        window, untold = self._found[first : first + SHOWN], ""
        rows: list[Line] = []
        for n, entry in enumerate(window, first):
            reason = self._reason(entry)
            line = self._row(entry, n == self._at, bool(reason))
            if reason and sum(cells(span.text) for span in line) + cells(_WHY + reason) >= width:
                # A reason that is cut says nothing: that there is one stands here, what it is below once it is chosen.
                line = (*fit_line(line, width - 1 - cells(_NOT)), Span(_NOT, "warn"))
                untold = reason if n == self._at else untold
            elif reason:
                line = (*line, Span(_WHY + reason, "warn"))
            rows.append(fit_line(line, width - 1))
        if untold:
            return [*rows, *wrap((Span(f" {_WHY.strip()} {untold}", "warn"),), width - 1, 2)]
        more = len(self._found) - len(rows)
        return [*rows, (Span(f" {more} more; Up and Down choose, Enter does it", "dim"),)] if more else rows

    def _reason(self, entry: Entry) -> str:
        """Why it is not possible now; empty where it is."""
        return "" if isinstance(entry, Gesture) or not self.is_here(entry) else self._why_not(entry)

    def _row(self, entry: Entry, chosen: bool, dim: bool) -> Line:
        keys = keys_of(entry, self._deck.keys) if self.is_here(entry) else ()
        spans = [
            Span(" > " if chosen else "   ", "key"),
            Span(f"{label(keys[0]) if keys else '':{_KEYS}}", "key"),
            Span(entry.title, "title" if chosen else "dim" if dim else "text"),
        ]
        if not isinstance(entry, Gesture) and (chosen or not keys):
            spans.append(Span(f"  :{' '.join(entry.verb)}", "dim"))
        return tuple(spans)

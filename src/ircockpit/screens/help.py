"""The keys of a place, made from the registry: with the person's own ones, with why not, searched with ``/``."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from ircockpit.command.gestures import Gesture
from ircockpit.command.keys import NONE, WITHIN, Entry, Own, keys_of, label, works
from ircockpit.render.span import Line, Span, plain
from ircockpit.render.wrap import wrap
from ircockpit.screens.keywords import OWN, PLACES
from ircockpit.screens.page import Page

if TYPE_CHECKING:
    from ircockpit.screens.deck import Deck

_NOTHING: Mapping[str, str] = MappingProxyType({})
_KEYS = 11
"""Cells of the column before the title."""
_MARGIN = 3
"""Cells of the page that are no line: gutter and edge."""


class Help(Page):
    """One screenful of keys and more below; what is not possible now says why."""

    def __init__(self, deck: "Deck", place: str, why_not: Mapping[str, str]) -> None:
        """``why_not``: reasons by the ids of entries that are not possible where help was asked for."""
        self._place, self._why_not = place, why_not
        super().__init__(deck, f"help {place}", ())
        self.data = ()  # the program's own words

    def lines(self, text: str) -> Sequence[Line]:
        """Every entry whose line shows the text."""
        width = max(self.size.width - _MARGIN, 40)
        return help_lines(self.deck.entries, self._place, self.deck.keys, self._why_not, text, width)

    def refresh_data(self) -> None:
        """Laid out for the width there is."""
        self.show()


def help_lines(
    entries: Sequence[Entry],
    place: str,
    own: Own = NONE,
    why_not: Mapping[str, str] = _NOTHING,
    text: str = "",
    width: int = 200,
) -> list[Line]:
    """A place's keys first, then what works everywhere, then commands; of all only what shows ``text``."""
    here = [entry for entry in entries if works(entry, place) and keys_of(entry, own)]
    near = [entry for entry in here if place in entry.places]
    outer = WITHIN.get(place, "")
    around = [entry for entry in here if outer in entry.places and entry not in near]
    words = PLACES.get(place, place)
    fixed: list[list[Line]] = [
        [(Span(f"{keys:{_KEYS}} ", "key"), Span(said))] for keys, said in OWN.get(place, ())
    ]
    parts = (
        (f"in {words}; what has a command says it, for : and for the shell", [
            *fixed, *(_row(entry, own, why_not) for entry in near),
        ]),
        (f"in {PLACES.get(outer, outer)}", [_row(entry, own, why_not) for entry in around]),
        ("everywhere", [_row(entry, own, why_not) for entry in here if entry not in (*near, *around)]),
        ("with : or on the shell", [
            _row(entry, own, why_not) for entry in entries if entry not in here and not isinstance(entry, Gesture)
        ]),
    )  # fmt: skip
    wanted = text.casefold().split()
    shown: list[Line] = []
    for title, rows in parts:
        found = [row for row in rows if _shows(row, wanted)]
        if found:
            shown += [*([()] if shown else []), (Span(title, "title"),)]
            shown += [piece for row in found for line in row for piece in wrap(line, width, _KEYS + 1)]
    return shown


def _row(entry: Entry, own: Own, why_not: Mapping[str, str]) -> list[Line]:
    """What an entry does, and on a line of its own why not."""
    keys = " ".join(label(key) for key in keys_of(entry, own))
    reason = why_not.get(entry.id, "")
    spans = [
        Span(f"{keys:{_KEYS}} ", "dim" if reason else "key"),
        Span(entry.title, "dim" if reason else "text"),
    ]
    if not isinstance(entry, Gesture):
        spans.append(Span(f"  :{' '.join(entry.verb)}", "dim"))
    return [
        tuple(spans),
        *([(Span(" " * (_KEYS + 1)), Span(f"not now: {reason}", "warn"))] if reason else []),
    ]


def _shows(row: Sequence[Line], wanted: Sequence[str]) -> bool:
    said = " ".join(plain(line) for line in row).casefold()
    return all(word in said for word in wanted)

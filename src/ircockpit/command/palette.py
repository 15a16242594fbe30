"""Finding an entry of the registry by a few letters of what it is called: pure, for the palette."""

import re
from collections.abc import Iterable

from ircockpit.command.gestures import Gesture
from ircockpit.command.keys import NONE, Entry, Own, keys_of, label

_FAR = 100.0
"""Worse than any distance of letters within a title."""
_TITLE = 0.5
"""What stands in a title only is less likely meant than a word of the command."""
_WORD = re.compile(r"\w+")


def found(entries: Iterable[Entry], text: str, own: Own = NONE) -> list[Entry]:
    """The entries that every word typed fits, the best first; entries alike stay in their order.

    A word fits as the beginning of a word, as a part of one, or as letters in their order from the beginning of a
    word on; in the command or id rather than in the title. A key finds what it does before anything else.
    """
    words = text.casefold().split()
    ranked: list[tuple[float, Entry]] = []
    for entry in entries:
        verb = "" if isinstance(entry, Gesture) else " ".join(entry.verb)
        if words and text.strip() in (entry.id, verb, *(label(key) for key in keys_of(entry, own))):
            ranked.append((-1.0, entry))
            continue
        costs = [_best(word, f"{verb} {entry.id}", entry.title.casefold()) for word in words]
        if None not in costs:
            ranked.append((sum(cost for cost in costs if cost is not None), entry))
    return [entry for _, entry in sorted(ranked, key=lambda pair: pair[0])]


def _best(word: str, name: str, title: str) -> float | None:
    costs = [_cost(word, name), _cost(word, title)]
    known = [cost + extra for cost, extra in zip(costs, (0.0, _TITLE), strict=True) if cost is not None]
    return min(known, default=None)


def _cost(word: str, text: str) -> float | None:
    begins = [each.start() for each in _WORD.finditer(text)]
    if any(text.startswith(word, at) for at in begins):
        return 0.0
    if word in text:
        return 1.0
    spans = [span for at in begins if (span := _span(word, text, at)) is not None]
    return 2.0 + min(spans) / _FAR if spans else None


def _span(letters: str, text: str, start: int) -> int | None:
    """How far the letters reach in the text, in their order, where the first of them stands at ``start``."""
    if text[start] != letters[0]:
        return None
    at = start
    for letter in letters[1:]:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    return at - start

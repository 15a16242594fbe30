"""A text that two people changed from the same beginning, brought together where their changes do not touch."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_PIECES = re.compile(r"\s+|[^\s]+")
MAX_TEXT = 20_000
"""Characters of a text beyond which no merge is tried: it would hold up the screen."""


class _Change(NamedTuple):
    """Pieces ``[first, last)`` of the beginning become ``new``."""

    first: int
    last: int
    new: tuple[str, ...]


def merge(before: str, one: str, other: str) -> str | None:
    """Both changes of a text, word by word; ``None`` where they touch each other, or nothing is gained.

    The same for both orders of the two. A suggestion for a person to take, never taken by itself.
    """
    if max(map(len, (before, one, other))) > MAX_TEXT or one == other or before in (one, other):
        return None
    old = _PIECES.findall(before)
    changes = sorted({*_changes(old, one), *_changes(old, other)})
    merged: list[str] = []
    at, last_end = 0, -1
    for change in changes:
        if change.first < at or change.first == last_end:
            return None  # they overlap, or stand at the very same place: which comes first is for a person
        merged += [*old[at : change.first], *change.new]
        at = last_end = change.last
    merged += old[at:]
    text = "".join(merged)
    return text if text not in (one, other, before) else None


def _changes(old: list[str], text: str) -> Iterator[_Change]:
    from difflib import SequenceMatcher  # when two people have changed one text, and not before

    new = _PIECES.findall(text)
    for tag, first, last, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Change(first, last, tuple(new[start:stop]))

"""How exhibits are numbered and named; pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ircockpit.core.ids import companion_id

MAX_NAME = 120
"""Characters of a file's shown name."""
MAX_ORIGIN = 2000
_LABEL = re.compile(r"e(?P<number>[1-9][0-9]{0,6})(?P<letters>[a-z]*)", re.ASCII)


class Numbered(NamedTuple):
    """What decides an exhibit's label: its number, and who was first where two devices gave the same one."""

    ident: str
    number: int
    born: tuple[int, str]
    """``(lam, event_id)`` of the event that took it in."""


def exhibit_id(incident: str, sha256: str) -> str:
    """The id of an exhibit: the same bytes in one incident are one exhibit, whoever takes them in."""
    return companion_id(incident, "exhibit", sha256)


def next_number(known: Iterable[Numbered]) -> int:
    """The number for a new exhibit: one more than the highest known here."""
    return 1 + max((each.number for each in known), default=0)


def labels(known: Iterable[Numbered]) -> dict[str, str]:
    """Label of each exhibit by id: ``E3``; where two devices gave 3 while apart, the later one is ``E3b``.

    The same on every device that knows the same exhibits.
    """
    found: dict[str, str] = {}
    counts: dict[int, int] = {}
    for each in sorted(known, key=lambda one: (one.number, one.born)):
        before = counts.get(each.number, 0)
        counts[each.number] = before + 1
        found[each.ident] = f"E{each.number}{_letters(before)}"
    return found


def is_label(text: str) -> bool:
    """Whether a word is a label such as ``E3`` or ``e3b``, rather than a short id."""
    return _LABEL.fullmatch(text.lower()) is not None


def _letters(index: int) -> str:
    """Nothing for the first, then b, c … z, ab, ac …: the first one is never renamed."""
    letters = ""
    while index:
        index, last = divmod(index, 26)
        letters = "abcdefghijklmnopqrstuvwxyz"[last] + letters
    return letters

"""Words of others on their way to a row: through the gate, or left out where this process shows safe summaries alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from ircockpit.inert.gate import cells, clean

QUOTES = "||"
SHADE = "░"
"""Stands for a cell of what is blurred."""
WITHHELD = "···"
"""Stands where words are and are not shown."""


class _Shown:
    """What this process shows: one cockpit or one command, whichever of its threads writes the row."""

    safe = False
    blur = True


def only_safe(on: bool) -> None:
    """Show safe summaries alone from now on, or everything again."""
    _Shown.safe = on


def is_safe() -> bool:
    """Whether only safe summaries are shown."""
    return _Shown.safe


@contextmanager
def safely(on: bool = True) -> Iterator[None]:
    """Show safe summaries alone for what is written inside."""
    before, _Shown.safe = _Shown.safe, _Shown.safe or on
    try:
        yield
    finally:
        _Shown.safe = before


def blur_quoted(on: bool) -> None:
    """Blur what people have put between two pairs of ``|`` in their notes, or show it."""
    _Shown.blur = on


def words(text: str, instead: str = WITHHELD, *, newline: bool = False) -> str:
    """Somebody's words, gated; what stands ``instead`` of them where only safe summaries are shown.

    What they have put between ``||`` and ``||``, as a quotation that hurts, is blurred.
    """
    if _Shown.safe and text:
        return instead
    shown = clean(text, newline=newline)
    return _quoted(shown) if _Shown.blur and QUOTES in shown else shown


def _quoted(text: str) -> str:
    pieces = text.split(QUOTES)
    if len(pieces) % 2 == 0:  # the last one was not closed: to its end
        pieces.append("")
    for at in range(1, len(pieces), 2):
        pieces[at] = "".join(char if char.isspace() else SHADE * cells(char) for char in pieces[at])
    return QUOTES.join(pieces)

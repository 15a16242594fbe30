"""Words of others on their way to a row: through the gate, or left out where this process shows safe summaries alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from ircockpit.inert.gate import clean

WITHHELD = "···"
"""Stands where words are and are not shown."""


class _Shown:
    """What this process shows: one cockpit or one command, whichever of its threads writes the row."""

    safe = False


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


def words(text: str, instead: str = WITHHELD) -> str:
    """Somebody's words, gated; what stands ``instead`` of them where only safe summaries are shown."""
    return instead if _Shown.safe and text else clean(text)

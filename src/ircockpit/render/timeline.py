"""An entry of a timeline as spans."""

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from ircockpit.render.span import Line, Span, fit


class EntryLine(NamedTuple):
    """What an entry says; all text gated."""

    at_us: int
    who: str
    what: str
    """One word: note, triage, containment…"""
    text: str
    unsent: bool = False
    doubt: str = ""
    late: str = ""
    """How it arrived when it did not arrive at once: ``offline 2h, arrived 14:06``."""


_BEFORE_WORDS = 1 + 9 + 1 + 9 + 12
_ROLES = {"containment": "accent", "triage": "info", "signal": "warn", "incident": "title"}


def entry_line(row: EntryLine, width: int | None, *, offset_minutes: int = 0) -> Line:
    """One row: time of day, author, kind, words; ``~`` marks what the hub has not confirmed.

    Without a ``width`` the words stand whole.
    """
    clock = at_clock(row.at_us, offset_minutes)
    note = f"({row.late}) " if row.late else ""
    doubt = f"[not accepted: {row.doubt}] " if row.doubt else ""
    words = doubt + note + row.text
    if width is not None:
        words = fit(words, max(width - _BEFORE_WORDS, 8))
    return (
        Span("~" if row.unsent else " ", "warn"),
        Span(f"{clock} ", "dim"),
        Span(" "),
        Span(fit(row.who, 8) + " ", "key"),
        Span(fit(row.what, 11) + " ", _ROLES.get(row.what, "dim")),
        Span(words, "bad" if row.doubt else "text"),
    )


def at_clock(at_us: int, offset_minutes: int = 0) -> str:
    """``14:03:22`` in the zone that is ``offset_minutes`` ahead of UTC."""
    there = timezone(timedelta(minutes=offset_minutes))
    return f"{datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(there):%H:%M:%S}"


def at_full(at_us: int, offset_minutes: int = 0) -> str:
    """``2026-11-23 14:03:22 UTC``, or with the offset where it is another zone: never a time without one."""
    there = timezone(timedelta(minutes=offset_minutes))
    when = datetime.fromtimestamp(at_us // 1_000_000, UTC).astimezone(there)
    return f"{when:%Y-%m-%d %H:%M:%S} {zone(offset_minutes)}"


def at_minute(at_us: int, offset_minutes: int = 0) -> str:
    """``14:03 UTC``, or ``15:03 +0100``."""
    return f"{at_clock(at_us, offset_minutes)[:5]} {zone(offset_minutes)}"


def at_day(at_us: int, offset_minutes: int = 0) -> str:
    """``2026-11-23 14:03 UTC``, or ``2026-11-23 15:03 +0100``."""
    return f"{at_full(at_us, offset_minutes)[:16]} {zone(offset_minutes)}"


def zone(offset_minutes: int) -> str:
    """``UTC``, or how far ahead of it a zone is: ``+0100``."""
    if offset_minutes == 0:
        return "UTC"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"{'-' if offset_minutes < 0 else '+'}{hours:02d}{minutes:02d}"

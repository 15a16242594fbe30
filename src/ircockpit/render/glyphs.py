"""State as a glyph and a word, and times as a tired person reads them."""

from typing import NamedTuple

from ircockpit.render.ages import age as age
from ircockpit.render.span import Span


class Glyph(NamedTuple):
    """How one state looks: a glyph of one cell, three ASCII characters for poor fonts, a role."""

    glyph: str
    ascii: str
    role: str


_OPEN = Glyph("□", "[ ]", "text")
_WORKING = Glyph("◐", "[~]", "info")
_EFFECTIVE = Glyph("■", "[#]", "ok")
_UNVERIFIED = Glyph("◇", "[?]", "warn")
_FAILED = Glyph("✕", "[x]", "bad")
_UNKNOWN = Glyph("?", " ? ", "warn")

STATES: dict[str, Glyph] = {
    "open": _OPEN,
    "planned": _OPEN,
    "approved": _OPEN,
    "reverted": _OPEN,
    "working": _WORKING,
    "sent": _WORKING,
    "accepted": _WORKING,
    "recorded": _WORKING,
    "reverting": _WORKING,
    "effective": _EFFECTIVE,
    "unverified": _UNVERIFIED,
    "attested": _UNVERIFIED,
    "partial": _UNVERIFIED,
    "failed": _FAILED,
    "drifted": _FAILED,
    "unknown": _UNKNOWN,
}
"""The six glyphs and every state that wears one; a state not listed here wears ``?``."""

SEVERITY_ROLES = ("sev1", "sev2", "sev3", "sev4")


def counted(number: int, what: str) -> str:
    """How many of what: ``1 event``, ``1,200 events``, ``3 entries``."""
    many = f"{what[:-1]}ies" if what.endswith("y") and what[-2] not in "aeiou" else f"{what}s"
    return f"{number:,} {what if number == 1 else many}"


def glyph(state: str, *, ascii_only: bool = False) -> str:
    """The glyph of a state, one cell, or three cells of ASCII."""
    shape = STATES.get(state, _UNKNOWN)
    return shape.ascii if ascii_only else shape.glyph


def mark(state: str, word: str | None = None, *, ascii_only: bool = False) -> Span:
    """Glyph and word of a state: ``■ effective``; another ``word`` may say it closer (``◐ halting``)."""
    shape = STATES.get(state, _UNKNOWN)
    return Span(f"{shape.ascii if ascii_only else shape.glyph} {word or state}", shape.role)


def severity(level: int | None) -> Span:
    """``SEV1`` to ``SEV4`` in its role; ``SEV-`` while nobody has decided."""
    if level is None or not 1 <= level <= len(SEVERITY_ROLES):
        return Span("SEV-", "dim")
    return Span(f"SEV{level}", SEVERITY_ROLES[level - 1])


def duration(ms: int) -> str:
    """How long something took or has left: ``40 ms``, ``6.8 s``, ``38 s``, ``3m20s``, ``23h19m``, ``14d 6h``.

    Cut, not rounded, so that a deadline never looks further away than it is.
    """
    if ms < 0:
        return "-" + duration(-ms)
    if ms < 100:
        return f"{ms} ms"
    tenths = ms // 100
    if tenths < 100:
        return f"{tenths // 10}.{tenths % 10} s"
    seconds = ms // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    minutes = seconds // 60
    if minutes < 1_440:
        return f"{minutes // 60}h{minutes % 60:02d}m"
    return f"{minutes // 1_440}d {minutes % 1_440 // 60}h"

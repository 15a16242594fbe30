"""What an incident is worth at first sight, how the queue is ordered, and what a filter looks in; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ircockpit.core.reduce import Derived
from ircockpit.core.stated import moment_us
from ircockpit.inert.gate import clean

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
PROVISIONAL = "SEV2"
"""Severity of an incident nobody has triaged: high enough to be seen, and shown as provisional."""
OPEN = "open"
CLOSED = "closed"
MAX_TITLE = 120
MAX_NOTE = 8000
"""Characters of a note; longer text belongs into an exhibit."""


def rank(severity: str) -> int:
    """Position of a severity in the queue; unknown words come first, so that nothing hides."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


IMPACT_MARK = "\x1f"
"""Stands between title and impact in the words of an incident; no gated text holds one."""
_OPENED_BITS = 52


def _closed(shown: Mapping[str, Any], disputed: Sequence[str]) -> int:
    return int(shown["status"] == CLOSED and "status" not in disputed)


def _place(shown: Mapping[str, Any], _: Sequence[str]) -> int:
    # By severity, then the newest: one number, which the engine and an array can both keep in order.
    newest = (1 << _OPENED_BITS) - 1
    severity = str(shown["severity"] or "")
    return (rank(severity) + 1 << _OPENED_BITS) + newest - min(moment_us(shown["opened"]), newest)


def _opened(shown: Mapping[str, Any], _: Sequence[str]) -> int | None:
    return moment_us(shown["opened"]) or None


def _words(shown: Mapping[str, Any], _: Sequence[str]) -> str:
    title, impact = (clean(str(shown[name] or "")).casefold() for name in ("title", "impact"))
    return f"{title} {IMPACT_MARK}{impact}"


DERIVED = (
    Derived("closed", "INTEGER", _closed),
    Derived("place", "INTEGER", _place),
    Derived("opened_us", "INTEGER", _opened),
    Derived("words", "TEXT", _words),
)
"""What the queue orders and filters by; changed, the view's layout number goes up."""

"""What counts as ready and for how long, and what a thing that waits is called; pure."""

import re
from typing import NamedTuple

from ircockpit.core.errors import BadInput

DAY_US = 86_400_000_000
AHEAD_US = 3_600_000_000
"""How far a colleague's clock may be ahead: a proof dated later than that would never grow old, and is not believed."""
LEAST_H, MOST_H = 1, 365 * 24
_EVERY = re.compile(r"([0-9]{1,4})\s*(h|d|w)")
_HOURS = {"h": 1, "d": 24, "w": 168}

STUCK, MISSING, UNHEALTHY, UNPROVED, UNTRIED = "stuck", "secret", "probe", "proof", "owner"
ORDER = (STUCK, MISSING, UNHEALTHY, UNPROVED, UNTRIED)
"""What may wait of a system, the loudest first."""
PROVED, STALE, NEVER, CHANGED, FAILED = "proved", "stale", "never proved", "changed since", "proof failed"
"""How the proof of a control stands."""
THERE, GONE, UNASKED = "there", "missing", "not tried"
"""How a secret stands on this device."""
HEALTHY, CONTAINED, SICK, UNLOOKED, NO_PROBE = "healthy", "contained", "unhealthy", "not looked", "no probe"
"""What a probe read at the last look from this device."""
REACHED, LONG_AGO, NOT_TRIED, NOBODY = "reached", "reached long ago", "never tried", "nobody stated"
"""How the contact of a system stands."""
SMALL = ("principal", "feature")
"""Blast radii that may be proved on a schedule wherever the target is; larger ones at a canary only."""


class Waits(NamedTuple):
    """One thing of a system that waits for somebody."""

    kind: str
    """One of :data:`ORDER`."""
    what: str
    """What it is about: names of controls, of a secret's source, of a contact; not gated."""
    words: str
    """What is the matter, in words of the program."""
    since_us: int
    """Since when, 0 where that is not known."""


def hours_of(text: str) -> int:
    """``30d``, ``2w`` or ``12h`` as hours. Raises :class:`BadInput`."""
    found = _EVERY.fullmatch(text.strip().lower())
    hours = int(found[1]) * _HOURS[found[2]] if found else 0
    if not LEAST_H <= hours <= MOST_H:
        raise BadInput(
            "a proof is repeated every 1 hour to 365 days",
            safe="nothing was recorded",
            fix="for example: --every 30d",
        )
    return hours


def every(hours: int) -> str:
    """``30 days``, ``12 hours``."""
    number, unit = (hours // 24, "day") if hours % 24 == 0 else (hours, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"

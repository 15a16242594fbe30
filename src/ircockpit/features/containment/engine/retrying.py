"""When a change may be sent once more, and after what pause: only what may be repeated, and never blindly."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from random import SystemRandom

from ircockpit.features.containment.engine.spec import Action

TRANSIENT = frozenset({429, 502, 503, 504})
"""Statuses that speak of now, not of the request."""
LONGEST_S = 10.0
"""Seconds of the longest pause that is not asked for by the other side."""


class Tries:
    """The further tries of one change."""

    def __init__(self, action: Action) -> None:
        self._left = action.retry.times if action.repeatable else 0
        self._pause_s = action.retry.first_ms / 1000

    def pause(self, asked_s: float = 0.0) -> float | None:
        """Seconds to wait before the next try, at least those asked for; ``None`` where there is no further one.

        Longer each time, and never the same for two who began together.
        """
        if not self._left:
            return None
        self._left -= 1
        pause_s = self._pause_s * SystemRandom().uniform(0.5, 1.5)
        self._pause_s = min(self._pause_s * 2, LONGEST_S)
        return max(pause_s, asked_s)


def asked_pause(headers: Mapping[str, str], now_us: int) -> float:
    """The seconds that a ``Retry-After`` asks for, in either of its forms; 0 where there is none to be read."""
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    try:
        return max(parsedate_to_datetime(stated).timestamp() - now_us / 1e6, 0.0)
    except (ValueError, TypeError):
        return 0.0

"""When an action item is due, as it is typed, and in which order items are worked through; pure."""

import re
from datetime import UTC, datetime, timedelta

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import canonical_time, from_wall, read_moment

MAX_DECIDED = 2000
"""Characters of a decision, of its reason and of an action item; longer text is an exhibit."""
MAX_SOURCE = 500
_SPAN = re.compile(r"(?P<n>\d{1,4})\s*(?P<unit>[mhdw])", re.ASCII)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_EXAMPLE = "write it as 30m, 4h, 2d, 1w, 17:00 for the next 17:00, or 2026-11-30T17:00+01:00"


def due_time(text: str, now_us: int, offset_minutes: int) -> str:
    """The stored form of a due time as typed: a span from now, a clock time still to come, or a full time.

    A day without a time is due when that day ends. Raises :class:`BadInput` with the forms there are.
    """
    word = text.strip()
    if (span := _SPAN.fullmatch(word.lower())) is not None:
        seconds = int(span["n"]) * _SECONDS[span["unit"]]
        return from_wall(now_us + seconds * 1_000_000, offset_minutes)
    if _CLOCK.fullmatch(word) is not None:
        here = datetime.fromtimestamp(now_us / 1_000_000, UTC) + timedelta(minutes=offset_minutes)
        for ahead in (0, 1):
            stored = canonical_time(
                f"{here + timedelta(days=ahead):%Y-%m-%d}T{word}", offset_minutes=offset_minutes
            )
            if read_moment(stored).earliest_us > now_us:
                return stored
    try:
        stored = canonical_time(word, offset_minutes=offset_minutes)
        moment = read_moment(stored)
        if moment.precision == "day":
            zone = stored[10:]
            stored = f"{stored[:10]}T23:59{zone}"
            moment = read_moment(stored)
    except BadInput as error:
        raise BadInput(
            f"{text!r} is no time something can be due", safe="nothing was recorded", fix=_EXAMPLE
        ) from error
    if moment.earliest_us <= now_us:
        raise BadInput(f"{text!r} is over already", safe="nothing was recorded", fix=_EXAMPLE)
    return stored


def order(state: str, due_us: int | None, now_us: int) -> tuple[int, int]:
    """Where an item stands in a list: what is overdue, what has a time, what has none; what is over comes last."""
    if state not in ("open", "doing"):
        return (3, 0)
    if due_us is None:
        return (2, 0)
    return (0 if due_us <= now_us else 1, due_us)


def span_words(us: int) -> str:
    """A span as work is planned by: minutes below ten hours, then hours, then days."""
    minutes = us // 60_000_000
    hours, left = divmod(minutes, 60)
    if hours < 10:
        return f"{hours}h {left:02}m" if hours else f"{left}m"
    return f"{hours}h" if hours < 48 else f"{hours // 24}d"

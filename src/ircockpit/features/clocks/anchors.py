"""Instants that periods are counted from, as they were stated: an offset, a precision, perhaps only bounds."""

from typing import NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import read_moment

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_SPAN = {"day": DAY, "minute": 60 * SECOND, "second": SECOND, "fraction": 1}
_EARLIEST, _LATEST = (
    31_536_000 * SECOND,
    221_845_392_000 * SECOND,
)  # 1971 and 9000: no count leaves the calendar


class Stated(NamedTuple):
    """An event's instant as far as it is known; microseconds since 1970-01-01T00:00Z."""

    earliest_us: int
    """What is counted from."""
    latest_us: int
    because: str = ""
    """Why the earliest is taken, where more than one instant is possible."""


def stated(time: str, *, low: str | None = None, high: str | None = None) -> Stated:
    """An event from its stored time (:mod:`ircockpit.core.occurred`), or from bounds where it is estimated.

    A day without a zone can begin anywhere on Earth, fourteen hours before UTC at most. Raises
    :class:`BadInput` for what is no time, for bounds that do not enclose it, and for years before 1971 or from 9000.
    """
    earliest, latest, because = _read(time)
    if low is not None or high is not None:
        lowest = _read(low)[0] if low is not None else earliest
        highest = _read(high)[1] if high is not None else latest
        if lowest > earliest or highest < latest:
            raise BadInput(
                f"the bounds do not enclose {time}", fix="give low as the earliest and high as the latest"
            )
        earliest, latest = lowest, highest
        because = "the time is an estimate: counted from the earliest it can have been"
    return Stated(earliest, latest, because)


def _read(time: str) -> tuple[int, int, str]:
    moment = read_moment(time)
    earliest, latest, because = moment.earliest_us, moment.earliest_us + _SPAN[moment.precision] - 1, ""
    if moment.precision == "day":
        because = "only the day is known: counted from its first moment"
        if not moment.zone_known:
            earliest, latest = earliest - 14 * HOUR, latest + 12 * HOUR
            because = "only the day is known, and no zone: counted from where it first began"
    if not _EARLIEST <= earliest <= latest < _LATEST:
        raise BadInput(f"no period is counted from {time}", fix="check the year")
    return earliest, latest, because

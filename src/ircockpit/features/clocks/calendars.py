"""Where a day begins and which days are working days: zones, weekends, holidays by rule and by list."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ircockpit.core.errors import BadInput
from ircockpit.features.clocks.anchors import SECOND

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


class Calendar(NamedTuple):
    """A zone and its working days."""

    zone: tzinfo
    is_holiday: Callable[[date], bool]

    def day_of(self, us: int) -> date:
        """The local date of an instant."""
        return (EPOCH + us * _MICROSECOND).astimezone(self.zone).date()

    def start_us(self, day: date) -> int:
        """The instant at which a local day begins; a clock put forward at midnight does not hide it."""
        return _start_us(self.zone, day)

    def end_us(self, day: date) -> int:
        """The instant at which a local day is over."""
        return _start_us(self.zone, day + timedelta(days=1))

    def at_us(self, day: date, hour: int, minute: int) -> int:
        """The instant of a wall-clock time, the earlier one where it comes twice."""
        return _us(datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone))

    def works(self, day: date) -> bool:
        """Whether it is a working day: neither Saturday, Sunday nor holiday."""
        return day.weekday() < SATURDAY and not self.is_holiday(day)


class Calendars(NamedTuple):
    """The organisation's zone and own holidays, from which every rule's calendar is made."""

    zone: tzinfo = UTC
    holidays: frozenset[date] = frozenset()

    def named(self, name: str, zone: tzinfo | None = None) -> Calendar:
        """A calendar by the name rules give it, in a zone of its own where the rule has one."""
        return Calendar(zone or self.zone, self._is_holiday(name))

    def _is_holiday(self, name: str) -> Callable[[date], bool]:
        if name == "us-federal":
            return is_us_federal_holiday
        return self.holidays.__contains__ if name == "organisation" else _never


def calendars(zone: str = "UTC", holidays: Iterable[date] = ()) -> Calendars:
    """The organisation's calendars. Raises :class:`BadInput` where there is no such zone."""
    return Calendars(zone_named(zone), frozenset(holidays))


def zone_named(name: str) -> tzinfo:
    """A time zone of the IANA database. Raises :class:`BadInput`, telling a wrong name from a missing database."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if name == "Europe/Berlin" or _there_is_no_database():
            raise BadInput(
                "this machine has no time zone data, so days cannot be told where they begin",
                safe="clocks in hours do not need it", fix="install the package tzdata, or the system's own",
            ) from None  # fmt: skip
        raise BadInput(f"there is no time zone {name!r}", fix="write it as Europe/Berlin or UTC") from None


@lru_cache(maxsize=64)
def us_federal_holidays(year: int) -> frozenset[date]:
    """The legal public holidays of 5 U.S.C. 6103 that fall or are observed in a year."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25), date(year + 1, 1, 1)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    last_of_may = date(year, 5, 31)
    moving = [
        _nth(year, 1, MONDAY, 3), _nth(year, 2, MONDAY, 3), last_of_may - timedelta(days=last_of_may.weekday()),
        _nth(year, 9, MONDAY, 1), _nth(year, 10, MONDAY, 2), _nth(year, 11, THURSDAY, 4),
    ]  # fmt: skip
    return frozenset(day for day in (*moving, *map(_observed, fixed)) if day.year == year)


def is_us_federal_holiday(day: date) -> bool:
    """Whether the federal government is closed by law on that day."""
    return day in us_federal_holidays(day.year)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _observed(day: date) -> date:
    return day + timedelta(days={SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0))


@lru_cache(maxsize=4096)
def _start_us(zone: tzinfo, day: date) -> int:
    return _us(datetime(day.year, day.month, day.day, tzinfo=zone))


def _us(moment: datetime) -> int:
    # Of an hour that is left out, fold 0 gives the instant at which the clock was put forward or later.
    whole = moment.astimezone(UTC) - EPOCH
    return (whole.days * 86_400 + whole.seconds) * SECOND + whole.microseconds


def _there_is_no_database() -> bool:
    try:
        ZoneInfo("Europe/Berlin")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return True
    return False


def _never(_: date) -> bool:
    return False

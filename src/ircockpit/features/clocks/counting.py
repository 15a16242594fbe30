"""How a period runs from an instant to its end: read as strictly as anybody could, and as the rules of counting allow."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from ircockpit.features.clocks.anchors import DAY, HOUR
from ircockpit.features.clocks.calendars import EPOCH, Calendar
from ircockpit.features.clocks.form import Clock, Count

ONE_DAY = timedelta(days=1)
Ends = Callable[[int, Calendar], tuple[int, int]]
"""The end of a period begun at an instant: strict and extended, the first never after the second."""


def ends(count: Count, clock: Clock) -> Ends | None:
    """The function that counts this period; none where the law gives no number.

    Strict, for hours, days and weeks: as many times the hours of a day, but no later than the end of the last day
    where the day of the event does not count. Months: the same day and time of a later month, and its last day
    where it has no such day. Business days: the same time of the last one, no later than the cutoff.

    Extended: the end of the last day. Under Regulation (EEC, Euratom) No 1182/71, Art. 3, besides: an hour begun
    does not count, a period of days or longer does not end on a Saturday, Sunday or holiday, and one of two days or
    more holds two working days.
    """
    found = _counted(count, clock)
    return lru_cache(maxsize=1024)(found) if found else None  # asked anew each minute, for the same instants


def _counted(count: Count, clock: Clock) -> Ends | None:
    n, eu = count.period or 0, clock.counting == "eu-1182-71"
    if count.unit == "hours":
        return _hours(n, eu)
    if count.unit == "months":
        return _months(n, eu)
    if count.unit == "business_days":
        return _business_days(n, _cutoff(clock.cutoff))
    if count.unit in ("calendar_days", "weeks"):
        days = n * 7 if count.unit == "weeks" else n
        return _days(days, eu, from_year_end=count.after == "end_of_calendar_year")
    return None


def _hours(n: int, eu: bool) -> Ends:
    def end(us: int, calendar: Calendar) -> tuple[int, int]:
        strict = us + n * HOUR
        if not eu:
            return strict, strict
        offset = _offset_us(us, calendar)
        begun = (us + offset) // HOUR * HOUR - offset
        return strict, begun + (n + 1) * HOUR

    return end


def _days(n: int, eu: bool, *, from_year_end: bool) -> Ends:
    def end(us: int, calendar: Calendar) -> tuple[int, int]:
        day = calendar.day_of(us)
        if from_year_end:
            day = date(day.year, 12, 31)
            us = calendar.end_us(day)
        last = day + n * ONE_DAY
        strict = min(us + n * DAY, calendar.end_us(last))
        return strict, calendar.end_us(_rolled(day, last, calendar) if eu else last)

    return end


def _months(n: int, eu: bool) -> Ends:
    def end(us: int, calendar: Calendar) -> tuple[int, int]:
        day = calendar.day_of(us)
        year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
        longest = monthrange(year, month + 1)[1]
        last = date(year, month + 1, min(day.day, longest))
        over = calendar.end_us(last)
        strict = over
        if day.day <= longest:
            strict = min(calendar.start_us(last) + us - calendar.start_us(day), over)
        return strict, calendar.end_us(_rolled(day, last, calendar) if eu else last)

    return end


def _business_days(n: int, cutoff: tuple[int, int] | None) -> Ends:
    def end(us: int, calendar: Calendar) -> tuple[int, int]:
        day = last = calendar.day_of(us)
        left = n
        while left:
            last += ONE_DAY
            left -= calendar.works(last)
        over = calendar.at_us(last, *cutoff) if cutoff else calendar.end_us(last)
        if not calendar.works(day):  # such a day has no time of its own: the first day counts whole
            return over, over
        return min(calendar.start_us(last) + us - calendar.start_us(day), over), over

    return end


def _rolled(day: date, last: date, calendar: Calendar) -> date:
    """The last day of a period under Art. 3(4) and (5) of Regulation 1182/71."""
    missing, inside = 2 if (last - day).days >= 2 else 0, day
    while missing and inside < last:
        inside += ONE_DAY
        missing -= calendar.works(inside)
    while missing or not calendar.works(last):
        last += ONE_DAY
        missing -= bool(missing) and calendar.works(last)
    return last


def _cutoff(text: str | None) -> tuple[int, int] | None:
    return (int(text[:2]), int(text[3:])) if text else None


def _offset_us(us: int, calendar: Calendar) -> int:
    offset = (EPOCH + timedelta(microseconds=us)).astimezone(calendar.zone).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)

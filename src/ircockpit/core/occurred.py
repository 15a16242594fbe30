"""When something happened, as somebody said it: offset and precision are kept, never made up."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from ircockpit.core.errors import BadInput

_FORM = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<hm>(?:[01]\d|2[0-3]):[0-5]\d)(?::(?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"(?P<zone>Z|z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?",
    re.ASCII,
)
_CLOCK_ONLY = re.compile(r"\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)


class Moment(NamedTuple):
    """A stated time: the earliest instant it can mean, and how exactly it was said."""

    earliest_us: int
    """Microseconds since 1970-01-01T00:00Z."""
    precision: str
    """``day``, ``minute``, ``second`` or ``fraction``."""
    zone_known: bool


def canonical_time(text: str, *, offset_minutes: int | None = None) -> str:
    """The stored form of a time as written: ``2026-11-23T13:22+01:00``, ``2026-11-23T13:22:05.120Z``.

    ISO 8601 with exactly the digits given. Without a zone, ``offset_minutes`` (the writer's) is added;
    when that is unknown too the offset is ``-00:00`` (RFC 3339 section 4.3: UTC known, local offset not).
    Raises :class:`BadInput` for anything else, with an example.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise BadInput(
            f"not a time: {text!r}", fix="write it as 2026-11-23T14:03+01:00, or 2026-11-23 for a day"
        )
    date, hm, second, fraction, zone = match.group("date", "hm", "s", "f", "zone")
    result = date
    if hm:
        result += f"T{hm}" + (f":{second}" if second else "") + (f".{fraction}" if fraction else "")
    result += _zone_text(zone, offset_minutes)
    read_moment(result)
    return result


@lru_cache(maxsize=16_384)  # lists are put in order by stated times, again at every change
def read_moment(stored: str) -> Moment:
    """The instant and precision of a stored time; raises :class:`BadInput` where there is no such time."""
    match = _FORM.fullmatch(stored)
    if match is None:
        raise BadInput(f"not a stored time: {stored!r}")
    date, hm, second, fraction, zone = match.group("date", "hm", "s", "f", "zone")
    if int(second or 0) > 60:  # 60 is a leap second, told from the 59 before it only in what is shown
        raise BadInput(f"there is no such time: {stored!r}", fix="check the seconds")
    try:
        naive = datetime.fromisoformat(f"{date}T{hm or '00:00'}:{min(int(second or 0), 59):02d}")
        offset = timezone(_zone_delta(zone))
        whole = naive.replace(tzinfo=offset) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"there is no such time: {stored!r}", fix="check day, hour and offset") from None
    micros = whole // timedelta(microseconds=1) + int((fraction or "0").ljust(6, "0")[:6])
    precision = "fraction" if fraction else "second" if second else "minute" if hm else "day"
    return Moment(micros, precision, zone not in (None, "-00:00"))


def from_wall(wall_us: int, offset_minutes: int) -> str:
    """The stored form, to the second, of a reading of this machine's clock."""
    zone = timezone(timedelta(minutes=offset_minutes))
    text = datetime.fromtimestamp(wall_us // 1_000_000, UTC).astimezone(zone).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")


def typed_time(text: str, wall_us: int, offset_minutes: int) -> str:
    """A time as a responder types it: a full time, or ``14:03`` meaning the latest 14:03 that has been."""
    bare = text.strip()
    if _CLOCK_ONLY.fullmatch(bare) is None:
        return canonical_time(bare, offset_minutes=offset_minutes)
    for back in (-1, 0, 1, 2):  # in the zone that was typed, the day can be another than here, by up to two
        day = datetime.fromtimestamp(wall_us / 1_000_000 - back * 86_400, UTC) + timedelta(
            minutes=offset_minutes
        )
        stored = canonical_time(f"{day:%Y-%m-%d}T{bare}", offset_minutes=offset_minutes)
        if read_moment(stored).earliest_us <= wall_us:
            return stored
    return stored


def _zone_text(zone: str | None, offset_minutes: int | None) -> str:
    if zone is None and offset_minutes is None:
        return "-00:00"
    if zone is None and offset_minutes is not None:
        sign = "-" if offset_minutes < 0 else "+"
        hours, minutes = divmod(abs(offset_minutes), 60)
        return "Z" if offset_minutes == 0 else f"{sign}{hours:02d}:{minutes:02d}"
    if zone in ("Z", "z", None):
        return "Z"
    return zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"


def _zone_delta(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    hours, minutes = zone[1:].split(":")
    return (-1 if zone[0] == "-" else 1) * timedelta(hours=int(hours), minutes=int(minutes))

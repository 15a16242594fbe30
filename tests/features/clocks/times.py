"""Clocks and instants for tests, written as a person writes them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ircockpit.features.clocks.anchors import Stated, stated
from ircockpit.features.clocks.calendars import EPOCH, Calendar, Calendars, calendars
from ircockpit.features.clocks.counting import ends
from ircockpit.features.clocks.form import Clock

BERLIN = calendars("Europe/Berlin")
NEW_YORK = calendars("America/New_York")


def at(text: str, zone: str = "UTC") -> int:
    """Microseconds of a wall-clock time such as ``2026-11-26 10:20``; ``24:00`` is the end of that day."""
    if text.endswith("24:00"):
        return at(text[:-5] + "23:59", zone) + 60_000_000
    whole = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) - EPOCH
    return (whole.days * 86_400 + whole.seconds) * 1_000_000 + whole.microseconds


def seen(text: str, zone: str = "UTC") -> tuple[Stated, ...]:
    """One event known to the instant."""
    return (Stated(at(text, zone), at(text, zone)),)


def day(text: str) -> tuple[Stated, ...]:
    """One event as it is stored."""
    return (stated(text),)


def a_clock(period: int | None, unit: str, **more: object) -> Clock:
    """A clock with one period from ``aware``; ``more`` are its other keys."""
    number = "" if period is None else f"{period} "
    count = {
        "from": "aware",
        "period": period,
        "unit": unit,
        "quote": f"within {number}{unit.replace('_', ' ')}",
    }
    for key in ("after", "take", "from"):
        if key in more:
            count[key] = more.pop(key)  # type: ignore[assignment]
    stated_keys = {
        "id": "test-clock", "regime": "Test", "article": "1", "title": "Tell", "applies": {"fact": "breach", "is": "yes"},
        "due": [count], "recipient": "somebody", "checklist": ["what"], "source": "a test",
        "retrieved_on": "2026-11-23", "confidence": "high", **more,
    }  # fmt: skip
    return msgspec.convert(stated_keys, Clock)


def end(clock: Clock, us: int, where: Calendars = BERLIN) -> tuple[int, int]:
    """Strict and extended end of its period."""
    count = ends(clock.due[0], clock)
    assert count is not None
    calendar: Calendar = where.named(clock.calendar)
    return count(us, calendar)

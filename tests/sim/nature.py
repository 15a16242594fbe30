"""What one seed decides beside the course of events: clocks and the bytes of chance."""

import random

from ircockpit.core.ids import named_uuid

START_US = 1_795_435_200_000_000
"""2026-11-23T12:00Z."""
EARLIEST_US = 86_400_000_000
DAY_US = 86_400_000_000
JUMPS_US = (DAY_US, -DAY_US, -3_600_000_000, 3650 * DAY_US, -3650 * DAY_US)


class Time:
    """True time, which only goes on: a millisecond at every look."""

    def __init__(self) -> None:
        self.now = START_US

    def look(self) -> int:
        self.now += 1000
        return self.now


class SimClock:
    """A machine's clock, off by however much it was set wrong."""

    def __init__(self, time: Time, name: str) -> None:
        self._time = time
        self._boot = named_uuid("boot", name)
        self.skew = 0

    def wall_us(self) -> int:
        return max(self._time.look() + self.skew, EARLIEST_US)

    def mono_us(self) -> int:
        return self._time.now - START_US

    def boot(self) -> str:
        return self._boot

    def offset_minutes(self) -> int:
        return 0


def chance(seed: int) -> random.Random:
    """A source of chance that a seed decides."""
    return random.Random(seed)  # noqa: S311 - a seed makes a run repeatable

"""When a running clock is to be heard: at fractions of its time, and when it is over."""

from typing import NamedTuple

from ircockpit.features.clocks.standing import Standing

PERCENTS = (50, 75, 90, 100)


class Alarm(NamedTuple):
    """A fraction of a clock's time, and its instant in microseconds since 1970-01-01T00:00Z."""

    percent: int
    at_us: int


def alarms(standing: Standing, percents: tuple[int, ...] = PERCENTS) -> tuple[Alarm, ...]:
    """The instants at which so much of the time has gone; none where there is no target. Never after the target."""
    if standing.since_us is None or standing.due_us is None:
        return ()
    span = standing.due_us - standing.since_us
    return tuple(Alarm(percent, standing.since_us + span * percent // 100) for percent in percents)

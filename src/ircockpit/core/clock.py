"""Where time comes from, so that tests and simulations can bring their own."""

import os
import time
from typing import Protocol

_SLEEPLESS = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""The system's clock that goes on in a suspend: Linux has one of its own for it, macOS' CLOCK_MONOTONIC does."""


def elapsed_ns() -> int:
    """Nanoseconds on a clock that only goes forward, the time counted in which the machine was suspended.

    ``time.monotonic()`` leaves that out on Linux and macOS: right for how long an answer is waited for, wrong
    for how old something is.
    """
    return time.monotonic_ns() if _SLEEPLESS is None else time.clock_gettime_ns(_SLEEPLESS)


def elapsed_s() -> float:
    """The same in seconds."""
    return elapsed_ns() / 1e9


class Clock(Protocol):
    """The four times an event states; none of them orders or merges anything."""

    def wall_us(self) -> int:
        """Microseconds since 1970-01-01T00:00Z by this machine's clock."""
        ...

    def mono_us(self) -> int:
        """Microseconds on a clock that only goes forward within one boot, also while the machine sleeps."""
        ...

    def boot(self) -> str:
        """UUID of this boot, the range within which ``mono_us`` values compare."""
        ...

    def offset_minutes(self) -> int:
        """Minutes that local time is ahead of UTC."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def __init__(self) -> None:
        self._boot = _boot_id()

    def wall_us(self) -> int:
        """See :class:`Clock`."""
        return time.time_ns() // 1000

    def mono_us(self) -> int:
        """See :class:`Clock`."""
        return elapsed_ns() // 1000

    def boot(self) -> str:
        """See :class:`Clock`."""
        return self._boot

    def offset_minutes(self) -> int:
        """See :class:`Clock`."""
        return time.localtime().tm_gmtoff // 60


def _boot_id() -> str:
    from ircockpit.core.ids import named_uuid, random_uuid

    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return named_uuid("boot", file.read().strip())
    except OSError:
        # Elsewhere than on Linux there is no id to ask for: the process is the range that compares.
        return named_uuid("boot", random_uuid(), str(os.getpid()))

"""The examination of the clock and of the marks that tell a copy of the profile from the original."""

import ctypes
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ircockpit.features.record.observation import Observation
from ircockpit.store import lanemark

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

AHEAD_US = 120_000_000
"""How far an entry of this device may lie ahead of its clock before that is said."""
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)


def clock(station: "Workstation") -> Iterator[Observation]:
    """Whether the system keeps its clock by a time service, and whether it was set back."""
    safe = "nothing is ordered, merged or ended by this clock alone"
    own = station.view.rows("SELECT max(wall) FROM entry WHERE device=?", (station.identity.device,))[0][0]
    ahead = (own or 0) - station.clock.wall_us()
    if ahead > AHEAD_US:
        what = f"an entry of this device is dated {ahead // 60_000_000} min from now: the clock was set back since"
        yield Observation(
            "warn", "clock", what, "set the clock; times of entries are as they were stated", safe
        )
    kept = _kept_in_time()
    if kept is None:
        yield Observation(
            "ok", "clock", "this system does not tell whether a time service keeps it; no other one is asked"
        )
    elif kept < 0:
        yield Observation(
            "warn", "clock", "no time service keeps it right", "start one (chrony, ntpd, timesyncd)", safe
        )
    else:
        yield Observation("ok", "clock", f"kept by a time service, off by {kept:.0f} ms at most")


def marks(station: "Workstation") -> Iterator[Observation]:
    """Whether the marks in the profile and outside it tell of this log."""
    if why := station.strange():
        what = f"{why}; the next entry begins a new lane"
        yield Observation(
            "warn", "marks", what, "nothing to do; with a hub run: ircockpit sync", "nothing collides"
        )
        return
    outside = station.mark_outside
    there = outside is not None and lanemark.read_whole(outside).epoch
    where = "here and outside the profile" if there else "here only: none outside the profile yet"
    yield Observation("ok", "marks", f"this machine and this file, as noted {where}")


def _kept_in_time() -> float | None:
    """Most ms the system thinks its clock is off by, negative where nothing keeps it; ``None`` where it does not say."""
    if not sys.platform.startswith("linux"):
        return None
    buffer = (ctypes.c_long * 32)()  # struct timex; all zero it changes nothing (adjtimex(2))
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(buffer))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return -1.0 if state == _UNSYNCHRONISED else buffer[3] / 1000

"""How much one device may bring: what runs away on one workstation must not fill the hub for the others."""

import threading
from typing import NamedTuple, Protocol

from ircockpit.core.clock import Clock
from ircockpit.hub.asking import LimitedError
from ircockpit.ledger.envelope import Envelope

LANES = 16
"""New lanes of its own that a device may begin in one stream within a day."""
STREAMS = 2000
"""New streams that a device may begin within a day."""
DAY_US = 24 * 60 * 60 * 1_000_000
EVENTS_PER_S = 1000
EVENTS_AT_ONCE = 60_000
"""Events a device may push at :data:`EVENTS_PER_S` apiece, and how many of them it may have saved up: a minute's."""
MOST_DEVICES = 10_000


class Window(NamedTuple):
    """What was used since when, in µs on the hub's clock."""

    since: int
    used: int

    def at(self, now: int) -> "Window":
        """The same, or an empty one where its day is over. A clock that was set back ends it too: a day that lies
        in the future would never be over.
        """
        return self if self.since <= now < self.since + DAY_US else Window(now, 0)


class Ledger(Protocol):
    """Where windows are kept, inside the stream's lock."""

    def window(self, what: str, device: str, stream: str) -> Window:
        """What a device has used; an empty window where nothing is known."""
        ...

    def put_window(self, what: str, device: str, stream: str, window: Window) -> None:
        """Keep it; windows that are over are forgotten."""
        ...


class Quota:
    """What one push may begin: only what the device that pushes writes itself is counted.

    Whoever brings back what others wrote, to a hub that lost it, is not held up by it.
    """

    def __init__(self, ledger: Ledger, device: str, now: int) -> None:
        self._ledger = ledger
        self._device = device
        self._now = now

    def refusal(self, envelope: Envelope, opens_stream: bool) -> str:
        """Which quota an event is beyond, empty where none is; what it takes is counted by :meth:`count`."""
        for what, stream, most in self._of(envelope, opens_stream):
            if self._ledger.window(what, self._device, stream).at(self._now).used >= most:
                return what
        return ""

    def count(self, envelope: Envelope, opens_stream: bool) -> None:
        """The event was taken in."""
        for what, stream, _ in self._of(envelope, opens_stream):
            window = self._ledger.window(what, self._device, stream).at(self._now)
            self._ledger.put_window(what, self._device, stream, window._replace(used=window.used + 1))

    def _of(self, envelope: Envelope, opens_stream: bool) -> list[tuple[str, str, int]]:
        if envelope.n != 1 or envelope.device != self._device:
            return []
        lanes = ("lanes", envelope.stream, LANES)
        return [("streams", "", STREAMS), lanes] if opens_stream else [lanes]


class Pace:
    """Events of each device over time: a bucket that fills steadily, on a clock that nobody sets."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, tuple[int, float]] = {}
        """When a device was looked at last, and how many events it had spent by then."""

    def take(self, device: str, events: int) -> None:
        """Count events; raises :class:`LimitedError` with the seconds to wait where they are too many."""
        with self._lock:
            now = self._clock.mono_us()
            spent = self._left(device, now)
            if spent + events > EVENTS_AT_ONCE:
                seconds = int((spent + events - EVENTS_AT_ONCE) / EVENTS_PER_S) + 1
                raise LimitedError(
                    "this device sends more than the hub takes", safe="nothing of this was taken in",
                    fix=f"it goes on by itself in {seconds} s", retry_s=seconds,
                )  # fmt: skip
            if len(self._spent) >= MOST_DEVICES:
                self._spent = {each: kept for each, kept in self._spent.items() if self._left(each, now)}
            self._spent[device] = (now, spent + events)

    def _left(self, device: str, now: int) -> float:
        at, spent = self._spent.get(device, (now, 0.0))
        return max(0.0, spent - max(now - at, 0) / 1_000_000 * EVENTS_PER_S)

"""Whether a cockpit may reach the outside: armed for minutes, or by each confirmation for that one act."""

from collections.abc import Callable
from time import monotonic

from ircockpit.command.action import Result
from ircockpit.core.clock import elapsed_s
from ircockpit.core.errors import BadInput
from ircockpit.store.workstation import Draft, Workstation

ARMED = "cockpit.armed"
ARM, DISARM = "care.arm", "care.disarm"
MOST_MINUTES = 60
SLEPT_S = 2.0
"""Seconds a machine may seem to have slept before that counts: the two clocks are not read at once."""


class Arm:
    """One cockpit's, in its memory alone: with the process it ends."""

    def __init__(
        self,
        *,
        read_only: bool = False,
        now: Callable[[], float] = elapsed_s,
        awake: Callable[[], float] = monotonic,
    ) -> None:
        """``read_only``: nothing is even asked before the cockpit was armed. ``now`` goes on in a suspend, ``awake`` not."""
        self.read_only = read_only
        self._now, self._awake = now, awake
        self._until = 0.0
        self._slept = 0.0

    def begin(self, minutes: int) -> None:
        """Armed from now on, for so long."""
        self._until = self._now() + minutes * 60
        self._slept = self._now() - self._awake()

    def end(self) -> bool:
        """Not armed any more; whether it was."""
        was = self._until > 0
        self._until = 0.0
        return was

    @property
    def left_s(self) -> float:
        """Seconds left, 0 where it is not armed: the time is over, or the machine has slept meanwhile."""
        if not self._until or self._now() - self._awake() - self._slept > SLEPT_S:
            return 0.0
        return max(self._until - self._now(), 0.0)

    @property
    def over(self) -> bool:
        """Whether it was armed and has ended by itself, and nobody has said so yet."""
        return self._until > 0 and not self.left_s

    @property
    def may_ask(self) -> bool:
        """Whether a confirmation may be asked, and what it confirms be sent."""
        return not self.read_only or self.left_s > 0


def arm(station: Workstation, *, time: str = "15m") -> Result:
    """Record that the cockpit here is armed for some minutes; the cockpit then is. Raises :class:`BadInput`."""
    word = time.strip().lower().removesuffix("m")
    minutes = int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadInput(
            f"a cockpit is armed for 1 to {MOST_MINUTES} minutes",
            safe="nothing was changed",
            fix="type :arm 15m",
        )
    record(station, minutes, "by hand")
    said = f"armed for {minutes} minutes; every act is confirmed all the same, and :disarm ends it"
    return Result({"minutes": minutes}, (), said)


def disarm(station: Workstation) -> Result:
    """Record that it is armed no more."""
    record(station, 0, "by hand")
    return Result({"minutes": 0}, (), "disarmed: each confirmation arms for its one act")


def record(station: Workstation, minutes: int, why: str) -> None:
    """Put on record that a cockpit was armed, or for 0 minutes that it is no more, and why."""
    body = {"minutes": minutes, "why": why}
    station.append([Draft(station.identity.org_stream, ARMED, station.me, (body,))])

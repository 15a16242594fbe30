"""What the two directions of a run call the same steps, and what a run stands on."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.features.containment.engine.journal import Journal
from ircockpit.features.containment.engine.probe import Verdict
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.transport import Transport

STILL_SERVED = "is still served"
"""What users are where the control reads as contained and the data plane does not follow."""


class Surroundings(NamedTuple):
    """What a run stands on; all of it replaceable in tests."""

    transport: Transport
    clock: Clock
    sleep: Callable[[float], object]
    """Waits for so many seconds; may return earlier when the run is cancelled."""
    journal: Journal
    cancelled: Callable[[], bool]
    device: str


class Way(NamedTuple):
    """The words of one direction."""

    sent: State
    accepted: State
    recorded: State
    done: State
    wanted: Verdict
    unwanted: str


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "apply": Way(State.SENT, State.ACCEPTED, State.RECORDED, State.EFFECTIVE, Verdict.PASS, STILL_SERVED),
        "revert": Way(
            State.REVERTING,
            State.REVERTING,
            State.REVERTING,
            State.REVERTED,
            Verdict.FAIL,
            "still reads contained",
        ),
    }
)


class Go(Enum):
    """What comes after one change."""

    ON = "the next change"
    AGAIN = "the same change once more"
    SETTLE = "read back and probe"

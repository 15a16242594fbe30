"""What a run writes down, in the order that lets a crash lose nothing."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from ircockpit.core.errors import CockpitError
from ircockpit.features.containment.engine.answer import Exchange
from ircockpit.features.containment.engine.plan import Observed
from ircockpit.features.containment.engine.probe import Sample
from ircockpit.features.containment.engine.states import State


class Step(NamedTuple):
    """One transition, as it happened."""

    state: State
    said: str
    """One sentence for the timeline, inert."""
    wall_us: int
    since_us: int | None
    """Microseconds since the first request was handed over; ``None`` before that, and after a restart."""
    number: int | None = None
    """Which of several changes, from 1."""
    exchange: Exchange | None = None
    observed: Observed | None = None
    captures: Mapping[str, Any] = {}
    warnings: tuple[str, ...] = ()
    awaits: bool = False
    """Whether all that was to be sent was sent, and what it leads to is still to be seen."""
    seen: bool = False
    """Whether the control was read as the change makes it."""


class Journal(Protocol):
    """Written by the run, made durable by whoever keeps the record."""

    def snapshot(self, raw: bytes) -> None:
        """Keep the way back. Called before anything is sent; must be durable when it returns."""
        ...

    def step(self, step: Step) -> None:
        """Keep a transition; must be durable when it returns. ``sent`` comes before the bytes do."""
        ...

    def sample(self, sample: Sample, passes: int, wanted: int) -> None:
        """Show a probe's progress; the samples come again, together, with the outcome."""
        ...


class Outcome(NamedTuple):
    """How a run ended."""

    state: State
    reason: str
    """Why it is not effective or reverted; empty where it is."""
    since_us: int | None
    """Microseconds from send to this state, where it was sent in this run."""
    attempts: int
    """Probes after read-back."""
    passes: int
    """Wanted verdicts in a row at the end."""
    samples: tuple[Sample, ...]
    observed: Observed | None
    """The state last read after sending; the way back starts from it."""
    captures: Mapping[str, Any]
    warnings: tuple[str, ...]


class Truth(NamedTuple):
    """What one look at a measure in force shows."""

    word: str
    """``engaged``, ``drifted`` or ``unknown``."""
    said: str
    observed: Observed | None
    sample: Sample | None
    wall_us: int
    failure: CockpitError | None = None
    """Why the control could not be read, where it could not."""

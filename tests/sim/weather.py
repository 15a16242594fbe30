"""How bad a run gets: which faults a seed switches on, and how often each strikes."""

import random
from typing import NamedTuple

REQUEST_FAULTS = (
    "lost request", "lost answer", "sent twice", "sent twice, once late", "late", "hub cut before commit",
    "hub cut after commit", "page with a hole", "cut before request", "cut after answer",
)  # fmt: skip
"""What may happen to one request. ``late`` reaches the hub after its sender has given up."""
STEPS = {
    "declare": 2.0, "edit": 6.0, "note": 2.0, "sync": 9.0, "hinted": 2.0, "hub backup": 1.5, "hub restore": 1.2,
    "hub restart": 0.5, "device backup": 1.5, "device restore": 1.2, "device restart": 0.8, "clone": 0.3,
    "clock": 0.8, "late": 2.0, "hand over": 1.0,
}  # fmt: skip
"""What may happen next, with weights."""
WRITING = ("declare", "edit", "note", "sync")
GOING_BACK = frozenset({"hub restore", "device restore", "clone"})
DEVICE_CUT = "device cut"
"""A device's process ends at a commit of whatever it does."""


class Weather(NamedTuple):
    """The faults of one run."""

    devices: int
    steps: int
    request_fault: float
    """Chance of a fault for each request."""
    request_faults: tuple[str, ...]
    interruption: float
    """Chance that somebody else does something while a request is on its way."""
    cut: float
    """Chance of a :data:`DEVICE_CUT` for each step of a device."""
    kinds: tuple[str, ...]
    weights: tuple[float, ...]


def weather(rng: random.Random, without: frozenset[str] = frozenset()) -> Weather:
    """The weather of a run, with some faults never.

    Each run knows some faults only: those it leaves out hide nothing from the others.
    """
    faults = tuple(each for each in REQUEST_FAULTS if rng.random() < 0.6 and each not in without)
    chosen = {}
    for kind, weight in STEPS.items():
        drawn = rng.random() < 0.75
        weight *= rng.choice((0.5, 1.0, 1.0, 2.0))
        if (drawn or kind in WRITING) and kind not in without:
            chosen[kind] = weight
    return Weather(
        devices=rng.choice((2, 2, 3, 3, 4)),
        steps=rng.randint(30, 60),
        request_fault=rng.choice((0.0, 0.05, 0.15, 0.3)) if faults else 0.0,
        request_faults=faults,
        interruption=rng.choice((0.0, 0.01, 0.04)),
        cut=rng.choice((0.0, 0.05, 0.15)) * (DEVICE_CUT not in without),
        kinds=tuple(chosen),
        weights=tuple(chosen.values()),
    )

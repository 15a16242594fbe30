"""Seeds run one after the other: the world of each, what the checkers say of it, and the sum over all."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tests.sim.checks.acts import doubled
from tests.sim.checks.dense import dense
from tests.sim.checks.divergent import divergent
from tests.sim.checks.erased import words
from tests.sim.checks.exhibits import spoiled
from tests.sim.checks.forked import forked
from tests.sim.checks.lost import lost
from tests.sim.checks.registers import registers
from tests.sim.checks.renewed import renewed
from tests.sim.checks.rights import rights
from tests.sim.checks.silent import silent
from tests.sim.checks.stalled import stalled
from tests.sim.checks.verified import unverified
from tests.sim.disk import memory_folder
from tests.sim.fresh import small_and_repeatable
from tests.sim.memo import remembered
from tests.sim.town import Town
from tests.sim.world import World

CHECKS: tuple[Callable[[World], list[str]], ...] = (
    lost, divergent, stalled, dense, doubled, forked, renewed, silent, registers, rights, spoiled, words,
)  # fmt: skip
VERIFY_EVERY = 16
"""Verification reads everything again: only of each so many-th seed."""
TAIL = 40
"""Lines of the trace shown with a failure."""

AGAIN = ".venv/bin/python -m tests.sim"

Make = Callable[[int, Path], World]


class Ran(NamedTuple):
    """One seed's outcome."""

    seed: int
    complaints: list[str]
    trace: list[str]
    counts: Counter[str]

    @property
    def digest(self) -> str:
        """A short name of the whole course of events."""
        return sha256("\n".join(self.trace).encode()).hexdigest()[:16]

    def told(self) -> str:
        """The failure as a person reads it: what is wrong, what went before, how to see it again."""
        return "\n".join(
            [
                f"seed {self.seed}",
                *self.trace[-TAIL:],
                *self.complaints,
                f"again: {AGAIN} {self.seed}",
            ]
        )


@contextmanager
def machinery() -> Iterator[Path]:
    """What many worlds share: a folder without a disk, and memory of pure answers."""
    collecting = gc.isenabled()
    with memory_folder() as folder, remembered(), small_and_repeatable():
        gc.disable()  # a world is dropped as a whole; looking through it all the time costs a fifth
        try:
            yield Path(folder)
        finally:
            if collecting:
                gc.enable()


TOWNS_FROM = 10_000_000
"""Seeds from here on are towns."""


def world_of(seed: int, folder: Path, without: frozenset[str] = frozenset()) -> World:
    """The world that a seed stands for, with some things never."""
    return (Town if seed >= TOWNS_FROM else World)(seed, folder, without=without)


def run_seed(seed: int, folder: Path, make: Make = world_of) -> Ran:
    """The world of one seed from its first step to the last check."""
    world = make(seed, folder)
    complaints: list[str] = []
    try:
        world.run()
        world.settle()
        complaints = [*world.complaints, *(sentence for check in CHECKS for sentence in check(world))]
        if seed % VERIFY_EVERY == 0:
            complaints += unverified(world)
    except Exception as error:
        complaints.append(f"failed: {type(error).__name__}: {error}")
    world.close()
    world.counts["acknowledged"] = len(world.acknowledged)
    world.counts["no copy left"] = len(world.excused)
    return Ran(seed, complaints, world.trace, world.counts)


def run_seeds(seeds: Iterable[int], folder: Path, make: Make = world_of) -> Iterator[Ran]:
    """One after the other."""
    for number, seed in enumerate(seeds, 1):
        yield run_seed(seed, folder, make)
        if number % 64 == 0:
            gc.collect()

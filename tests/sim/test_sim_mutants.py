"""The simulation notices each rule left out, with a pinned seed; without the faults that matter it notices nothing."""

import os
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.sim.mutant import Mutant
from tests.sim.mutants import MUTANTS
from tests.sim.seeds import TOWNS_FROM, machinery, run_seed, run_seeds, world_of
from tests.sim.world import World

FURTHER = 1000
"""Seeds tried where the pinned one takes another course than when it was pinned."""
SURVIVED = 250
"""Seeds in which a mutant must not be noticed once the faults that show it are switched off."""

named = pytest.mark.parametrize("mutant", MUTANTS, ids=[each.name for each in MUTANTS])


@pytest.mark.timeout(600)
@named
def test_a_rule_left_out_is_noticed(mutant: Mutant, say: Say) -> None:
    with machinery() as folder:
        first = _first(mutant)
        with mutant.at_work():
            tried = run_seeds([mutant.killed_by, *range(first, first + FURTHER)], folder)
            killed = next((ran for ran in tried if ran.complaints), None)
        assert killed is not None, f"no seed below {FURTHER} notices {mutant.name}"
        assert run_seed(killed.seed, folder).complaints == [], "the real code passes what kills the mutant"
    if killed.seed != mutant.killed_by:
        say(f"{mutant.name}: seed {mutant.killed_by} notices it no more, pin {killed.seed}")


def _first(mutant: Mutant) -> int:
    return TOWNS_FROM if mutant.killed_by >= TOWNS_FROM else 0


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mutant", [each for each in MUTANTS if each.needs], ids=lambda each: each.name)
def test_without_the_faults_that_matter_nobody_notices(mutant: Mutant) -> None:
    """Control: were the faults switched off, every seed would pass and prove nothing."""

    def mild(seed: int, folder: Path) -> World:
        return world_of(seed, folder, mutant.needs)

    seeds = range(_first(mutant), _first(mutant) + int(os.environ.get("IRCOCKPIT_SIM_SURVIVED", SURVIVED)))
    with machinery() as folder, mutant.at_work():
        assert [ran.told() for ran in run_seeds(seeds, folder, mild) if ran.complaints] == []

"""Days of devices and a hub by the seed: nothing acknowledged is lost, all agree, and nothing stalls."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from tests.conftest import Say
from tests.sim.crew import ROOT, Sum, complaint, share
from tests.sim.decks import FAULTS
from tests.sim.decks import STEPS as TOWN_STEPS
from tests.sim.disk import Cut
from tests.sim.seeds import TOWNS_FROM, machinery, run_seed
from tests.sim.weather import DEVICE_CUT, REQUEST_FAULTS, STEPS

SEEDS, SECONDS = 500, 20.0
"""As many seeds of each kind as ``make test`` runs where the machine is not busy, and how long at most."""
TURNS = 10
"""How often as many more are run where not everything has happened yet."""
# Read here: within a test none of the program's own variables is set.
LONG_SEEDS = int(os.environ.get("IRCOCKPIT_SIM_SEEDS", "50000"))
LONG_SECONDS = float(os.environ.get("IRCOCKPIT_SIM_SECONDS", "3000"))
LONG_FIRST = 1_000_000
"""How far from the seeds of the short suite the long one begins."""
LED_TO_A_DEFECT = (1_033_332, 2_004_756, 2_007_387, 2_008_850, 11_009_841, 11_011_697)
"""A fork whose two entries came together; a forked lane gone on in; a checkpoint that proved nothing shown; a hold that
outlived its revoked device at the hub."""
HAPPENINGS = (
    *STEPS, *REQUEST_FAULTS, DEVICE_CUT, "act repeated", "interruption", "disk went back", "disk went back in part",
    "hub went back", "device copied", "no copy left", "clock jump", "delivered late",
)  # fmt: skip


TOWN_HAPPENINGS = (*TOWN_STEPS, *FAULTS, "joined", "revoked", "bundle read")
KINDS = pytest.mark.parametrize(
    ("first", "happenings"), [(0, HAPPENINGS), (TOWNS_FROM, TOWN_HAPPENINGS)], ids=["worlds", "towns"]
)


def _run(first: int, count: int, seconds: float, say: Say) -> Sum:
    total = share(first, count, seconds, say)
    say(total.words())
    assert not total.failed, complaint(total)
    return total


@pytest.mark.timeout(600)
@KINDS
def test_seeds_lose_nothing_agree_and_do_not_stall(first: int, happenings: tuple[str, ...], say: Say) -> None:
    counts = Counter[str]()
    for turn in range(TURNS):  # a busy machine gets through too few seeds for all of it to happen
        counts += _run(first + turn * SEEDS, SEEDS, SECONDS, say).counts
        missing = [what for what in happenings if not counts[what]]
        if not missing:
            break
    assert missing == []


@pytest.mark.long
@KINDS
def test_very_many_seeds(first: int, happenings: tuple[str, ...], say: Say) -> None:
    """``IRCOCKPIT_SIM_SEEDS`` says how many of each kind, ``IRCOCKPIT_SIM_SECONDS`` how long at most."""
    total = _run(first + LONG_FIRST, LONG_SEEDS, LONG_SECONDS, say)
    assert [what for what in happenings if not total.counts[what]] == []


@pytest.mark.parametrize("seed", [*range(3), *range(TOWNS_FROM, TOWNS_FROM + 6)])
def test_a_seed_decides_everything(seed: int) -> None:
    """Once more in this process, and in another that hashes words otherwise, it is the same course."""
    with machinery() as folder:
        courses = [run_seed(seed, folder) for _ in range(2)]
    assert courses[0].trace == courses[1].trace
    told = subprocess.run(
        [sys.executable, "-m", "tests.sim", str(seed)],
        cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": str(seed + 1)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.stdout.rstrip().endswith(f"trace {courses[0].digest}")


@pytest.mark.parametrize("seed", LED_TO_A_DEFECT)
def test_a_seed_that_led_to_a_defect_is_well(seed: int) -> None:
    with machinery() as folder:
        assert run_seed(seed, folder).complaints == []


def test_other_seeds_take_other_courses() -> None:
    with machinery() as folder:
        assert len({run_seed(seed, folder).digest for seed in range(8)}) == 8


def test_a_failure_tells_its_seed_the_tail_of_its_trace_and_how_to_see_it_again() -> None:
    with machinery() as folder:
        ran = run_seed(3, folder)._replace(complaints=["lost: something"])
    told = ran.told()
    assert told.startswith("seed 3\n")
    assert told.endswith("lost: something\nagain: .venv/bin/python -m tests.sim 3")
    assert "\n".join(ran.trace[-10:]) in told
    assert not issubclass(Cut, Exception), "no handler of the program may take a cut for an error of its own"

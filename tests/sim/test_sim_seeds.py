"""Days of devices and a hub by the seed: nothing acknowledged is lost, all agree, and nothing stalls."""

import os
import subprocess
import sys

import pytest
from tests.sim.crew import ROOT, Sum, complaint, share
from tests.sim.disk import Cut
from tests.sim.seeds import machinery, run_seed
from tests.sim.weather import DEVICE_CUT, REQUEST_FAULTS, STEPS

SEEDS, SECONDS = 1000, 40.0
"""As many seeds as ``make test`` runs where the machine is not busy, and how long at most."""
LONG_SEEDS, LONG_SECONDS = 100_000, 3000.0
LONG_FIRST = 1_000_000
"""Where the long suite begins: far from the seeds of the short one."""
HAPPENINGS = (
    *STEPS, *REQUEST_FAULTS, DEVICE_CUT, "act repeated", "interruption", "disk went back", "disk went back in part",
    "hub went back", "device copied", "no copy left", "clock jump", "delivered late",
)  # fmt: skip


def _hold(total: Sum, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{total.words()}")
    assert not total.failed, complaint(total)


@pytest.mark.timeout(600)
def test_seeds_lose_nothing_agree_and_do_not_stall(capsys: pytest.CaptureFixture[str]) -> None:
    total = share(0, SEEDS, SECONDS)
    _hold(total, capsys)
    assert [what for what in HAPPENINGS if not total.counts[what]] == []


@pytest.mark.long
def test_very_many_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    """``IRCOCKPIT_SIM_SEEDS`` says how many, ``IRCOCKPIT_SIM_SECONDS`` how long at most."""
    count = int(os.environ.get("IRCOCKPIT_SIM_SEEDS", LONG_SEEDS))
    seconds = float(os.environ.get("IRCOCKPIT_SIM_SECONDS", LONG_SECONDS))
    _hold(share(LONG_FIRST, count, seconds), capsys)


@pytest.mark.parametrize("seed", range(4))
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

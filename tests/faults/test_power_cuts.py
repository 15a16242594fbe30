"""The power is cut while log.db or a hub's database is written: no acknowledged word is lost, and what is left is whole."""

import os
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.faults.cuts import NOT_DURABLE, cut_power
from tests.faults.subjects import SUBJECTS

CUTS = 1000
MANY_CUTS = 10_000


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_thousand_power_cuts_lose_nothing_acknowledged(name: str, quick: Path, say: Say) -> None:
    _lose_nothing(name, quick, CUTS, 1, say)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", SUBJECTS)
def test_ten_thousand_power_cuts_lose_nothing_acknowledged(name: str, quick: Path, say: Say) -> None:
    _lose_nothing(name, quick, MANY_CUTS, int.from_bytes(os.urandom(4)), say)


def _lose_nothing(name: str, folder: Path, cuts: int, seed: int, say: Say) -> None:
    done = cut_power(SUBJECTS[name](), folder, cuts, seed=seed)
    say(f"{name}, seed {seed}: {done}")
    assert done.cuts >= cuts
    assert done.acknowledged > 10 * cuts
    assert done.lost == 0
    assert done.told == ()


@pytest.mark.parametrize("name", SUBJECTS)
def test_without_a_sync_at_each_commit_the_cuts_find_losses(name: str, quick: Path) -> None:
    """The control: the same cuts see it when a commit is not on the disk."""
    done = cut_power(SUBJECTS[name](), quick, 300, instead=NOT_DURABLE, enough=lambda losing: losing >= 10)
    assert done.losing >= 10

"""A disk whose writes and syncs fail, or that is full, and whose power is then cut: nothing acknowledged is lost."""

import os
import random
from pathlib import Path

import apsw
import pytest
from tests.conftest import Say
from tests.faults.cuts import Fault, cut_power
from tests.faults.subjects import SUBJECTS

from ircockpit.core.errors import StoreError

CUTS = 250
MANY_CUTS = 5000


def _failing(kind: type[apsw.Error], code: int, words: str, what: str, share: float) -> Fault:
    def fault(asked: str, _: str, rng: random.Random) -> apsw.Error | None:
        if asked != what or rng.random() >= share:
            return None
        error = kind(words)
        error.extendedresult = code  # type: ignore[attr-defined]  # as the engine's own errors have it
        return error

    return fault


FAULTS = {
    "sync": _failing(apsw.IOError, apsw.SQLITE_IOERR_FSYNC, "disk I/O error", "sync", 0.15),
    "write": _failing(apsw.IOError, apsw.SQLITE_IOERR_WRITE, "disk I/O error", "write", 0.05),
    "room": _failing(apsw.FullError, apsw.SQLITE_FULL, "database or disk is full", "write", 0.05),
}


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_failing_disk_loses_nothing_acknowledged(name: str, what: str, quick: Path, say: Say) -> None:
    _lose_nothing(name, what, quick, CUTS, 1, say)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_failing_disk_loses_nothing_in_many_cuts(name: str, what: str, quick: Path, say: Say) -> None:
    _lose_nothing(name, what, quick, MANY_CUTS, int.from_bytes(os.urandom(4)), say)


def _lose_nothing(name: str, what: str, folder: Path, cuts: int, seed: int, say: Say) -> None:
    done = cut_power(SUBJECTS[name](), folder, cuts, seed=seed, fault=FAULTS[what])
    say(f"{name} with failing {what}, seed {seed}: {done}")
    assert len(done.told) > cuts // 30
    words = ("is full", "free space") if what == "room" else (name, "check")
    assert not [told for told in done.told if not all(word in told for word in words)]
    assert done.lost == 0


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_failed_sync_that_is_not_made_good_is_found(name: str, quick: Path) -> None:
    """The control: where the next program builds on what the last one could not sync, the cuts see it."""
    for seed in range(20):
        try:
            done = cut_power(
                SUBJECTS[name](), quick / str(seed), CUTS, seed=seed, fault=FAULTS["sync"], made_sure=False
            )
        except (AssertionError, StoreError):
            return  # what is left is not even whole
        if done.losing:
            return
    pytest.fail("nothing was found")

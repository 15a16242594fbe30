"""A disk whose writes and syncs fail, or that is full, and whose power is then cut: nothing acknowledged is lost, and it goes on."""

import random
from pathlib import Path

import apsw
import pytest
from tests.faults.conftest import Say
from tests.faults.cuts import Fault, cut_power
from tests.faults.subjects import SUBJECTS

CUTS = 300


def _failing(kind: type[apsw.Error], code: int, what: str, share: float, part: str = "") -> Fault:
    def fault(asked: str, name: str, rng: random.Random) -> apsw.Error | None:
        if asked != what or part not in name or rng.random() >= share:
            return None
        error = kind("the disk fails")
        error.extendedresult = code
        return error

    return fault


FAULTS = {
    "sync": (_failing(apsw.IOError, apsw.SQLITE_IOERR_FSYNC, "sync", 0.15), "failed on the disk"),
    "write": (_failing(apsw.IOError, apsw.SQLITE_IOERR_WRITE, "write", 0.05), "failed on the disk"),
    "room": (_failing(apsw.FullError, apsw.SQLITE_FULL, "write", 0.05), "is full"),
}


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_failing_disk_loses_nothing_acknowledged(name: str, what: str, quick: Path, say: Say) -> None:
    fault, words = FAULTS[what]
    done = cut_power(SUBJECTS[name](), quick, CUTS, fault=fault)
    say(f"{name}, {what}: {done}")
    assert len(done.told) > 10
    assert all(words in told for told in done.told), set(done.told)
    assert done.lost == 0

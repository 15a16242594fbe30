"""A sync that failed is not asked for again where it failed: the program goes on with a fresh connection, call by call."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faults.subjects import SUBJECTS
from tests.support.strace import SYNCS, asked_again, failing, tracer

TESTS = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def work(tmp_path: Path, need_program: Callable[[str, str], str]) -> Callable[[str, str, str], Any]:
    strace = tracer(need_program, pytest.skip)

    def done(name: str, when: str, how: str) -> Any:
        """What was acknowledged, how many steps failed, and the syncs asked for again; it is held that nothing is lost."""
        folder, trace = tmp_path / "data", tmp_path / "trace"
        SUBJECTS[name]().begin(folder)
        words = failing(
            strace, SYNCS, "error=EIO", [folder / name, folder / f"{name}-wal"], when=when, out=trace
        )
        program = [sys.executable, "-m", "tests.faults.syncing", name, str(folder), how]
        ran = subprocess.run([*words, *program], cwd=TESTS, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr.decode()
        acknowledged, failed = json.loads(ran.stdout)
        assert SUBJECTS[name]().held(folder) >= set(acknowledged)
        return acknowledged, failed, asked_again(trace)

    return done


@pytest.mark.parametrize("when", ["4", "4+3", "6..8"])
@pytest.mark.parametrize("name", SUBJECTS)
def test_a_sync_that_failed_is_not_asked_for_again(
    work: Callable[[str, str, str], Any], name: str, when: str
) -> None:
    acknowledged, failed, again = work(name, when, "fresh")
    assert failed
    assert acknowledged
    assert again == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_same_connection_would_ask_again(work: Callable[[str, str, str], Any], name: str) -> None:
    """The control."""
    assert work(name, "4", "same")[2] != []

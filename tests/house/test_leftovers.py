"""Programs that tests start end with them, also where pytest itself is killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.support import leftovers

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere: no environments of processes are told"
)

SLEEPS = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdout=subprocess.DEVNULL)
"""
RUN = f"""
import os, signal, subprocess, sys
from tests.support import leftovers

value = leftovers.mark()
if sys.argv[1] == "guarded":
    leftovers.guard(value)
subprocess.run([sys.executable, "-c", {SLEEPS!r}])  # nobody's child any more
print(value, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(repository: Path, how: str) -> str:
    """Run tests that start a program and are killed; returns the mark of what they started."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, how], cwd=repository, stdout=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == -9
    return done.stdout.strip()


def test_what_killed_tests_leave_running_is_ended(repository: Path) -> None:
    value = killed(repository, "guarded")
    until = time.monotonic() + 60
    while leftovers.left(value) and time.monotonic() < until:
        time.sleep(0.1)
    assert leftovers.left(value) == {}


def test_control_without_the_guard_it_goes_on_and_is_named(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = killed(repository, "alone")
    time.sleep(2 * leftovers.LOOK_S)
    assert len(leftovers.left(value)) == 1
    monkeypatch.setattr(leftovers, "GRACE_S", 0.0)
    (words,) = leftovers.left_at_last(value)
    assert "sleep(600)" in words
    monkeypatch.undo()
    assert leftovers.left_at_last(value) == []


def test_these_tests_bear_a_mark() -> None:
    assert leftovers.MARK in os.environ

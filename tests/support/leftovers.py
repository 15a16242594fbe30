"""No program outlives the tests that started it: what is left over is named, and ended also where pytest was killed.

Whatever a test starts inherits a mark in its environment, however it is started and whoever its parent is by then.
Linux tells the environment of a process; elsewhere nothing is looked for.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "TESTS_STARTED_BY"
"""The environment variable; its value names the process that runs the tests."""
PROCESSES = Path("/proc")
GRACE_S = 20.0
"""What a program may take to notice that its terminal is gone, on a busy machine."""
LOOK_S = 1.0


def mark() -> str:
    """Mark what this process starts from now on; returns the value of the mark."""
    os.environ[MARK] = f"{os.getpid()}.{time.time_ns()}"
    return os.environ[MARK]


def left(value: str) -> dict[int, str]:
    """The command lines of what bears this mark and still runs, by process number."""
    return {pid: words for pid, words in _marked(value) if pid != os.getpid()}


def _marked(value: str) -> Iterator[tuple[int, str]]:
    wanted = f"{MARK}={value}".encode()
    for folder in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile, or is somebody else's
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                yield int(folder.name), words.decode("utf-8", "replace").strip()


def left_at_last(value: str) -> list[str]:
    """The command lines of what does not end by itself either; it is killed."""
    until = time.monotonic() + GRACE_S
    while (still := left(value)) and time.monotonic() < until:
        time.sleep(0.1)
    kill(still)
    return sorted(still.values())


def kill(those: dict[int, str]) -> None:
    """End processes at once."""
    for pid in those:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def guard(value: str) -> "subprocess.Popen[bytes]":
    """Start what outlives this process only to end everything that bears the mark."""
    without = {name: text for name, text in os.environ.items() if name != MARK}
    return subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(os.getpid()), value],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True, env=without,
    )  # fmt: skip


def _stand_by(parent: int, value: str) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    while those := left(value):  # what was just being started comes up meanwhile
        kill(those)
        time.sleep(LOOK_S)


if __name__ == "__main__":
    _stand_by(int(sys.argv[1]), sys.argv[2])

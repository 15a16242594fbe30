"""Seeds shared out among processes, one for each core."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.sim.seeds import AGAIN

ROOT = Path(__file__).resolve().parents[2]


class Sum(NamedTuple):
    """What all processes did together."""

    seeds: int
    failed: list[int]
    told: str
    """The first failures, with the tail of their traces."""
    counts: Counter[str]
    seconds: float
    cpu_seconds: float

    def words(self) -> str:
        """How much was run and what happened in it, for the person who reads the test's output."""
        happened = ", ".join(f"{count} {what}" for what, count in sorted(self.counts.items()))
        return (
            f"{self.seeds} seeds in {self.seconds:.0f} s ({self.seeds / self.cpu_seconds:.0f} a second of one core),"
            f" {len(self.failed)} failed: {happened}"
        )


def share(first: int, count: int, seconds: float, say: Callable[[str], object] = lambda _: None) -> Sum:
    """Run ``count`` seeds from ``first`` on, on every core, at most for so long; what fails is said at once."""
    cores = os.cpu_count() or 1
    each = -(-count // cores)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sim", str(first + core * each), str(each), str(seconds)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        for core in range(cores)
    ]
    try:
        with ThreadPoolExecutor(cores) as readers:
            heard = list(readers.map(lambda process: _hear(process, say), running))
    finally:
        for process in running:
            process.kill()
            process.wait()
    total = Sum(0, [], "", Counter(), 0.0, 0.0)
    for told, said in heard:
        total = Sum(
            total.seeds + said["seeds"], total.failed + said["failed"], total.told + told,
            total.counts + Counter(said["counts"]), max(total.seconds, said["seconds"]),
            total.cpu_seconds + said["cpu_seconds"],
        )  # fmt: skip
    return total


def _hear(process: "subprocess.Popen[str]", say: Callable[[str], object]) -> tuple[str, dict[str, Any]]:
    """What a process tells of failures, as it tells it, and its last line: the sum as JSON."""
    told: list[str] = []
    last = ""
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            if last:
                told.append(last)
                say(last.rstrip())
            last = line
    return "".join(told), json.loads(last)


def complaint(total: Sum) -> str:
    """What a failed run says: every seed by number, the first ones at length."""
    again = "\n".join(f"{AGAIN} {seed}" for seed in total.failed[:20])
    return f"{total.told}\n{len(total.failed)} of {total.seeds} seeds failed:\n{again}"

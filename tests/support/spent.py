"""The processor time of another program: what it needs, whatever else the machine does."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

IS_KNOWN = Path("/proc/self/schedstat").exists()
"""Whether this system says it finely enough."""


def spent_ms(pid: int) -> float:
    """Milliseconds of processor time that a program has used so far."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def command_spent_ms(words: Sequence[str], env: Mapping[str, str]) -> float:
    """Milliseconds of processor time of a program from start to end; it must succeed."""
    with subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        spent = spent_ms(process.pid)
    assert process.returncode == 0, words
    return spent

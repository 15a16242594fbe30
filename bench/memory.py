"""How much memory the cockpit and a command take and how soon a key is answered, beside a bare Textual app and Python.

``python -m bench.memory 100000`` measures a profile of so many rows too; making it takes a minute or two.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from bench._bare_app import READY
from bench._profiles import LARGE, environment, folder, profile
from bench._runs import BARE_APP, COCKPIT
from bench._table import counts, heading
from tests.e2e.stage import QUIET_MS
from tests.support.crowd import SEEN
from tests.support.pty_screen import PtyScreen

MIDDLE = 100
KEYS = 60
SETTLED = "severity SEV"
"""Stands in the detail, which the early frame has not."""
MB = 1 << 20
ASK = """
import os, sys
pid = os.fork()
if not pid:
    os.execv(sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) or print(used.ru_maxrss, file=sys.stderr))
"""
"""A small parent: until it is replaced, a new process has the memory of the one that made it, and that counts."""


def screen_mb(
    words: Sequence[str], env: Mapping[str, str], shown: str, keys: str = ""
) -> tuple[float, float]:
    """Resident memory once the screen rests, and the most it ever was."""
    with PtyScreen(words, env) as screen:
        screen.wait_for(shown, timeout=120)
        screen.wait_idle(2 * QUIET_MS)
        for key in keys:
            screen.press(key)
            screen.wait_idle(QUIET_MS)
        facts = Path(f"/proc/{screen.process.pid}/status").read_text(encoding="ascii")
        named = dict(line.split(":", 1) for line in facts.splitlines())
        return tuple(int(named[name].split()[0]) * 1024 / MB for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def key_ms(env: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds from a ``j`` to its first byte: median, and 95 of 100."""
    with PtyScreen(COCKPIT, env) as screen:
        screen.wait_for(SETTLED, timeout=120)
        screen.wait_idle(2 * QUIET_MS)
        taken = []
        for _ in range(KEYS):
            start = perf_counter()
            screen.press("j")
            screen.wait_more()
            taken.append((perf_counter() - start) * 1000)
        return median(taken), sorted(taken)[KEYS * 95 // 100]


def command_mb(words: Sequence[str], env: Mapping[str, str]) -> float:
    """The most resident memory a command had."""
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ASK, *words], env=env, capture_output=True, text=True, check=True
    )
    return int(told.stderr.split()[-1]) * 1024 / MB


def main(more: Sequence[str]) -> None:
    with folder() as parent:
        heading("memory", parent)
        sizes = (MIDDLE, LARGE, *map(int, more))
        envs = {rows: environment(profile(parent, rows)) for rows in sizes}
        steady, most = screen_mb(BARE_APP, envs[MIDDLE], READY)
        screens = {"bare Textual app (baseline)": (steady, most, 1.0)}
        for rows in sizes:
            # To the end of the list and back: pages of rows that are kept have been read.
            now, peak = screen_mb(COCKPIT, envs[rows], SEEN, "Gg")
            screens[f"cockpit, {rows:,} rows"] = (now, peak, now / steady)
        counts("resident memory of a screen, MB, n = 1", ("at rest", "most", "x baseline"), screens)
        keys = {f"j, {rows:,} rows": key_ms(envs[rows]) for rows in sizes}
        counts(f"a cursor key to its first byte, ms, n = {KEYS}", ("median", "p95"), keys)
        floor = command_mb((sys.executable, "-c", "pass"), envs[MIDDLE])
        commands = {"python -c pass (baseline)": (floor, 1.0)}
        for rows in sizes:
            used = command_mb((*COCKPIT, "queue", "--json"), envs[rows])
            commands[f"ircockpit queue --json, {rows:,} rows"] = (used, used / floor)
        counts("resident memory of a command, MB, n = 1", ("most", "x baseline"), commands)


if __name__ == "__main__":
    main(sys.argv[1:])

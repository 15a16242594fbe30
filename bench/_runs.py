"""Runs programs in turn, so that whatever else the machine does meets each of them alike."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.pty_screen import PtyScreen
from tests.support.spent import spent_ms

HERE = Path(__file__).resolve().parent
COCKPIT = (str(Path(sys.executable).with_name("ircockpit")),)
"""As people start it."""
BARE_APP = (sys.executable, "-P", str(HERE / "_bare_app.py"))
TABLE_APP = (sys.executable, "-P", str(HERE / "_table_app.py"))


def in_turn(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Takes every measure once a round, each round in the same order; one round before goes uncounted."""
    for measure in measures.values():
        measure()
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def command_ms(words: Sequence[str], env: Mapping[str, str]) -> float:
    """Milliseconds from start to end of a program; it must succeed."""
    start = time.perf_counter()
    subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def frame_ms(words: Sequence[str], env: Mapping[str, str], shown: str) -> float:
    """Milliseconds from start until the bytes have come that put this text on the screen."""
    start = time.monotonic()
    with PtyScreen(words, env) as screen:
        screen.wait_for(shown, timeout=60, early=True)
        return (screen.read_at - start) * 1000


def live_ms(words: Sequence[str], env: Mapping[str, str]) -> float:
    """Milliseconds from start until a key, pressed as soon as the app listens, has moved the cursor down."""
    start = time.monotonic()
    with PtyScreen(words, env) as screen:
        _move(screen)
        return (screen.read_at - start) * 1000


def frame_spent_ms(words: Sequence[str], env: Mapping[str, str], shown: str) -> float:
    """Milliseconds of processor time until this text is on the screen."""
    with PtyScreen(words, env) as screen:
        screen.wait_for(shown, timeout=60, early=True)
        return spent_ms(screen.process.pid)


def live_spent_ms(words: Sequence[str], env: Mapping[str, str]) -> float:
    """Milliseconds of processor time until a key has moved the cursor down."""
    with PtyScreen(words, env) as screen:
        _move(screen)
        return spent_ms(screen.process.pid)


def _move(screen: PtyScreen) -> None:
    screen.press("j")
    screen.wait_for(lambda text: text.split("\n")[3].startswith(" >"), timeout=60)

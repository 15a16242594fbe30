"""The cockpit inside what responders put around it: tmux, GNU screen, and mosh over a link."""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.stage import PROGRAM, QUIET_MS, ok, surroundings
from tests.support.pty_screen import PtyScreen
from tests.support.servers import require

pytestmark = pytest.mark.long

TITLE = "refunds paid twice: 返金 wrong, café"
"""Wide and accented characters, whose width program, multiplexer and terminal must agree about."""
UTF8 = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


class Around(NamedTuple):
    """One way to have a program between the cockpit and the terminal."""

    argv: list[str]
    env: dict[str, str]
    again: list[str]
    """How to come back after the terminal was left; empty where that is not possible."""


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with more incidents than a screen holds."""
    home = tmp_path_factory.mktemp("inside") / "home"
    for number in range(16):
        ok(home, "open", f"{TITLE} {number}")
    return home


def program(name: str, package: str = "") -> str:
    """The path of a program, or a skip that says what to install."""
    return require(name, shutil.which(name), f"Debian: {package or name}")


@contextmanager
def in_tmux(env: dict[str, str]) -> Iterator[Around]:
    tmux = [program("tmux"), "-L", f"ircockpit-{secrets.token_hex(4)}", "-f", os.devnull]
    try:
        yield Around([*tmux, "new-session", *PROGRAM], env, [*tmux, "attach"])
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)


@contextmanager
def in_screen(env: dict[str, str]) -> Iterator[Around]:
    screen, name = program("screen"), f"ircockpit-{secrets.token_hex(4)}"
    try:
        yield Around(
            [screen, "-c", os.devnull, "-U", "-S", name, *PROGRAM], env, [screen, "-c", os.devnull, "-U", "-r", name]
        )  # fmt: skip
    finally:
        subprocess.run([screen, "-S", name, "-X", "quit"], capture_output=True, check=False)


@contextmanager
def over_mosh(env: dict[str, str]) -> Iterator[Around]:
    server, client = program("mosh-server", "mosh"), program("mosh-client", "mosh")
    begun = subprocess.run(
        [server, "new", "-i", "127.0.0.1", "--", *PROGRAM],
        env={**env, "TERM": "xterm-256color"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"MOSH CONNECT (\d+) (\S+)", begun.stdout)
    running = re.search(r"pid = (\d+)", begun.stderr)
    assert found, begun
    assert running, begun
    try:
        yield Around([client, "127.0.0.1", found[1]], {**env, "MOSH_KEY": found[2]}, [])
    finally:
        with suppress(ProcessLookupError):
            os.kill(int(running[1]), signal.SIGKILL)


AROUND: dict[str, Callable[[dict[str, str]], AbstractContextManager[Around]]] = {
    "tmux": in_tmux, "screen": in_screen, "mosh": over_mosh,
}  # fmt: skip


def at_queue(screen: PtyScreen) -> None:
    """The live queue, whole: what is around the cockpit has the terminal's modes, so that they say nothing."""
    screen.wait_for(lambda text: "? help" in text and "返金" in text, timeout=60, early=True)
    screen.wait_idle(QUIET_MS)


def is_whole(screen: PtyScreen, columns: int) -> None:
    """First line, list and last line stand in their places, and every row ends in its column."""
    lines = screen.lines()
    assert lines[0].startswith(" queue"), screen.text()
    rows = [y for y, line in enumerate(lines) if TITLE[:7] in line and "not stopped" in line]
    assert len(rows) >= 2, screen.text()
    ends = {line.rindex(" -") for y in rows for line in [_cells(screen, y, columns)]}
    assert len(ends) == 1, screen.text()
    assert sum(line.startswith("  >") for line in lines) + sum(line.startswith(" > ") for line in lines) == 1


def _cells(screen: PtyScreen, y: int, columns: int) -> str:
    """A line by its cells: one character each, also where a wide one takes two."""
    return "".join((screen.cell(x, y).text or " ")[:1] for x in range(columns))


@pytest.mark.parametrize("name", AROUND)
def test_the_cockpit_works_inside(profile: Path, name: str) -> None:
    env = surroundings(profile, UTF8)
    with AROUND[name](env) as around, PtyScreen(around.argv, around.env) as screen:
        at_queue(screen)
        is_whole(screen, 80)
        screen.press(*"jjj")
        screen.wait_idle(QUIET_MS)
        is_whole(screen, 80)
        screen.press("n")
        screen.wait_for("note:", early=True)
        screen.send("called 病院")
        screen.wait_for("called 病院", early=True)
        screen.press("enter")
        screen.wait_for("noted", early=True)
        for size in ((120, 40), (60, 15), (80, 24)):
            screen.resize(*size)
            # The last line may be that of what is around.
            screen.wait_for(lambda _: any("? help" in line for line in screen.lines()[-2:]), early=True)
            screen.wait_idle(2 * QUIET_MS)
            is_whole(screen, size[0])
        screen.press("q")
        screen.wait_exit()


@pytest.mark.parametrize("name", ["tmux", "screen"])
def test_one_comes_back_to_it_from_another_terminal(profile: Path, name: str) -> None:
    env = surroundings(profile, UTF8)
    with AROUND[name](env) as around:
        with PtyScreen(around.argv, around.env) as screen:
            at_queue(screen)
            screen.press(*"jj")
            screen.wait_idle(QUIET_MS)
            at = next(line for line in screen.lines() if line.lstrip().startswith(">"))
            screen.hang_up()
            screen.process.wait(60)
        with PtyScreen(around.again, around.env, (100, 30)) as other:
            at_queue(other)
            is_whole(other, 100)
            short = at.split()[2]
            assert any(line.lstrip().startswith(">") and short in line for line in other.lines()), (
                other.text()
            )
            other.press("q")
            other.wait_exit()

"""Ctrl-Z: the whole job stops, as the shell that started it expects, and comes back whole; or a sentence says why not."""

import shutil
import sys
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, surroundings
from tests.support.pty_screen import PtyScreen

BASH = shutil.which("bash")


@pytest.mark.skipif(BASH is None, reason="needs a shell with job control")
def test_a_cockpit_below_another_program_is_suspended_and_resumed(tmp_path: Path) -> None:
    env = {**surroundings(tmp_path / "home"), "PS1": "shell> "}
    with PtyScreen([str(BASH), "--norc", "--noprofile", "-i"], env) as screen:
        screen.wait_for("shell>")
        screen.send(f"sh -c '{sys.executable} -P -m ircockpit; exit $?'\r")
        screen.wait_for("nothing is open", early=True)
        screen.wait_idle(QUIET_MS)
        for _ in range(2):
            screen.press("ctrl+z")
            screen.wait_for("Stopped")
            screen.send("echo $((41 + 1)) typed\r")
            screen.wait_for("42 typed")
            screen.send("clear; fg\r")
            screen.wait_for("nothing is open")
            screen.wait_idle(QUIET_MS)
            screen.press("?")
            screen.wait_for("> help queue")
            screen.press("q")
            screen.wait_for("nothing is open")
        screen.press("q")
        screen.wait_for("shell>")


def test_without_a_shell_it_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with cockpit(tmp_path / "home") as screen:
        screen.wait_for("nothing is open")
        screen.wait_idle(QUIET_MS)
        screen.press("ctrl+z")
        screen.wait_for("was not suspended")
        screen.press("q")
        assert screen.wait_exit() == 0

"""Ctrl-Z: the whole job stops, as the shell that started it expects, and comes back whole; or a sentence says why not."""

import shutil
import signal
import sys
import termios
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


def leave(screen: PtyScreen) -> None:
    """Leave the cockpit; the terminal is as it was found."""
    screen.press("q")
    assert screen.wait_exit() == 0
    assert list(termios.tcgetattr(screen.terminal))[:4] == screen.modes_at_first[:4]


def test_stopped_and_continued_by_somebody_else_it_reads_each_key_once_and_gives_the_terminal_back(
    tmp_path: Path,
) -> None:
    """A kill -STOP and -CONT, a debugger, a machine that sleeps: nobody told the program that it would stop."""
    with cockpit(tmp_path / "home") as screen:
        screen.wait_for("nothing is open")
        screen.wait_idle(QUIET_MS)
        for _ in range(3):
            screen.process.send_signal(signal.SIGSTOP)
            screen.wait_stopped()
            screen.process.send_signal(signal.SIGCONT)
            screen.wait_more()
            screen.wait_idle(QUIET_MS)
        screen.press("?")
        screen.wait_for("> help queue")
        screen.press("q")
        screen.wait_for("nothing is open")
        leave(screen)


def test_a_continue_without_a_stop_changes_nothing(tmp_path: Path) -> None:
    with cockpit(tmp_path / "home") as screen:
        screen.wait_for("nothing is open")
        screen.wait_idle(QUIET_MS)
        for _ in range(5):
            screen.process.send_signal(signal.SIGCONT)
        screen.wait_more()
        screen.wait_idle(QUIET_MS)
        leave(screen)


def test_a_window_dragged_while_the_job_is_stopped_has_its_size_when_it_goes_on(tmp_path: Path) -> None:
    with cockpit(tmp_path / "home") as screen:
        screen.wait_for("nothing is open")
        screen.wait_idle(QUIET_MS)
        screen.process.send_signal(signal.SIGSTOP)
        screen.wait_stopped()
        for size in ((120, 40), (90, 30), (100, 26)):
            screen.resize(*size)
        screen.process.send_signal(signal.SIGCONT)
        screen.wait_for(lambda _: "? help" in screen.lines()[25] and not any(screen.lines()[26:]))
        screen.press("q")
        assert screen.wait_exit() == 0

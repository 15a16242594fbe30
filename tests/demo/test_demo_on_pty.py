"""The demo on a real terminal: its minutes in order, keys out of order, and every way to end it."""

import contextlib
import os
import signal
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.demo.traces import NeedProgram, processes
from tests.support.pty_screen import PtyScreen

from ircockpit.demo import lab, story
from ircockpit.demo.stage import wait_until

DEMO = [sys.executable, "-P", "-m", "ircockpit", "demo"]
CONFIRMABLE_S = 0.4
"""A confirmation is deaf for 250 ms."""


class Demo:
    """A demo on a terminal, and what it would leave behind."""

    def __init__(self, folder: Path, ps: str) -> None:
        self.folder, self._ps = folder, ps
        self.screen = PtyScreen(DEMO, env={"XDG_DATA_HOME": str(folder)})
        self.before = self.screen.modes_at_first
        self.screen.wait_for(lambda text: f"bot: {lab.WRONG}" in text and " next  ! stops it" in text, 40)

    def terminal(self) -> list[Any]:
        return termios.tcgetattr(self.screen._master)

    def running(self) -> list[str]:
        return processes(self._ps, self.folder)

    def gone(self) -> bool:
        return wait_until(lambda: self.running() == [], 10)

    def restored(self) -> bool:
        left = self.screen.raw.rfind(b"\x1b[?1049l") > self.screen.raw.rfind(b"\x1b[?1049h") >= 0
        return left and self.terminal() == self.before


@pytest.fixture
def demo(tmp_path: Path, need_program: NeedProgram) -> Iterator[Demo]:
    made = Demo(tmp_path, need_program("ps", "the package procps"))
    # The control: a running demo is to be seen, so that "nothing is left" can fail.
    assert len(made.running()) >= 2
    yield made
    with contextlib.suppress(OSError):
        made.screen.kill()


def test_the_minutes_in_order(demo: Demo) -> None:
    screen = demo.screen
    first = screen.text()
    assert [
        line
        for line in first.splitlines()
        if "SEV1" in line and story.PHARMACY in line and "4,000 users" in line
    ]
    assert sum("SEV1~" in line for line in first.splitlines()) == 1
    assert "! stop" in first.splitlines()[-1]

    screen.press("!")
    plan = screen.wait_for("press f to send")
    assert "PUT http://127.0.0.1:" in plan
    assert "authorization: Bearer" in plan
    assert "<file:" in plan
    assert 'reads "not contained" now' in plan
    time.sleep(CONFIRMABLE_S)
    screen.press("f")
    screen.wait_for(lambda text: "accepted" in text and "recorded" in text)
    screen.wait_for(lambda text: "■ effective" in text and " probes, seen" in text)
    screen.wait_for(f"bot: {lab.FIXED}")

    screen.press("t")
    screen.wait_for("Has harm happened?")
    screen.press("2")
    screen.wait_for("SEV2 so far")
    screen.press("3", "up", "up", "1")
    screen.wait_for("SEV1 because: harm realised")
    screen.press("q")
    screen.wait_for("1-9 choose")
    screen.press("q")
    screen.wait_for("3 incidents")

    screen.press("n")
    screen.wait_for("note:")
    screen.send("pharmacist on call is told")
    screen.press("enter")
    screen.wait_for("noted in")
    screen.wait_for(f"{story.COLLEAGUE}: {story.ON_NOTES[0]}")

    screen.press("o")
    screen.wait_for("hub offline")
    screen.press("T")
    screen.wait_for(lambda text: "unse" in text and "o plugs the hub in again" in text)
    screen.press("o")
    screen.wait_for(
        lambda text: "(!) " in text and "disagree owner:" in text and f"{story.COLLEAGUE} says jo" in text
    )
    screen.wait_for("hub live")

    screen.press("q")
    assert screen.wait_exit() == 0
    assert demo.restored()
    told = screen.raw.rpartition(b"\x1b[?1049l")[2].decode()
    for part in (
        story.ON_STOPPED,
        "pharmacist on call is told",
        "all holds",
        "ircockpit init",
        "has ended",
    ):
        assert part in told, told
    assert "Traceback" not in told
    assert demo.gone()


def test_keys_out_of_order(demo: Demo) -> None:
    screen = demo.screen
    screen.press("o")
    screen.wait_for("hub offline")
    screen.press("n")
    screen.wait_for("note:")
    screen.send("first of all a note")
    screen.press("enter")
    screen.wait_for("noted in")
    screen.press("t")
    screen.wait_for("Has harm happened?")
    screen.press("1", "q")
    screen.wait_for("3 incidents")
    screen.press("!")
    screen.wait_for("press f to send")
    time.sleep(CONFIRMABLE_S)
    screen.press("n")
    screen.wait_for(lambda text: "nothing was sent" in text or "nothing is done" in text)
    screen.press("o")
    screen.wait_for(lambda text: "hub live" in text or "hub syncing" in text)
    screen.press("q")
    screen.wait_for("3 incidents")
    # Both answered the same question while apart, so both answers are there now.
    screen.press("q")
    assert screen.wait_exit() == 0
    assert demo.restored()
    assert "first of all a note" in screen.raw.rpartition(b"\x1b[?1049l")[2].decode()
    assert demo.gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(demo: Demo, number: signal.Signals) -> None:
    os.kill(demo.screen.process.pid, number)
    assert demo.screen.wait_exit() == 128 + number
    assert demo.restored()
    assert demo.gone()


def test_leaving_at_once_and_closing_the_terminal(demo: Demo) -> None:
    demo.screen.press("!")
    os.close(demo.screen._master)
    demo.screen._master = -1
    assert demo.gone()
    assert demo.screen.process.wait(60) != 0


def test_a_kill_that_cannot_be_heard_ends_the_helpers_too(demo: Demo) -> None:
    demo.screen.process.kill()
    assert demo.gone()

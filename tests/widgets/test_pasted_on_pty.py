"""A paste that the terminal does not mark as one answers no confirmation, and nothing of it gets past the question."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.support.pty_screen import PtyScreen
from tests.support.servers import require
from tests.widgets.test_widgets_on_pty import DEMO, SOURCES, demo

from ircockpit.widgets.confirm import BURST_MS, DEAF_MS, HELD_MS

QUIET_MS = DEAF_MS + 100
SAID = "many keys at once"
ASKS = "press f to send"
PASTES = [
    "fire at will",
    "f!q",
    "ff",
    "f\rq",
    "f\x1b[Bq",
    "now\rq",
    "nq",
    "qq",
    "\x1bfq",
    "dqq",
    "from here on " * 20,
]
"""What may be pasted while ``f`` sends, ``n`` and ``q`` leave, ``d`` asks something else, and ``q`` below ends the program."""


@contextmanager
def asked(*words: str) -> Iterator[PtyScreen]:
    """A question that hears every key."""
    with demo("100", *words) as screen:
        ask(screen)
        yield screen


def ask(screen: PtyScreen) -> None:
    screen.press("!")
    screen.wait_for(ASKS)
    screen.wait_idle(QUIET_MS)


def answered(screen: PtyScreen) -> None:
    """The key alone, once it has been quiet, still confirms."""
    screen.wait_idle(HELD_MS + 50)
    screen.press("f")
    screen.wait_for("sent stop")


@pytest.mark.parametrize("pasted", PASTES)
def test_an_unmarked_paste_answers_nothing(pasted: str) -> None:
    with asked() as screen:
        screen.send(pasted)
        screen.wait_for(SAID)
        screen.wait_idle(QUIET_MS)
        assert ASKS in screen.text()
        assert screen.process.poll() is None
        answered(screen)


@pytest.mark.parametrize(("pasted", "done"), [("fire at will", "sent stop"), ("now", "left stop")])
def test_without_the_wait_it_would(pasted: str, done: str) -> None:
    """The control: the very paste, where a key answers at once."""
    with asked("--hasty") as screen:
        screen.send(pasted)
        screen.wait_for(done)


def test_keys_that_lay_there_while_the_program_was_stopped_answer_nothing() -> None:
    """Nobody can have seen what the first of them did before the second was pressed."""
    with asked() as screen:
        screen.process.send_signal(signal.SIGSTOP)
        screen.wait_stopped()
        screen.press("f")
        screen.press("q")
        screen.process.send_signal(signal.SIGCONT)
        screen.wait_more()
        screen.wait_idle(QUIET_MS)
        assert ASKS in screen.text()
        answered(screen)


def test_a_paste_that_comes_in_pieces_answers_nothing() -> None:
    """One write for each character, as a serial line hands them on."""
    for _ in range(20):
        with asked() as screen:
            began = time.monotonic()
            screen.press("f", "x")
            hasty = time.monotonic() - began < BURST_MS / 2000
            screen.press(*"fn1\rq")
            if hasty:  # else this machine held us up for longer than hands take
                screen.wait_for(SAID)
                screen.wait_idle(QUIET_MS)
                assert ASKS in screen.text()
                return
    pytest.skip("absent: a machine on which two keys can be sent at once")


def test_a_person_does_not_feel_it() -> None:
    """What it takes is looked for in the widget, not in the hands: well under what is felt, beside a key without it."""
    with asked() as screen:
        took = []
        for _ in range(3):
            screen.wait_idle(HELD_MS + 50)
            began = time.monotonic()
            screen.press("f")
            screen.wait_for("sent stop")
            took.append(time.monotonic() - began)
            ask(screen)
        assert min(took) < 0.25, took
        screen.wait_idle(HELD_MS + 50)
        screen.press("n")
        screen.wait_for("left stop")


def test_a_key_held_down_confirms_once() -> None:
    with asked() as screen:
        screen.press("f")
        screen.wait_for("sent stop")
        for _ in range(20):
            screen.press("f")
            screen.pump_for(0.033)
        screen.press("!")
        screen.wait_for(ASKS)
        for _ in range(20):
            screen.press("f")
            screen.pump_for(0.033)
        assert ASKS in screen.text()
        answered(screen)


@pytest.mark.parametrize("how", ["send-keys", "paste-buffer"])
def test_in_tmux_a_paste_answers_nothing_and_a_key_does(how: str) -> None:
    name = f"ircockpit-{secrets.token_hex(4)}"
    tmux = [require("tmux", shutil.which("tmux"), "Debian: tmux"), "-L", name, "-f", os.devnull]
    program = [*tmux, "new-session", sys.executable, str(DEMO), "100"]

    def run(*words: str) -> None:
        subprocess.run([*tmux, *words], check=True, capture_output=True)

    try:
        with PtyScreen(program, {"PYTHONPATH": str(SOURCES)}) as screen:
            screen.wait_for("quit", early=True)
            screen.wait_idle(QUIET_MS)
            ask(screen)
            if how == "send-keys":
                run("send-keys", "-l", "from here on\nq")
            else:
                run("set-buffer", "from here on\nq")
                run("paste-buffer")
            screen.wait_for(SAID)
            screen.wait_idle(HELD_MS + 50)
            run("send-keys", "f")
            screen.wait_for("sent stop")
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)

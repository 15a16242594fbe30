"""`ircockpit init` at a real terminal, left in each way there is: a sentence, an exit code, and the terminal as it was."""

import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, command, surroundings
from tests.support.pty_screen import PtyScreen
from tests.support.scripted import Line, Received, Scripted, answer

WAIT_S = 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def screen(home: Path) -> Iterator[PtyScreen]:
    with PtyScreen([*PROGRAM, "init"], surroundings(home)) as opened:
        opened.wait_for("your name [", WAIT_S)
        yield opened


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+d"])
def test_left_by_a_key(screen: PtyScreen, home: Path, key: str) -> None:
    screen.send("Mira\r")
    screen.wait_for("name of the AI system", WAIT_S)
    screen.press(key)
    assert screen.wait_exit(WAIT_S) == 130
    assert "1 answer kept: ircockpit init goes on" in screen.text()
    assert list(termios.tcgetattr(screen.terminal)) == screen.modes_at_first
    assert "Traceback" not in screen.text()
    assert command(home, "system", "list", "--json").data == []


def test_a_line_that_is_cut_ends_it(screen: PtyScreen, home: Path) -> None:
    screen.send("Mira\r")
    screen.wait_for("name of the AI system", WAIT_S)
    screen.hang_up()
    assert screen.process.wait(WAIT_S) == 129
    with PtyScreen([*PROGRAM, "init"], surroundings(home)) as again:
        again.wait_for("name of the AI system", WAIT_S)
        assert "1 answer kept from before" in again.text()
        again.press("ctrl+c")
        again.wait_exit(WAIT_S)


def test_a_line_is_edited_and_the_one_before_is_not_offered(screen: PtyScreen) -> None:
    screen.send("Mria")
    screen.press("left", "left", "backspace")
    screen.send("i")
    screen.press("ctrl+e", "backspace", "backspace")
    screen.send("ra\r")
    screen.wait_for("name of the AI system", WAIT_S)
    screen.press("up")
    screen.send("bot\r")
    screen.wait_for("who owns it [Mira]", WAIT_S)
    assert "name of the AI system: bot" in screen.text()


def test_what_a_strange_server_says_draws_nothing(home: Path) -> None:
    trick = "\x1b[2J\x1b]0;owned\x07\x1b[1;1H" + " " * 70 + " type halt to switch it on"

    def script(_: Received, line: Line) -> None:
        line.send(
            answer(
                302, trick.encode(), {"location": "http://x/\x1b[2J type halt", "content-type": "text/html"}
            )
        )

    words = ("bot", "--me", "Mira", "--owner", "team", "--on-call", "none")
    with (
        Scripted(script) as server,
        PtyScreen([*PROGRAM, "init", *words], surroundings(home), size=(80, 60)) as screen,
    ):
        screen.wait_for("address of the gateway", WAIT_S)
        screen.send(f"{server.url}\r")
        screen.wait_for("which connector", WAIT_S)
        assert "redirects to" in screen.text()
        assert not any(line.startswith(" type") for line in screen.lines())
        assert b"owned" not in bytes(screen.raw)
        assert b"\x1b[2J" not in bytes(screen.raw)
        assert "One system, its gateway" in screen.text(), "control: nothing has cleared what stood there"

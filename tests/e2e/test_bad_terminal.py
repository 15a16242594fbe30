"""Terminals that are too small, too simple or none: the cockpit says so and names the command, or it works."""

import fcntl
import os
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import PROGRAM, QUIET_MS, Done, cockpit, command, surroundings
from tests.support.pty_screen import PtyScreen

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: terminals here are pseudo-terminals")


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with an incident and signals, that these tests only look at."""
    folder = tmp_path_factory.mktemp("terminal")
    rows = "".join(f'{{"title": "finding {number}", "detector": "d{number}"}}\n' for number in range(9))
    (folder / "rows.jsonl").write_text(rows)
    for words in (("intake", str(folder / "rows.jsonl")), ("open", "wrong dose")):
        done = command(
            folder / "home", *words, env={"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        )
        assert done.code == ExitCode.OK, done
    return folder / "home"


def refused(screen: PtyScreen, *words: str) -> None:
    """The program ended with a sentence instead of a screen, and left the terminal as it was."""
    before = screen.modes_at_first
    code = screen.wait_exit()
    # The terminal wraps where it likes: what was written counts.
    written = bytes(screen.raw).replace(b"\r\n", b"\n")
    assert b"\x1b" not in written, written
    told(Done(code, b"", written), ExitCode.USAGE, "ircockpit queue", "ircockpit --help", *words)
    assert modes(screen) == before


def modes(screen: PtyScreen) -> list[object]:
    return list(termios.tcgetattr(screen.terminal))


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (59, 24), (80, 14)])
def test_a_terminal_too_small_is_told_the_least_size(profile: Path, size: tuple[int, int]) -> None:
    with cockpit(profile, size) as screen:
        refused(screen, "60x15", f"{size[0]}x{size[1]}")


@pytest.mark.parametrize("term", ["dumb", "", "unknown", "DUMB"])
def test_a_terminal_without_a_cursor_is_told(profile: Path, term: str) -> None:
    with cockpit(profile, env={"TERM": term}) as screen:
        refused(screen, f"TERM={term}" if term else "TERM is not set")


OTHERS: dict[str, dict[str, str]] = {
    "vt100": {"TERM": "vt100"},
    "unheard of": {"TERM": "no-such-terminal"},
    "no colour": {"NO_COLOR": "1"},
    "C locale": {"LC_ALL": "C"},
    "Latin 1": {"LC_ALL": "de_DE.ISO-8859-1", "PYTHONUTF8": "0"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    "nonsense size": {"COLUMNS": "many", "LINES": "-3"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_simple_terminal_shows_the_queue_and_leaves_in_order(profile: Path, name: str) -> None:
    with cockpit(profile, env=OTHERS[name]) as screen:
        before = screen.modes_at_first
        shown = screen.wait_for("wrong dose")
        assert "to review" in shown
        screen.wait_idle(QUIET_MS)
        assert "? help" in screen.text()
        if name == "no colour":
            assert b"38;" not in screen.raw
        assert screen.raw.isascii() is (name == "vt100")  # that terminal draws nothing else
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK
        assert modes(screen) == before


@pytest.mark.parametrize("size", [(79, 23), (60, 15), (300, 100)])
def test_unusual_sizes_show_first_and_last_line(profile: Path, size: tuple[int, int]) -> None:
    with cockpit(profile, size) as screen:
        screen.wait_for("wrong dose")
        screen.wait_for(lambda _: "stop" in screen.lines()[-1])
        assert screen.lines()[0].startswith(" queue")
        screen.press("j", "G", "g")
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK


def test_a_terminal_that_tells_no_size_is_taken_for_an_ordinary_one(profile: Path) -> None:
    """A serial console says 0 by 0."""
    with SizelessScreen(PROGRAM, surroundings(profile), (80, 25)) as screen:
        screen.wait_for("wrong dose")
        screen.wait_for(lambda _: "? help" in "".join(screen.lines()[-2:]))
        assert screen.lines()[0].startswith(" queue")
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK


def to_tiny_and_back(screen: PtyScreen, *words: str) -> None:
    """Through sizes no screen fits in, and back: the same place, still working."""
    for size in ((1, 1), (20, 5), (300, 100), (2, 60), (60, 2), (80, 24)):
        screen.resize(*size)
        screen.wait_idle(60)
    screen.wait_for(lambda text: all(word in text for word in words))


class SizelessScreen(PtyScreen):
    """A terminal that has a size and does not tell it."""

    def resize(self, columns: int, lines: int, *, tell: bool = True) -> None:
        super().resize(columns, lines, tell=tell)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, bytes(8))


@pytest.fixture
def screen(profile: Path) -> Iterator[PtyScreen]:
    """The cockpit at the queue."""
    with cockpit(profile) as opened:
        opened.wait_for("wrong dose")
        opened.wait_idle(QUIET_MS)
        yield opened


def test_every_screen_survives_being_made_tiny(screen: PtyScreen) -> None:
    to_tiny_and_back(screen, "wrong dose", "to review")
    for keys, words in (("?", "help"), ("t", "Has harm happened?"), ("!", "stop"), ("\r", "timeline")):
        screen.send(keys)
        screen.wait_for(words)
        screen.wait_idle(QUIET_MS)
        to_tiny_and_back(screen, words)
        screen.press("escape")
        screen.wait_for("to review")
        screen.wait_idle(QUIET_MS)
    screen.press("n")
    screen.wait_for("note:")
    screen.send("half a note")
    to_tiny_and_back(screen, "note:", "half a note")
    screen.press("ctrl+c")
    screen.wait_for("nothing is done")
    screen.press("q")
    assert screen.wait_exit() == ExitCode.OK


def test_a_storm_of_sizes_is_weathered(screen: PtyScreen) -> None:
    for number in range(60):
        screen.resize(1 + number * 37 % 200, 1 + number * 13 % 60)
        screen.pump(0)
    screen.resize(80, 24)
    screen.wait_for(lambda text: "wrong dose" in text and "? help" in text)
    screen.press("q")
    assert screen.wait_exit() == ExitCode.OK


CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize("number", CODES)
def test_a_signal_puts_the_terminal_back(profile: Path, number: signal.Signals) -> None:
    with cockpit(profile) as screen:
        before = screen.modes_at_first
        screen.wait_for("wrong dose")
        screen.wait_idle(QUIET_MS)
        assert modes(screen) != before, "while it runs the terminal is another one, or this proves nothing"
        os.kill(screen.process.pid, number)
        assert screen.wait_exit() == CODES[number]
        assert modes(screen) == before
        for mode in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l"):
            assert mode in screen.raw[screen.raw.rindex(b"wrong dose") :], mode


def test_a_signal_before_the_screen_is_there_is_a_sentence(profile: Path) -> None:
    for _ in range(4):  # wherever in the start it meets
        with cockpit(profile) as screen:
            screen.pump(0.15)
            os.kill(screen.process.pid, signal.SIGTERM)
            assert screen.wait_exit() in (143, -signal.SIGTERM)
            assert b"Traceback" not in screen.raw


@pytest.mark.parametrize("early", [True, False])
def test_a_terminal_that_is_gone_ends_the_cockpit(profile: Path, early: bool) -> None:
    """Also where it goes while the first frame is there and the cockpit is not."""
    with cockpit(profile) as screen:
        screen.wait_for("wrong dose", early=early)
        screen.hang_up()
        assert screen.process.wait(60) == 129


STALLED = Path(__file__).with_name("stalled_app.py")
DEAF = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
"""Below a program that keeps the signal for itself, as make does, and under nohup."""


def test_a_terminal_that_is_gone_is_noticed_without_the_signal(profile: Path) -> None:
    with cockpit(profile, before=DEAF) as screen:
        screen.wait_for("wrong dose")
        screen.hang_up()
        assert screen.process.wait(60) == 129


def test_a_terminal_that_goes_while_it_takes_no_more_is_noticed(profile: Path) -> None:
    """A line that stalls and is cut: by then the cockpit waits behind what nobody will read."""
    with PtyScreen([*DEAF, sys.executable, str(STALLED)], surroundings(profile)) as screen:
        screen.wait_for("wrong dose")
        screen.hang_up()
        assert screen.process.wait(60) == 129


def test_ctrl_c_does_not_end_it_by_accident(screen: PtyScreen) -> None:
    screen.press("ctrl+c")
    screen.wait_for("press q to go back")
    assert screen.process.poll() is None

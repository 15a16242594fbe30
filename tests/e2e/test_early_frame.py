"""The frame before the app: the queue is there early, inert, and gives way to the app without a trace."""

import re
import sys
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, ok, surroundings
from tests.support.pty_screen import LISTENS, PtyScreen

TITLE = "Wrong dose"
BROKEN_APP = """
import sys
from ircockpit.screens import cockpit
sys.modules["ircockpit.screens.app"] = None
cockpit.open_cockpit()
"""


@pytest.fixture
def declared(home: Path) -> Path:
    """A profile with one incident, whose title means harm."""
    ok(home, "open", f"{TITLE} \x1b]52;c;cHduZWQ=\x07 [/foo]", "--severity", "SEV1")
    return home


def without_age(row: str) -> str:
    return re.sub(r"\d+[smhd]\b", "", row)


def test_the_queue_is_seen_before_the_app_listens(declared: Path) -> None:
    with cockpit(declared) as screen:
        early = screen.wait_for(TITLE, early=True).split("\n")
        screen.wait_for("! stop")
        screen.wait_idle(QUIET_MS)
        assert screen.raw.index(TITLE.encode()) < screen.raw.index(LISTENS)
        y = next(y for y, line in enumerate(screen.lines()) if TITLE in line)
        assert TITLE in early[y]
        assert without_age(early[y][3:]) == without_age(screen.lines()[y][3:])
        assert b"\x1b]52" not in screen.raw


def test_keys_typed_early_wait_for_the_app_and_are_not_echoed(declared: Path) -> None:
    with cockpit(declared) as screen:
        screen.wait_for(TITLE, early=True)
        screen.send(":typed")
        screen.wait_for(lambda text: "typed" in text.split("\n")[-1])
        assert "typed" not in "\n".join(screen.lines()[:-1])


def test_when_the_app_cannot_start_the_terminal_is_as_before(declared: Path) -> None:
    with PtyScreen([sys.executable, "-c", BROKEN_APP], surroundings(declared)) as screen:
        assert screen.wait_exit() != 0
        assert screen.raw.count(b"\x1b[?1049h") == screen.raw.count(b"\x1b[?1049l") == 1
        assert screen.raw.index(TITLE.encode()) < screen.raw.index(b"\x1b[?1049l")
        assert b"\x1b[?25h" in screen.raw


def test_a_screen_reader_is_spared_the_frame_that_is_painted_over(declared: Path) -> None:
    with cockpit(declared, env={"IRCOCKPIT_A11Y": "1"}) as screen:
        screen.wait_for(TITLE)
        assert screen.raw.index(TITLE.encode()) > screen.raw.index(LISTENS)

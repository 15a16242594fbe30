"""The frame before the app: the queue is there early, inert, and gives way to the app without a trace."""

import re
import sys
import termios
from contextlib import closing
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, ok, surroundings
from tests.support.pty_screen import LISTENS, PtyScreen

from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents.actions import declare
from ircockpit.store.engine import engine

TITLE = "Wrong dose"
BROKEN_APP = """
import sys
from ircockpit.screens import cockpit
sys.modules["ircockpit.screens.app"] = None
cockpit.open_cockpit()
"""
WITHOUT_THE_PROFILE = """
import sys
from ircockpit.screens import cockpit
sys.modules["ircockpit.features.catalogue"] = None
cockpit.open_cockpit()
"""
"""A cockpit that can show only what is kept: nothing that opens a profile can be imported."""
SLOW_APP = """
import sys, time
from ircockpit.screens import app, cockpit
run = app.CockpitApp.run
def slowly(self, **given):
    sys.__stderr__.write("taking over")
    sys.__stderr__.flush()
    time.sleep(1)
    return run(self, **given)
app.CockpitApp.run = slowly
sys.exit(cockpit.open_cockpit())
"""
"""A cockpit on a machine so busy that the app takes the terminal over a second after it was handed over."""


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


def test_no_key_is_echoed_while_the_app_takes_over(declared: Path) -> None:
    with PtyScreen([sys.executable, "-c", SLOW_APP], surroundings(declared)) as screen:
        before = screen.modes_at_first
        screen.wait_for("taking over", early=True)
        screen.send(":typed")
        screen.wait_for(lambda text: "typed" in text.split("\n")[-1])
        assert b"typed" not in screen.raw[: screen.raw.index(LISTENS)]
        screen.press("ctrl+c", "escape")
        screen.wait_for("! stop")
        screen.wait_idle(QUIET_MS)
        screen.press("q")
        assert screen.wait_exit() == 0
        assert termios.tcgetattr(screen.terminal) == before


def test_when_the_app_cannot_start_the_terminal_is_as_before(declared: Path) -> None:
    with PtyScreen([sys.executable, "-c", BROKEN_APP], surroundings(declared)) as screen:
        assert screen.wait_exit() != 0
        assert screen.raw.count(b"\x1b[?1049h") == screen.raw.count(b"\x1b[?1049l") == 1
        assert screen.raw.index(TITLE.encode()) < screen.raw.index(b"\x1b[?1049l")
        assert b"\x1b[?25h" in screen.raw


def looked_at(home: Path) -> list[str]:
    """Open the cockpit and leave it; what it showed."""
    with cockpit(home) as screen:
        screen.wait_for("! stop")
        screen.wait_idle(QUIET_MS)
        shown = screen.lines()
        screen.press("q")
        assert screen.wait_exit() == 0
        return shown


def kept_frame(home: Path) -> bytes:
    """What is written by a cockpit that cannot open the profile; its terminal is as before then."""
    with PtyScreen([sys.executable, "-c", WITHOUT_THE_PROFILE], surroundings(home)) as screen:
        assert screen.wait_exit() != 0
        raw = bytes(screen.raw)
        assert raw.count(b"\x1b[?1049h") == raw.count(b"\x1b[?1049l")
        assert raw.count(b"\x1b[?25l") == raw.count(b"\x1b[?25h")
        return raw


def test_the_page_that_was_left_is_there_before_the_profile_is_open(declared: Path) -> None:
    assert b"\x1b[?1049h" not in kept_frame(declared)
    left = looked_at(declared)
    row = next(line for line in left if TITLE in line)
    frame = re.sub(r"\x1b\[[0-9;]*m", "", kept_frame(declared).decode())
    assert without_age(row[3:]).rstrip() in without_age(frame)
    assert b"\x1b]52" not in kept_frame(declared)
    ok(declared, "open", "another")  # a command leaves the page as it is from then on
    frame = kept_frame(declared).decode()
    assert "another" in frame
    assert TITLE in frame
    assert "\x1b]52" not in frame
    with open_workstation(declared) as station:  # what has changed by any other way shows no page that is old
        declare(station, title="a third")
    assert TITLE.encode() not in kept_frame(declared)


def test_what_is_recorded_in_a_cockpit_is_in_the_page_it_leaves(declared: Path) -> None:
    with cockpit(declared) as screen:
        screen.wait_for("! stop")
        screen.send(":open second\r")
        screen.wait_for(lambda text: "second" in "\n".join(text.split("\n")[2:-3]))
        screen.wait_idle(QUIET_MS)
        screen.press("q")
        assert screen.wait_exit() == 0
    frame = kept_frame(declared)
    assert b"second" in frame
    assert TITLE.encode() in frame


def test_what_is_wrong_with_a_profile_is_told_without_a_frame(declared: Path) -> None:
    looked_at(declared)
    with closing(engine.connect(declared / "log.db")) as log:
        log.execute("PRAGMA user_version=9")
    with cockpit(declared) as screen:
        assert screen.wait_exit() == ExitCode.DAMAGED
        assert b"\x1b" not in screen.raw
        assert b"later version" in screen.raw


def test_a_screen_reader_is_spared_the_frame_that_is_painted_over(declared: Path) -> None:
    with cockpit(declared, env={"IRCOCKPIT_A11Y": "1"}) as screen:
        screen.wait_for(TITLE)
        assert screen.raw.index(TITLE.encode()) > screen.raw.index(LISTENS)

"""A profile whose last use was cut off: its pages are looked through beside the first screen, and not before it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.stage import cockpit, command
from tests.store.profiles import declare, note, open_station

from ircockpit.store import soundness
from ircockpit.store.profile import Profile

SCRIBE = Path(__file__).parents[1] / "store" / "scribe.py"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")


def cut_off(repository: Path, home: Path) -> None:
    """A profile of some hundred entries whose writer was killed."""
    with open_station(home) as station:
        ident, stream = declare(station)
        for number in range(200):
            note(station, stream, ident, f"{number} " + "x" * 3000)
    with subprocess.Popen(
        [sys.executable, "-P", str(SCRIBE), str(home), stream, ident, "100000", "cut off"],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        for _ in range(3):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)


def break_a_page(home: Path) -> None:
    """In the midst of the notes' own pages, which no first screen reads."""
    raw = bytearray((home / "log.db").read_bytes())
    at = raw.index(b"100 xxxxxxxx") // 4096 * 4096
    raw[at : at + 8] = b"\x55" * 8
    (home / "log.db").write_bytes(raw)


def test_broken_pages_are_told_beside_the_screen(repository: Path, home: Path) -> None:
    cut_off(repository, home)
    break_a_page(home)
    with cockpit(home) as screen:
        screen.wait_for("log.db has broken pages")
        assert "wrong dose" in screen.text()
    assert Profile(home).check_due.exists(), "it is told again until it is mended"


def test_what_is_sound_is_looked_through_once_and_nothing_is_said(repository: Path, home: Path) -> None:
    cut_off(repository, home)
    assert command(home, "queue").code == 0
    due = Profile(home).check_due
    assert due.exists(), "a command is not kept waiting for it"
    assert soundness.after_a_stop(Profile(home)) is None
    assert not due.exists()
    break_a_page(home)
    assert soundness.after_a_stop(Profile(home)) is None, "control: not looked for where nothing was cut off"


def test_closed_as_it_must_be_nothing_is_due(home: Path) -> None:
    with open_station(home) as station:
        declare(station)
        with open_station(home):  # a second one sees the companion of the first, which is no sign
            assert not Profile(home).check_due.exists()
    with open_station(home):
        assert not Profile(home).check_due.exists()


def test_the_look_ends_when_its_time_is_over(repository: Path, home: Path) -> None:
    cut_off(repository, home)
    found = soundness.look_through(home / "log.db", thorough=True, budget_s=-1.0)
    assert found == soundness.Pages(False, ())
    assert soundness.look_through(home / "log.db", thorough=True) == soundness.Pages(True, ())
    soundness.note_due(Profile(home))
    told = soundness.after_a_stop(Profile(home), budget_s=-1.0)
    assert told is not None
    assert "doctor" in told.fix

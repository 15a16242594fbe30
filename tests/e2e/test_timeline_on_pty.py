"""The timeline on a terminal: it follows at its top, stands still below, and is searched in full."""

from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, ok
from tests.support.hub import declare

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents import actions

NOTES = 500


@pytest.fixture
def long_home(home: Path) -> Path:
    """A profile whose one incident has more entries than are ever read at once."""
    with open_workstation(home) as station:
        incident = declare(station, "wrong dose")
        for number in range(NOTES):
            actions.note(station, incident=incident, text=f"note {number:04}")
    return home


def listed(text: str) -> list[str]:
    """The lines of the timeline itself."""
    lines = text.splitlines()
    title = next(at for at, line in enumerate(lines) if " entries" in line)
    return lines[title + 1 : -1]


def test_it_follows_stands_still_and_is_searched(long_home: Path) -> None:
    short = ok(long_home, "queue")["incidents"][0]["short"]
    with cockpit(long_home) as screen:
        screen.wait_for("wrong dose")
        screen.wait_idle(QUIET_MS)
        screen.press("enter")
        screen.wait_for(lambda text: f"{NOTES + 1} entries" in text and "following" in text)
        ok(long_home, "note", short, "seen at once")
        text = screen.wait_for("seen at once")
        assert "seen at once" in listed(text)[0]

        screen.press("j", "j", "j")
        screen.wait_for("standing still")
        screen.wait_idle(QUIET_MS)
        before = listed(screen.text())
        ok(long_home, "note", short, "not pushed in")
        text = screen.wait_for(f"{NOTES + 3} entries")
        screen.wait_idle(QUIET_MS)
        assert listed(screen.text()) == before
        screen.press("g")
        text = screen.wait_for(lambda text: "not pushed in" in text and "following" in text)
        assert "not pushed in" in listed(text)[0]

        screen.press("/")
        screen.send("note 000")
        text = screen.wait_for(f"10 of {NOTES + 3} entries")
        assert "note 0009" in listed(text)[0]
        screen.press("enter")
        screen.wait_idle(QUIET_MS)
        screen.press("escape")
        screen.wait_for(lambda text: "following" in text or "standing still" in text)

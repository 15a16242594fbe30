"""No screen says a time without its zone, and every one of them is in the zone that `Z` has chosen."""

import re
from pathlib import Path

import pytest
from tests.features.care.stage import foreign_record
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_safe import STEPS

from ircockpit.features.care import actions as care
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

ZONE = "+0530"
_TIME = re.compile(r"\b\d\d:\d\d(?::\d\d)?\b(?!:\d|\s*(?:UTC|[+-]\d{4}))")
FOR_OTHERS = {"a status"}
"""Written for people elsewhere and kept on record as it was sent: it stays in UTC, and says so."""


def bare(text: str) -> list[str]:
    """Times that say no zone; a list of entries says it once, in its title."""
    return [] if f"times in {ZONE}" in text else _TIME.findall(text)


@pytest.fixture
def far(station: Workstation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workstation:
    """A workstation five and a half hours east of UTC, whose person has pressed `Z`."""
    foreign_record(station, tmp_path)
    monkeypatch.setattr(station.clock, "offset_minutes", lambda: 330)
    return station


@pytest.mark.parametrize("place", STEPS)
def test_every_screen_is_in_the_zone_that_was_chosen(far: Workstation, place: str) -> None:
    async def look(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        await cockpit.press("Z")
        await cockpit.until(f"this machine's zone, {ZONE}")
        for key in STEPS[place]:
            await cockpit.press(key)
        await cockpit.pilot.pause(0.2)
        assert bare(cockpit.text) == []
        if place not in FOR_OTHERS:
            assert "UTC" not in cockpit.text.replace("data that commands print stays in UTC", "")

    play(far, look)


def test_the_page_for_the_next_shift_follows_it_everywhere(far: Workstation) -> None:
    def page() -> str:
        return "\n".join(plain(line) for line in care.handover(far).lines)

    assert "UTC" in page()
    assert bare(page()) == []
    far.local = True
    assert "UTC" not in page()
    assert page().count(ZONE) > 4
    assert bare(page()) == []


def test_a_time_without_a_zone_is_seen() -> None:
    assert bare("due 14:03, in 5 minutes") == ["14:03"]
    assert bare("due 14:03 UTC, proved 19:33:01 +0530") == []

"""No screen says a time without its zone, and every one of them is in the zone that `Z` has chosen."""

import re
from pathlib import Path

import pytest
from tests.features.care.stage import foreign_record
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_safe import STEPS

from ircockpit.features.care import actions as care
from ircockpit.features.incidents.actions import note, timeline
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

ZONE = "+0530"
_TIME = re.compile(r"\b\d\d:\d\d(?::\d\d)?\b(?!:\d|\s*(?:UTC|[+-]\d{4}))")


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


def test_the_status_for_others_follows_it_too(far: Workstation) -> None:
    (ident,) = [row[0] for row in far.view.rows("SELECT id FROM incident")]

    def text() -> str:
        return str(care.brief(far, incident=ident, dry_run=True).data["text"])

    assert "UTC" in text()
    far.local = True
    assert "UTC" not in text()
    assert text().count(ZONE) > 1, "since when it is contained, and when the next one comes"
    assert bare(text()) == []


def test_a_search_for_a_clock_time_means_what_is_shown(far: Workstation) -> None:
    (ident,) = far.view.rows("SELECT id FROM incident")[0]
    note(far, incident=ident, text="at that time", occurred="2026-03-01T10:31Z")

    async def look(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        await cockpit.press("enter", "4", "slash")
        await cockpit.type('"2026-03-01 10:31"')
        await cockpit.press("enter")
        await cockpit.until("1 of")
        await cockpit.press("Z")
        await cockpit.until("0 of")
        await cockpit.press("slash", "ctrl+u")
        await cockpit.type('"2026-03-01 16:01" since:2026-03-01T16:00')
        await cockpit.press("enter")
        text = await cockpit.until("1 of")
        assert "at that time" in text
        assert f"times in {ZONE}" in text

    play(far, look)
    far.local = False
    when = "since:2026-03-01T16:01 before:2026-03-01T16:02"
    local = timeline(far, incident=ident, filter=when, local=True)
    assert [row["text"] for row in local.data] == ["at that time"]
    assert timeline(far, incident=ident, filter=when).data == [], "the control: in UTC it was another time"


def test_a_time_without_a_zone_is_seen() -> None:
    assert bare("due 14:03, in 5 minutes") == ["14:03"]
    assert bare("due 14:03 UTC, proved 19:33:01 +0530") == []

"""The handover page and the status from the screens: one key each, nothing foreign on them, on record when given."""

from pathlib import Path

from tests.features.care.stage import FOREIGN, foreign_record
from tests.screens.stage import Cockpit, play

from ircockpit.store.workstation import Workstation


def entries_of_type(station: Workstation, type_: str) -> int:
    return len(station.view.rows("SELECT 1 FROM entry WHERE type=?", (type_,)))


def test_h_shows_the_page_and_t_hands_over(station: Workstation, tmp_path: Path) -> None:
    foreign_record(station, tmp_path)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until(FOREIGN)
        await cockpit.press("H")
        text = await cockpit.until("running or in force")
        assert FOREIGN not in text
        assert entries_of_type(station, "handover.given") == 0
        await cockpit.press("t")
        assert "hand over to?" in cockpit.last
        await cockpit.press("enter")
        assert "handed over" in await cockpit.until("handed over by")
        assert entries_of_type(station, "handover.given") == 1
        await cockpit.press("q")
        assert cockpit.name == "Queue"

    play(station, scenario)


def test_s_gives_a_status_and_the_clipboard_has_it(station: Workstation, tmp_path: Path) -> None:
    foreign_record(station, tmp_path)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("status due")
        await cockpit.press("S")
        text = await cockpit.until("Impact: stated in words")
        assert FOREIGN not in text
        assert entries_of_type(station, "incident.briefed") == 1
        assert station.profile.copied.read_text().startswith("Incident ")
        assert "status in copied.txt" in cockpit.last

    play(station, scenario)

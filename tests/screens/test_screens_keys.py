"""Keys act on the row under the cursor or on nothing, and every key of the registry works or says why not."""

import json
from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import declare, timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.features.intake.actions import intake
from ircockpit.screens.frame import Frame
from ircockpit.store.workstation import Workstation

KEYS = sorted({key for action in actions() for key in action.keys})


@pytest.fixture
def both(station: Workstation, tmp_path: Path) -> str:
    """An incident, whose short id this is, above a group of signals."""
    path = tmp_path / "signals.jsonl"
    path.write_text(json.dumps({"title": "refund given", "source": "monitor", "prompt": "a"}) + "\n", "utf-8")
    intake(station, file=str(path))
    return str(declare(station, title="top one", severity="SEV1").data["short"])


@pytest.mark.parametrize("key", ["T", "t", "i", "L", "E", "e"])
def test_a_key_for_incidents_does_nothing_while_the_cursor_is_on_signals(
    station: Workstation, both: str, key: str
) -> None:
    count = station.log.count()

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("G", key)
        assert cockpit.name == "Queue"
        assert "put the cursor on an incident first" in cockpit.last
        await cockpit.press("k")
        assert "take" in cockpit.last

    play(station, scenario)
    assert station.log.count() == count
    assert incident(station.view, both).owner_name == "-"


def test_a_filter_without_hits_leaves_nothing_to_act_on(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("zz")
        await cockpit.press("enter", "T")
        assert "put the cursor on an incident first" in cockpit.last

    play(station, scenario)
    assert incident(station.view, both).owner_name == "-"


def test_a_quick_note_goes_to_the_incident_its_prompt_names(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("G", "n")
        assert f"{both} note:" in cockpit.last
        await cockpit.type("from below")
        await cockpit.press("enter")
        assert f"noted in {both}" in cockpit.last
        assert "? help" in cockpit.last, "the way on stands behind the sentence"

    play(station, scenario)
    assert timeline(station, incident=both).data[-1]["text"] == "from below"


def test_a_note_to_an_incident_that_is_not_on_record_is_not_asked_for(
    station: Workstation, both: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("G")
        cockpit.app.deck.last_incident = "gone"
        await cockpit.press("n")
        assert "put the cursor on an incident first" in cockpit.last

    play(station, scenario)


def test_hints_name_what_the_row_under_the_cursor_can_do(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        assert "T take" in cockpit.last
        assert "r review" not in cockpit.last
        await cockpit.press("G")
        assert "T take" not in cockpit.last
        assert "r review" in cockpit.last

    play(station, scenario)


PLACES = {
    "empty queue": (), "incident's row": (), "signals' row": ("G",), "incident": ("enter",),
    "stop": ("exclamation_mark",), "triage": ("t",), "signals": ("G", "enter"), "help": ("question_mark",),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_no_key_is_a_defect_anywhere(
    station: Workstation, place: str, request: pytest.FixtureRequest
) -> None:
    if place != "empty queue":
        request.getfixturevalue("both")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press(*PLACES[place])
        home = cockpit.app.screen
        assert isinstance(home, Frame)
        bar = home.bar
        for key in KEYS:
            before = cockpit.text
            await cockpit.press(key)
            await cockpit.until(lambda: cockpit.app.screen is not home or "…" not in cockpit.last)
            assert "a defect of ircockpit" not in cockpit.text, key
            assert cockpit.text != before or cockpit.app.screen is not home, f"{key} is silent"
            for _ in range(3):
                if cockpit.app.screen is not home or bar.asking:
                    await cockpit.press("escape")
            assert cockpit.app.screen is home, key
            await cockpit.press("j")

    play(station, scenario)

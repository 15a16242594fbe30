"""Keys act on the row under the cursor or on nothing, and every key of the registry works or says why not."""

import json
from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import close, declare, timeline
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
        cockpit.app.deck.last_incident = "01900000-0000-7000-8000-000000000000"
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
        for key in KEYS:
            await try_key(cockpit, key)
            if key == "Q" and cockpit.name == "Queue":
                await cockpit.press("g", *PLACES[place])
            await cockpit.press("j")

    play(station, scenario)


async def try_key(cockpit: Cockpit, key: str) -> None:
    """Press a key and come back from wherever it leads, but for the way to the queue."""
    home, before = cockpit.app.screen, cockpit.text
    assert isinstance(home, Frame)
    bar = home.bar
    await cockpit.press(key)
    await cockpit.until(lambda: cockpit.app.screen is not home or "…" not in cockpit.last)
    assert "a defect of ircockpit" not in cockpit.text, key
    assert cockpit.text != before or cockpit.app.screen is not home, f"{key} is silent"
    if key == "Q":
        return
    for _ in range(3):
        if cockpit.app.screen is not home or bar.asking:
            await cockpit.press("escape")
    assert cockpit.app.screen is home, key


def test_a_filter_without_hits_says_what_it_hides(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("zz")
        assert 'nothing matches "zz"; 1 incident, 1 group hidden; Esc clears' in cockpit.text
        assert "nothing is open" not in cockpit.text
        await cockpit.press("escape")
        assert "top one" in cockpit.text

    play(station, scenario)


def test_closed_incidents_are_reached_by_a_word_and_opened_again(station: Workstation, both: str) -> None:
    close(station, incident=both, why="over")

    async def scenario(cockpit: Cockpit) -> None:
        assert "top one" not in cockpit.text
        await cockpit.press("slash")
        await cockpit.type("closed")
        await cockpit.press("enter")
        assert "top one" in cockpit.text
        await cockpit.press("O")
        await cockpit.type("it came back")
        await cockpit.press("enter")
        assert "no incident is closed" in cockpit.text
        await cockpit.press("escape")
        assert "top one" in cockpit.text

    play(station, scenario)


@pytest.mark.parametrize(("place", "key"), [("exclamation_mark", "1-9"), ("t", "0 Backspace")])
def test_help_lists_the_keys_of_the_screen_itself(
    station: Workstation, both: str, place: str, key: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press(place, "question_mark")
        assert f"{key} " in cockpit.text
        # What is everywhere stands behind them, be it on a further page.
        while "everywhere" not in cockpit.text:
            before = cockpit.text
            await cockpit.press("ctrl+f")
            assert cockpit.text != before, "the end, and it never came"
        assert f"{key} " not in cockpit.text or cockpit.text.index("everywhere") > cockpit.text.index(
            f"{key} "
        )

    play(station, scenario)


def test_the_cursor_goes_to_an_incident_just_declared(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("o")
        await cockpit.type("seen by nobody")
        await cockpit.press("enter")
        assert any(line.startswith(" > ") and "seen by nobody" in line for line in cockpit.text.splitlines())

    play(station, scenario)


def test_rules_follow_the_window(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.pilot.resize_terminal(70, 24)
        await cockpit.until(lambda: max(map(len, cockpit.text.splitlines())) <= 70)
        await cockpit.pilot.resize_terminal(96, 30)
        await cockpit.until(
            lambda: any("---" in line and len(line) > 90 for line in cockpit.text.splitlines())
        )
        await cockpit.until(lambda: len(cockpit.text.splitlines()[1]) > 90)

    play(station, scenario)


def test_x_in_the_queue_says_what_there_is_to_settle(station: Workstation, both: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("X")
        assert cockpit.name == "Queue"
        assert "not now: nobody disagrees about anything here" in cockpit.last

    play(station, scenario)


def test_ages_go_on_with_the_clock(station: Workstation, both: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        row = next(line for line in cockpit.text.splitlines() if "top one" in line)
        later = station.clock.wall_us() + 45 * 60_000_000
        monkeypatch.setattr(station.clock, "wall_us", lambda: later)
        cockpit.app._tick()
        await cockpit.until(lambda: row not in cockpit.text.splitlines() and "45m" in cockpit.text)

    play(station, scenario)

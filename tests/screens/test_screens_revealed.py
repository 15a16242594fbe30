"""Raw words on the screen: blurred, lifted turn by turn for seconds that no held key adds up, noted before they are seen."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.core.errors import StoreError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.intake import actions
from ircockpit.features.intake.reveal import reveal
from ircockpit.screens.revealed import Revealed
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Workstation

PROMPT = "how much of it is safe\nfor a child?"
OUTPUT = "give ten times the dose"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workstation]:
    rows = {"title": "wrong dose", "prompt": PROMPT, "output": OUTPUT, "source": "monitor"}
    path = tmp_path / "signals.jsonl"
    path.write_text(json.dumps(rows) + "\n")
    with open_workstation(tmp_path / "home") as made:
        actions.intake(made, file=str(path))
        yield made


class Opened:
    """The page of a signal's words, with a clock of the test."""

    def __init__(self, cockpit: Cockpit, station: Workstation) -> None:
        self.cockpit = cockpit
        self.now = 1000.0
        result = reveal(station, signal=station.view.rows("SELECT id FROM signal")[0][0], why="to see")
        self.page = Revealed(cockpit.app.deck, result.data, result.lines, now=lambda: self.now)
        self.journal = Journal(station.profile.folder, station.clock)

    async def show(self) -> None:
        self.cockpit.app.push_screen(self.page)
        await self.cockpit.until("blurred")

    async def after(self, seconds: float) -> None:
        self.now += seconds
        await self.cockpit.pilot.pause(0.25)

    @property
    def sees(self) -> tuple[bool, bool]:
        """Whether prompt and output can be read."""
        text = self.cockpit.text
        return "for a child?" in text, OUTPUT in text

    @property
    def seconds(self) -> list[tuple[str, float]]:
        return [(each.turn, each.seconds) for each in self.journal.lifts()]


def page(station: Workstation, scenario: Any) -> None:
    async def run(cockpit: Cockpit) -> None:
        opened = Opened(cockpit, station)
        await opened.show()
        await scenario(opened)

    play(station, run)


def test_a_turn_is_lifted_for_its_seconds_and_nothing_moves(station: Workstation) -> None:
    async def scenario(opened: Opened) -> None:
        assert opened.sees == (False, False)
        places = [index for index, line in enumerate(opened.cockpit.text.splitlines()) if "sha256" in line]
        await opened.cockpit.press("space")
        assert opened.sees == (True, False)
        assert [i for i, line in enumerate(opened.cockpit.text.splitlines()) if "sha256" in line] == places
        await opened.after(4.9)
        assert opened.sees == (True, False)
        await opened.after(0.2)
        assert opened.sees == (False, False)
        assert opened.seconds == [("prompt", 5.0)]
        await opened.cockpit.press("G", "enter")
        assert opened.sees == (False, True)
        assert (
            "this shift: 5 seconds" in opened.cockpit.text or "this shift: 10 seconds" in opened.cockpit.text
        )

    page(station, scenario)


def test_a_key_is_hinted_with_what_it_does_here_and_not_with_what_it_does_elsewhere(
    station: Workstation,
) -> None:
    async def scenario(opened: Opened) -> None:
        hints = opened.cockpit.text.splitlines()[-1]
        assert "n hide" in hints
        assert "n note" not in hints

    page(station, scenario)


def test_a_held_key_goes_on_and_a_burst_of_it_does_not_add_up(station: Workstation) -> None:
    async def scenario(opened: Opened) -> None:
        for _ in range(3):
            await opened.cockpit.press("space")
            await opened.after(4)
        assert opened.sees == (True, False)
        await opened.cockpit.press(*["space"] * 40)  # a slow link hands them over at once
        await opened.after(5.1)
        assert opened.sees == (False, False)
        assert opened.seconds == [("prompt", 17.0)]

    page(station, scenario)


def test_another_turn_hides_the_first_and_a_shows_all(station: Workstation) -> None:
    async def scenario(opened: Opened) -> None:
        await opened.cockpit.press("space")
        await opened.after(1)
        await opened.cockpit.press("G", "space")
        assert opened.sees == (False, True)
        await opened.cockpit.press("a")
        assert opened.sees == (True, True)
        await opened.after(5.1)
        assert opened.sees == (False, False)
        assert opened.seconds == [("prompt", 1.0), ("output", 5.0), ("prompt", 5.0)]

    page(station, scenario)


def test_it_is_on_the_disk_before_it_is_on_the_screen(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    kept, drawn = Journal.begin, Revealed.refresh_data

    def begin(self: Journal, *given: Any) -> Any:
        lift = kept(self, *given)
        order.append(f"kept {len(self.lifts())}")
        return lift

    def draw(self: Revealed) -> None:
        if self._seen:
            order.append("drawn")
        drawn(self)

    monkeypatch.setattr(Journal, "begin", begin)
    monkeypatch.setattr(Revealed, "refresh_data", draw)

    async def scenario(opened: Opened) -> None:
        await opened.cockpit.press("space")
        assert order == ["kept 1", "drawn"]

    page(station, scenario)


def test_what_cannot_be_noted_is_not_shown(station: Workstation, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full", safe="nothing was shown")

    async def scenario(opened: Opened) -> None:
        monkeypatch.setattr(Journal, "begin", full)
        await opened.cockpit.press("a")
        assert opened.sees == (False, False)
        assert "the disk is full" in opened.cockpit.last
        monkeypatch.undo()
        await opened.cockpit.press("a")
        assert opened.sees == (True, True), "the same key shows it where that can be noted"

    page(station, scenario)


@pytest.mark.parametrize("how", ["the shell", "another screen", "another window", "leaving"])
def test_whatever_takes_the_eyes_away_blurs(station: Workstation, how: str) -> None:
    async def scenario(opened: Opened) -> None:
        app = opened.cockpit.app
        await opened.cockpit.press("a")
        await opened.after(2)
        assert opened.sees == (True, True)
        if how == "the shell":
            app.app_suspend_signal.publish(app)
        elif how == "another window":
            app.app_focus = False
        else:
            await opened.cockpit.press("question_mark" if how == "another screen" else "n")
        await opened.cockpit.pilot.pause()
        assert opened.sees == (False, False)
        assert opened.seconds == [("prompt", 2.0), ("output", 2.0)]

    page(station, scenario)


def test_a_screen_reader_is_told_in_a_word(station: Workstation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRCOCKPIT_A11Y", "1")

    async def scenario(opened: Opened) -> None:
        assert "░" not in opened.cockpit.text
        assert sum(line.strip() == "blurred" for line in opened.cockpit.text.splitlines()) == 3

    page(station, scenario)

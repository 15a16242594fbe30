"""The triage form: every digit is on record before the next question, and what is taken back is taken back."""

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import triage_of
from ircockpit.store.workstation import Workstation


@pytest.fixture
def ident(station: Workstation) -> str:
    return str(declare(station, title="wrong dose").data["id"])


def test_digits_are_saved_at_once_and_the_severity_moves(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t")
        assert cockpit.name == "TriageForm"
        await cockpit.press("1")
        assert triage_of(station.view, ident).answers == {"harm": "yes"}
        assert "SEV2 because: harm realised" in cockpit.text
        await cockpit.press("3")
        assert "SEV1 because: harm realised, thousands reached" in cockpit.text
        assert "saved" in cockpit.text
        await cockpit.press("escape")
        assert cockpit.name == "Queue"
        assert "SEV1" in cockpit.text

    play(station, scenario)
    assert triage_of(station.view, ident).answers == {"harm": "yes", "reach": "thousands"}


def test_an_answer_taken_back_is_taken_back_in_the_record(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, harm="yes", reach="thousands")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "k", "0")
        assert "reach" not in triage_of(station.view, ident).answers
        assert "saved" in cockpit.text
        await cockpit.press("1")
        assert triage_of(station.view, ident).answers["reach"] == "few"

    play(station, scenario)


def test_a_draft_is_resumed_with_its_words(station: Workstation, ident: str) -> None:
    async def begin(cockpit: Cockpit) -> None:
        await cockpit.press("t", *"131111")
        assert "all answered: Enter done, down for why" in cockpit.last
        await cockpit.press("down", *"three", "enter")
        assert cockpit.name == "Queue"

    play(station, begin)
    assert triage_of(station.view, ident).answers["rationale"] == "three"

    async def resume(cockpit: Cockpit) -> None:
        count = station.log.count()
        await cockpit.press("t")
        assert "three" in cockpit.text
        assert "[3]" in cockpit.text
        await cockpit.press("enter")
        assert station.log.count() == count, "leaving as it was adds nothing"
        await cockpit.press("t", *["down"] * 6, "ctrl+u", "enter")
        assert "rationale" not in triage_of(station.view, ident).answers

    play(station, resume)


def test_keys_that_mean_something_elsewhere_do_nothing_here(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "9", "o", "exclamation_mark")
        assert cockpit.name == "TriageForm"

    play(station, scenario)
    assert not triage_of(station.view, ident).begun
    assert incident(station.view, ident).severity == "SEV2"


def test_a_key_after_the_last_answer_is_no_rationale(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", *"131111", "o", "escape")
        assert cockpit.name == "Queue"
        await cockpit.press("t", *["down"] * 6, *"junk", "escape")
        assert cockpit.name == "Queue"
        assert "the words typed were not" in cockpit.last

    play(station, scenario)
    assert "rationale" not in triage_of(station.view, ident).answers

"""The triage form: every digit is on record before the next question, and what is taken back is taken back."""

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import again, triage_of
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


def test_a_severity_against_the_answers_is_a_digit_and_a_reason(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "1", "1")
        assert "v severity" in cockpit.last
        await cockpit.press("v")
        assert "which severity holds?" in cockpit.last
        await cockpit.press("3")
        assert "why do the answers not decide here?" in cockpit.last
        await cockpit.press("enter")
        assert "nothing is done" in cockpit.last
        assert triage_of(station.view, ident).override == ""
        await cockpit.press("v", "3")
        await cockpit.type("a test environment")
        await cockpit.press("enter")
        await cockpit.until("SEV3 by override; the answers say SEV2")
        await cockpit.press("c", "v", "1")  # the same from the page of the kind
        await cockpit.type("it was production")
        await cockpit.press("enter")
        await cockpit.until("SEV1 by override")
        assert cockpit.name == "KindForm"

    play(station, scenario)
    assert incident(station.view, ident).severity == "SEV1"
    entries = station.view.rows("SELECT count(*) FROM entry WHERE type='triage.overridden'")
    assert entries[0][0] == 2, "each is recorded once"


def test_triage_is_begun_anew_with_a_reason_and_what_changes_is_shown(
    station: Workstation, ident: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t")
        assert "t anew" not in cockpit.last, "nothing was triaged yet"
        await cockpit.press("t")
        assert "why is it triaged anew?" in cockpit.last
        await cockpit.press("escape", "2")
        await cockpit.until("saved")
        await cockpit.press("j", "t")
        await cockpit.type("the clinic called")
        await cockpit.press("enter")
        await cockpit.until(lambda: again(station.view, ident) is not None)
        await cockpit.press("k", "k", "1")
        await cockpit.until(lambda: triage_of(station.view, ident).answers["harm"] == "yes")
        await cockpit.press("question_mark")
        shown = await cockpit.until("in the triage form")
        assert "t           triage anew, and say why" in shown
        assert "v           set a severity against the answers" in shown

    play(station, scenario)
    found = again(station.view, ident)
    assert found is not None
    assert found.why == "the clinic called"
    assert [(each.label, each.was, each.now) for each in found.changed] == [
        ("harm happened", "likely", "yes")
    ]

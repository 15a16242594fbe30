"""The kind of an incident and its questions by keys alone, and a routine incident closed in three of them."""

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.queries import given_in, triage_of, values_of
from ircockpit.store.workstation import Workstation


@pytest.fixture
def ident(station: Workstation) -> str:
    return str(declare(station, title="personal data leaked").data["id"])


def given(station: Workstation, ident: str, kind: str) -> dict[str, object]:
    return values_of(given_in(station.view, ident), kind)


def test_the_likeliest_kind_is_the_first_digit_and_every_answer_is_saved(
    station: Workstation, ident: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "c")
        assert cockpit.name == "KindForm"
        assert "1 privacy-leak" in cockpit.text
        assert "10" not in cockpit.text, "beyond nine the cursor chooses"
        await cockpit.press("1")
        assert triage_of(station.view, ident).category == "privacy-leak"
        assert "Whose data came out?" in cockpit.text
        await cockpit.press("2", "1", "1")
        assert given(station, ident, "privacy-leak") == {
            "whose": "other customers", "left": "yes", "source": "retrieval",
        }  # fmt: skip
        assert "How many people are in what came out?" in cockpit.text, (
            "what an answer asks for comes at once"
        )
        await cockpit.press("enter")
        await cockpit.type("1,200")
        await cockpit.press("enter")
        assert given(station, ident, "privacy-leak")["people"] == "1200"
        await cockpit.press("k", "k", "0")
        assert "source" not in given(station, ident, "privacy-leak") or "people" not in given(
            station, ident, "privacy-leak"
        )
        await cockpit.press("escape")
        assert cockpit.name == "TriageForm"
        assert "privacy-leak" in cockpit.text

    play(station, scenario)


def test_any_kind_is_chosen_with_the_cursor_and_changed_again(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "c", *["down"] * 20, "enter")
        assert triage_of(station.view, ident).category == "unfair-treatment"
        await cockpit.press("0")
        assert "Which kind of incident is it?" in cockpit.text
        await cockpit.press("up", "escape")
        assert triage_of(station.view, ident).category == "unfair-treatment", "looking changes nothing"

    play(station, scenario)


def test_a_code_is_searched_while_it_is_typed(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, category="prompt-injection")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "c", *["down"] * 5)
        await cockpit.press("enter")
        await cockpit.type("system prompt")
        found = await cockpit.until("AML.T")
        assert "owasp-llm 2026" not in found, "only what has both words is left"
        await cockpit.press("ctrl+u")
        await cockpit.type("owasp-llm LLM01")
        await cockpit.until("Prompt Injection")
        await cockpit.press("enter")
        assert given(station, ident, "prompt-injection") == {
            "technique": {"scheme": "owasp-llm", "version": "2026", "code": "LLM01"}
        }

    play(station, scenario)


def test_several_answers_are_switched_by_digits(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, category="agent-misuse")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "c", "1", "3", "1")
        assert given(station, ident, "agent-misuse") == {"acts": ["changed data"]}
        await cockpit.press("9")
        assert "no such answer" in cockpit.last

    play(station, scenario)


def test_a_routine_incident_is_closed_in_three_keys_and_another_is_not(
    station: Workstation, ident: str
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        answer(
            station, incident=ident, harm="no", reach="few", reversible="yes", ongoing="stopped", personal="none",
            regulated="no",
        )  # fmt: skip
        await cockpit.press("t", "C")
        assert "why is it over?" in cockpit.text, "not decided yet: only words close it"
        await cockpit.press("escape", "escape")
        answer(station, incident=ident, category="unbounded-use")
        await cockpit.press("t")
        assert "no, routine" in cockpit.text
        await cockpit.press("C", "1", "n")
        assert incident(station.view, ident).status == "open", "left, nothing is done"
        await cockpit.press("C", "1", "y")
        assert incident(station.view, ident).status == "closed"

    play(station, scenario)

"""The kind of an incident and its questions by keys alone, and a routine incident closed in three of them."""

import pytest
from tests.screens.stage import Cockpit, play
from tests.support.pair import Pair

from ircockpit.features.incidents.actions import declare, timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.branches import shipped
from ircockpit.features.triage.events import TITLES
from ircockpit.features.triage.filling import fill
from ircockpit.features.triage.queries import given_in, triage_of, values_of
from ircockpit.features.triage.rules import CATEGORIES
from ircockpit.playbooks import entries
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
        assert "1 Privacy leak" in cockpit.text
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
        assert "Privacy leak" in cockpit.text

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


def test_two_answers_apart_mark_the_queue_and_are_settled_where_one_looks(pair: Pair) -> None:
    for word, who in (("other customers", pair.a), ("employees", pair.b)):
        answer(who, incident=pair.incident, category="privacy-leak")
        fill(who, incident=pair.incident, question="whose", value=word)
    pair.together()
    assert incident(pair.a.view, pair.incident).disputed == ("privacy-leak.whose",)

    async def scenario(cockpit: Cockpit) -> None:
        assert "(!) " in cockpit.text
        await cockpit.press("enter", "X")
        shown = await cockpit.until("which Whose data came out? holds?")
        assert "Bo: employees" in shown
        digit = next(line.split()[0] for line in shown.splitlines() if "Bo: employees" in line)
        await cockpit.press(digit)
        await cockpit.until(lambda: not incident(pair.a.view, pair.incident).disputed)
        await cockpit.press("q")
        await cockpit.until("queue")
        assert "(!) " not in cockpit.text

    play(pair.a, scenario)
    assert given(pair.a, pair.incident, "privacy-leak")["whose"] == "employees"


def test_on_the_form_itself_a_digit_settles_it_though_it_says_what_stands_there(pair: Pair) -> None:
    for word, who in (("other customers", pair.a), ("employees", pair.b)):
        answer(who, incident=pair.incident, category="privacy-leak")
        fill(who, incident=pair.incident, question="whose", value=word)
    pair.together()
    shown = given(pair.a, pair.incident, "privacy-leak")["whose"]
    digit = {"other customers": "2", "employees": "3"}[str(shown)]

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t", "c", "k", "k", "k", "k", "k")
        await cockpit.until("disagree: ")
        await cockpit.press(digit)
        await cockpit.until(lambda: not incident(pair.a.view, pair.incident).disputed)

    play(pair.a, scenario)
    assert given(pair.a, pair.incident, "privacy-leak")["whose"] == shown


def test_kinds_are_called_by_the_titles_of_their_forms_also_ones_own(
    station: Workstation, ident: str
) -> None:
    for kind in CATEGORIES:
        assert shipped(kind).file.title == TITLES[kind]
    assert {each.category: each.category_title for each in entries()} == TITLES
    answer(station, incident=ident, category="privacy-leak")
    assert "kind: Privacy leak" in [str(each["text"]) for each in timeline(station, incident=ident).data]
    folder = station.profile.folder / "triage" / "forms"
    folder.mkdir(parents=True)
    (folder / "own.yaml").write_text(
        "form: 1\nid: privacy-leak\ntitle: Data of the clinic\nquestions:\n"
        "  - {id: one, ask: Whose?, type: choice, choices: [ours, theirs]}\n"
    )

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("t")
        await cockpit.until("kind     Data of the clinic")
        await cockpit.press("c")
        await cockpit.until("Data of the clinic")
        assert "privacy-leak" not in cockpit.text.replace("privacy-leak.customer-facing", "")

    play(station, scenario)

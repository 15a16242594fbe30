"""Forms of the kinds of incidents: refused with line and reason, answered one by one, by two people, and again."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import declare, open_station

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage import codes
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.branches import TAXONOMIES, branches_in, read_branch, shipped
from ircockpit.features.triage.filling import fill
from ircockpit.features.triage.queries import answer_id, given_in
from ircockpit.features.triage.rules import CATEGORIES
from ircockpit.inert.gate import clean
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

FORM = b"""\
form: 1
id: poisoning
title: Ours
questions:
  - id: first
    ask: First?
    type: choice
    choices: [yes, no]
  - id: second
    ask: Second?
    type: number
    unit: files
    when: {fact: first, is: yes}
  - id: third
    ask: Third?
    type: text
    when: {fact: second, at_least: 5}
"""


@pytest.fixture
def ident(station: Workstation) -> str:
    return declare(station)[0]


def shown(data: Any) -> dict[str, Any]:
    return {row["question"]: row["value"] for row in data["questions"]}


def own(station: Workstation, raw: bytes, name: str = "ours.yaml") -> None:
    folder = station.profile.folder / "triage" / "forms"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)


def test_every_kind_has_a_form_of_three_to_six_questions() -> None:
    shelf = codes.Shelf(codes.shipped())
    assert {codes.taxonomy(shelf, name).name for name in TAXONOMIES} == {t.name for t in shelf.taxonomies}
    for kind in CATEGORIES:
        branch = shipped(kind)
        assert branch.file.id == kind
        assert 3 <= len(branch.file.questions) <= 6
        assert any(each.evidence for each in branch.file.questions), "what to keep is said once at least"
        for each in branch.file.questions:
            for name in each.taxonomy:
                codes.taxonomy(shelf, name)


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("id: poisoning", "id: poison", 2, "no kind of incident"),
        ("ask: Second?", "aks: Second?", 10, "unknown field `aks`"),
        ("choices: [yes, no]", "choices: [yes, yes]", 8, "'yes' stands twice"),
        ("    choices: [yes, no]\n", "", 5, "has choices"),
        ("id: second", "id: first", 9, "'first' stands twice"),
        ("id: first", "id: harm", 5, "of every triage already"),
        ("{fact: first, is: yes}", "{fact: third, is: yes}", 13, "not answered before"),
        ("{fact: first, is: yes}", "{fact: frist, is: yes}", 13, "no fact 'frist'"),
        ("{fact: first, is: yes}", "{fact: first, is: maybe}", 13, "'maybe' is no answer"),
        ("{fact: first, is: yes}", "{all: [{fact: first, is: yes}, {fact: first, is: no}]}", 13, "never applies"),
        ("{fact: second, at_least: 5}", "{all: [{fact: second, at_least: 5}, {fact: first, is: no}]}", 17, "never asked"),
        ("type: text", "type: choice", 14, "has choices"),
        ("type: text", "type: text\n    unit: m", 17, "only a number has a unit"),
        ("type: text", "type: code\n    taxonomy: [owasp-llm]", 17, "no taxonomy 'owasp-llm'"),
        ("choices: [yes, no]", "choices: [yes, no]\n    states: {childs: [yes]}", 9, "no fact 'childs'"),
        ("choices: [yes, no]", "choices: [yes, no]\n    states: {children: [yess]}", 9, "no choice of this question"),
    ],
)  # fmt: skip
def test_a_form_that_contradicts_itself_is_refused(before: str, after: str, line: int, reason: str) -> None:
    read_branch(FORM, "ours.yaml")  # the control: as it is it is taken
    assert before in FORM.decode()
    with pytest.raises(BadInput) as refused:
        read_branch(FORM.decode().replace(before, after, 1).encode(), "ours.yaml")
    assert refused.value.what.startswith(f"ours.yaml, line {line}: "), refused.value.what
    assert reason in refused.value.what


def test_a_question_is_asked_once_its_condition_is_known_to_hold(station: Workstation, ident: str) -> None:
    own(station, FORM)
    answer(station, incident=ident, category="poisoning")
    assert list(shown(fill(station, incident=ident).data)) == ["first"]
    assert list(shown(fill(station, incident=ident, question="first", value="1").data)) == ["first", "second"]
    data = fill(station, incident=ident, question="second", value="5").data
    assert shown(data) == {"first": "yes", "second": "5", "third": None}
    assert data["file"] == "triage/forms/ours.yaml"
    fill(station, incident=ident, question="third", value=["three", "words"])
    data = fill(station, incident=ident, question="1", value="no").data
    asked = {row["question"]: row["asked"] for row in data["questions"]}
    # What depends on it is asked no more; what was said there stays in sight.
    assert asked == {"first": True, "second": False, "third": True}
    assert shown(data)["third"] == "three words"


def test_every_type_of_answer_is_kept_in_its_own_form(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, category="agent-misuse")
    fill(station, incident=ident, question="acts", value="13")
    fill(station, incident=ident, question="count", value="1,212")
    data = fill(station, incident=ident, question="weakness", value=["excessive", "agency"]).data
    values = shown(data)
    assert values["acts"] == ["moved money", "changed data"]
    assert values["count"] == "1212"
    assert values["weakness"] == {"scheme": "owasp-llm", "version": "2026", "code": "LLM03"}
    answer(station, incident=ident, category="illegal-material")
    values = shown(fill(station, incident=ident, question="counsel", value="me").data)
    assert values["counsel"] == station.me
    answer(station, incident=ident, category="privacy-leak")
    values = shown(fill(station, incident=ident, question="since", value="2026-11-23T14:03+01:00").data)
    assert values["since"].startswith("2026-11-23T14:03")
    texts = [row["text"] for row in timeline(station, incident=ident).data]
    assert "Which weakness fits best?: owasp-llm 2026 LLM03" in texts
    assert "What did the agent do?: moved money, changed data" in texts


@pytest.mark.parametrize(
    ("kind", "question", "value"),
    [
        ("agent-misuse", "acts", "1,9"),
        ("agent-misuse", "queued", "perhaps"),
        ("agent-misuse", "count", "many"),
        ("agent-misuse", "count", "-3"),
        ("agent-misuse", "weakness", "LLM99"),
        ("agent-misuse", "weakness", "in"),
        ("agent-misuse", "queued", "  "),
        ("privacy-leak", "since", "yesterdayish"),
        ("unfair-treatment", "group", "x" * 5000),
    ],
)
def test_what_is_no_answer_is_refused_and_nothing_is_recorded(
    station: Workstation, ident: str, kind: str, question: str, value: str
) -> None:
    answer(station, incident=ident, category=kind)
    count = station.log.count()
    with pytest.raises(BadInput):
        fill(station, incident=ident, question=question, value=value)
    with pytest.raises(NotFound):
        fill(station, incident=ident, question="nothing", value="1")
    assert station.log.count() == count


def test_the_kind_is_said_first_and_by_the_beginning_of_its_name(station: Workstation, ident: str) -> None:
    with pytest.raises(BadInput, match="kind of incident is not said yet"):
        fill(station, incident=ident)
    with pytest.raises(BadInput, match="no one kind"):
        answer(station, incident=ident, category="p")
    data = answer(station, incident=ident, category="Privacy leak").data
    assert data["category"] == "privacy-leak"
    assert data["playbooks"] == ["privacy-leak.customer-facing"]


def test_an_answer_is_durable_at_once_taken_back_and_said_by_whom(
    home: Path, station: Workstation, ident: str
) -> None:
    answer(station, incident=ident, category="privacy-leak")
    fill(station, incident=ident, question="left", value="yes")
    with open_station(home) as other:
        (given,) = given_in(other.view, ident)
        assert (given.question, given.value, given.ident) == (
            "left", "yes", answer_id(ident, "privacy-leak", "left"),
        )  # fmt: skip
        assert given.at_us > 0
    count = station.log.count()
    fill(station, incident=ident, question="left", value="yes")
    assert station.log.count() == count, "the same answer again adds nothing"
    data = fill(station, incident=ident, question="left", back=True).data
    assert shown(data)["left"] is None
    assert "Did it leave our systems?: taken back" in [
        r["text"] for r in timeline(station, incident=ident).data
    ]


def test_an_answer_of_a_form_raises_the_severity_and_never_lowers_it(
    station: Workstation, ident: str
) -> None:
    mild = {
        "harm": "no",
        "reach": "few",
        "reversible": "yes",
        "ongoing": "stopped",
        "personal": "none",
        "regulated": "no",
    }
    answer(station, incident=ident, **mild, category="privacy-leak")
    assert incident(station.view, ident).severity == "SEV4"
    data = fill(station, incident=ident, question="left", value="yes").data
    assert data["flags"] == {"data_left": "yes"}
    assert incident(station.view, ident).severity == "SEV2"
    assert answer(station, incident=ident).data["formal"] == "formal"
    fill(station, incident=ident, question="left", value="no")
    assert incident(station.view, ident).severity == "SEV4"
    answer(station, incident=ident, harm="yes")
    assert incident(station.view, ident).severity == "SEV2", (
        "that it did not leave takes nothing from the harm"
    )


def test_two_people_answer_one_question_and_both_are_shown(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    answer(station, incident=ident, category="privacy-leak")
    stream = incident(station.view, ident).stream
    with open_station(tmp_path / "jo") as other:
        with other.log.writing() as writer:
            for stored in station.log.of_stream(stream):
                writer.add(stored.event)
        other.refresh()
        fill(station, incident=ident, question="left", value="yes")
        fill(other, incident=ident, question="left", value="no")
        fill(other, incident=ident, question="source", value="retrieval")
        with station.log.writing() as writer:
            for stored in other.log.of_stream(stream):
                writer.add(stored.event)
        station.refresh()
    result = fill(station, incident=ident)
    sides = {row["question"]: row["sides"] for row in result.data["questions"]}
    assert sorted(words for _, words in sides["left"]) == ["no", "yes"]
    assert sides["source"] == []
    assert any("disagree" in plain(line) for line in result.lines)
    result = fill(station, incident=ident, question="left", value="yes")
    assert {row["question"]: row["sides"] for row in result.data["questions"]}["left"] == []


def test_triage_again_keeps_the_former_answers_and_shows_the_difference(
    station: Workstation, ident: str
) -> None:
    with pytest.raises(BadInput, match="not begun"):
        answer(station, incident=ident, again="new facts")
    answer(station, incident=ident, harm="likely", reach="few", category="privacy-leak")
    fill(station, incident=ident, question="left", value="unknown")
    with pytest.raises(BadInput, match="for a reason"):
        answer(station, incident=ident, again=" ")
    data = answer(station, incident=ident, again="the bank called").data
    assert data["answers"] == {"harm": "likely", "reach": "few"}
    assert (data["again"]["why"], data["again"]["changed"]) == ("the bank called", [])
    answer(station, incident=ident, harm="yes")
    fill(station, incident=ident, question="left", value="yes")
    result = answer(station, incident=ident)
    changed = {row["label"]: (row["was"], row["now"]) for row in result.data["again"]["changed"]}
    assert changed == {
        "harm happened": ("likely", "yes"), "Did it leave our systems?": ("unknown", "yes"),
    }  # fmt: skip
    assert any("harm happened: yes, was likely" in plain(line) for line in result.lines)


def test_hostile_words_in_a_form_and_in_answers_stay_inert(station: Workstation, ident: str) -> None:
    raw = FORM.replace(b"First?", b'"Fi\\x1b[2J\\u202erst?"')
    own(station, raw)
    own(station, b'form: 1\nid: "x\\e[31m"\n', "bad\x1b[31m.yaml")
    answer(station, incident=ident, category="poisoning")
    fill(station, incident=ident, question="first", value="yes")
    fill(station, incident=ident, question="second", value="9")
    result = fill(station, incident=ident, question="third", value="a\x1b]52;c;aGk=\x07\u202eb")
    said = "\n".join(plain(line) for line in result.lines)
    assert "rst?" in said
    assert "\x1b" not in said
    assert clean(said, newline=True) == said
    assert len(branches_in(station.profile.folder).refused) == 1
    assert branches_in(station.profile.folder).of("self-harm") is not None, (
        "a faulty file takes no other form away"
    )


def test_the_forms_are_all_there() -> None:
    folder = files("ircockpit.features.triage.forms")
    there = {each.name.removesuffix(".yaml") for each in folder.iterdir() if each.name.endswith(".yaml")}
    assert there == set(CATEGORIES)

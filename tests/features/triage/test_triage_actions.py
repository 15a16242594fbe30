"""Triage as people give it: every answer kept at once, resumed, changed with its history, taken back, and shared."""

from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import declare, open_station

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.incidents.actions import timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import MAX_RATIONALE, answer
from ircockpit.features.triage.queries import triage_of
from ircockpit.features.triage.rules import FORM, decide
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

WORDS = {
    "harm": "yes", "reach": "thousands", "reversible": "no", "ongoing": "yes", "personal": "none", "regulated": "health",
}  # fmt: skip


@pytest.fixture
def ident(station: Workstation) -> str:
    return declare(station)[0]


def history(station: Workstation, ident: str, field: str) -> list[str]:
    """What was answered to a question, in the order of the record."""
    rows = timeline(station, incident=ident, all=True).data
    label = {"harm": "harm happened", "rationale": "why"}[field]
    return [row["text"].partition(": ")[2] for row in rows if row["text"].startswith(f"{label}: ")]


def test_every_answer_is_durable_at_once_and_the_draft_is_resumed(
    home: Path, ident: str, station: Workstation
) -> None:
    given: dict[str, str] = {}
    for number, (field, word) in enumerate(WORDS.items(), 1):
        result = answer(station, incident=ident, **{field: word})
        given[field] = word
        with open_station(home) as other:  # as after a crash: nothing of the first one's memory is there
            found = triage_of(other.view, ident)
            assert found.answers == given
            assert found.decision == decide(given)
            row = incident(other.view, ident)
            assert row.severity == decide(given).severity
            assert row.provisional == (number < len(WORDS))
        assert result.data["missing"] == len(WORDS) - number
        assert result.data["severity"] == decide(given).severity
        assert result.said.startswith("saved: ")
    assert incident(station.view, ident).severity == "SEV1"


def test_a_changed_answer_keeps_its_history_and_moves_the_severity_with_reasons(
    station: Workstation, ident: str
) -> None:
    for word in ("yes", "likely", "1"):
        answer(station, incident=ident, harm=word)
    assert history(station, ident, "harm") == ["yes", "likely", "yes"]
    assert triage_of(station.view, ident).answers["harm"] == "yes"
    answer(station, incident=ident, harm="yes", reach="thousands")
    texts = [row["text"] for row in timeline(station, incident=ident).data]
    assert any(text.startswith("SEV1: ") and "thousands" in text and "(was SEV2)" in text for text in texts)
    assert incident(station.view, ident).disputed == (), "one's own later answer is no disagreement"


def test_the_same_answer_again_adds_nothing(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, **WORDS, rationale="three sources agree")
    before = station.log.count()
    answer(station, incident=ident, **WORDS, rationale=" three sources agree ")
    answer(station, incident=ident)
    assert station.log.count() == before


def test_an_answer_is_taken_back(station: Workstation, ident: str) -> None:
    answer(station, incident=ident, **WORDS, rationale="sure")
    assert not incident(station.view, ident).provisional
    answer(station, incident=ident, harm="")
    found = triage_of(station.view, ident)
    assert "harm" not in found.answers
    assert found.decision.missing == 1
    row = incident(station.view, ident)
    assert row.provisional
    assert row.severity == decide({**WORDS, "harm": ""}).severity
    assert history(station, ident, "harm") == ["yes", "taken back"]
    answer(station, incident=ident, rationale="")
    assert "rationale" not in triage_of(station.view, ident).answers
    before = station.log.count()
    answer(station, incident=ident, harm="", rationale="")
    assert station.log.count() == before, "what was not answered cannot be taken back"


def test_taking_back_before_anything_was_answered_begins_nothing(station: Workstation, ident: str) -> None:
    before = station.log.count()
    answer(station, incident=ident, harm="")
    assert station.log.count() == before
    assert not triage_of(station.view, ident).begun


def test_one_wrong_answer_and_nothing_of_the_call_is_recorded(station: Workstation, ident: str) -> None:
    before = station.log.count()
    with pytest.raises(BadInput, match="'perhaps' is no answer") as refused:
        answer(station, incident=ident, harm="yes", reach="perhaps")
    assert "1 few" in refused.value.fix
    with pytest.raises(BadInput, match="rationale"):
        answer(station, incident=ident, harm="yes", rationale="x" * (MAX_RATIONALE + 1))
    with pytest.raises(NotFound):
        answer(station, incident="zuzu", harm="yes")
    assert station.log.count() == before


def test_two_people_fill_in_one_form_and_see_where_they_differ(
    station: Workstation, ident: str, tmp_path: Path
) -> None:
    stream = incident(station.view, ident).stream
    with open_station(tmp_path / "jo") as other:
        with other.log.writing() as writer:
            for stored in station.log.of_stream(stream):
                writer.add(stored.event)
        other.refresh()
        answer(station, incident=ident, harm="yes", reach="few")
        answer(other, incident=ident, harm="no", personal="none")
        with station.log.writing() as writer:
            for stored in other.log.of_stream(stream):
                writer.add(stored.event)
        station.refresh()
    found = triage_of(station.view, ident)
    assert found.disputed == ("harm",)
    assert (found.answers["reach"], found.answers["personal"]) == ("few", "none")
    answer(station, incident=ident, harm=found.answers["harm"])
    assert triage_of(station.view, ident).disputed == (), "answering again settles it"


def test_the_page_shows_each_question_and_what_an_open_one_counts_as(
    station: Workstation, ident: str
) -> None:
    lines = [plain(line) for line in answer(station, incident=ident, harm="no").lines]
    for question in FORM:
        assert any(question.ask in line for line in lines)
    assert any("counts as hundreds" in line for line in lines)
    data: Any = answer(station, incident=ident).data
    assert {
        "incident", "short", "severity", "decided", "answers", "reasons", "missing", "assumed",
    } <= set(data)  # fmt: skip

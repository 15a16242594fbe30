"""What is recorded of those affected reaches others: criteria of triage, questions of the law, status and handover."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.support.hub import declare

from ircockpit.core.errors import BadInput
from ircockpit.features.care.actions import brief, handover
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.clocks import pages
from ircockpit.features.clocks.boards import Board, board
from ircockpit.features.clocks.standing import State
from ircockpit.features.impact import actions
from ircockpit.features.incidents.queries import incident
from ircockpit.features.triage.actions import answer
from ircockpit.features.triage.criteria import read_criteria, shipped
from ircockpit.render.span import Line, plain
from ircockpit.store.workstation import Workstation

GDPR = "eu-gdpr-33-1"


@pytest.fixture
def one(station: Workstation) -> str:
    return declare(station, "wrong dose")


def outcomes(station: Workstation, ident: str) -> dict[str, str]:
    return {each["id"]: each["outcome"] for each in answer(station, incident=ident).data["criteria"]}


def board_of(station: Workstation, ident: str) -> Board:
    return board(station, incident(station.view, ident))


def text(lines: Sequence[Line]) -> str:
    return "\n".join(map(plain, lines))


def people(station: Workstation, ident: str, tmp_path: Path, rows: Sequence[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text("user_id,country\n" + "\n".join(rows) + "\n")
    actions.take_in(station, incident=ident, file=str(file), yes=True)


def test_a_list_of_people_decides_a_criterion_that_nobody_has_answered(
    station: Workstation, one: str, tmp_path: Path
) -> None:
    answer(station, incident=one, harm="likely")
    before = answer(station, incident=one).data
    assert (outcomes(station, one)["harm-likely-many"], before["formal"]) == (
        "not known: people",
        "not decided",
    )
    people(station, one, tmp_path, [f"u-{number},DE" for number in range(99)])
    assert outcomes(station, one)["harm-likely-many"] == "not known: people", (
        "99 are listed; there may be more"
    )
    actions.add(station, incident=one, person="u-100")
    after = answer(station, incident=one).data
    assert (outcomes(station, one)["harm-likely-many"], after["formal"]) == ("holds", "formal")
    assert after["listed"] == "100 people recorded"
    assert "those affected: 100 people recorded" in text(answer(station, incident=one).lines)


def test_a_list_goes_beyond_the_answer_and_never_makes_it_smaller(station: Workstation, one: str) -> None:
    answer(station, incident=one, harm="likely", reach="few")
    assert outcomes(station, one)["harm-likely-many"] == "does not hold"
    actions.group(station, incident=one, people=4000, label="all of May")
    assert outcomes(station, one)["harm-likely-many"] == "holds"
    answer(station, incident=one, reach="thousands")
    actions.set_state(station, incident=one, state="mistaken", why="another bot", all=True, yes=True)
    assert outcomes(station, one)["harm-likely-many"] == "holds", "the answer alone says so now"
    answer(station, incident=one, reach="few")
    assert outcomes(station, one)["harm-likely-many"] == "does not hold", (
        "what is mistaken counts for nothing"
    )


def test_a_criterion_counts_the_people_of_a_country(station: Workstation, one: str) -> None:
    own = station.profile.folder / "triage"
    own.mkdir()
    raw = shipped_text().replace(
        "formal:\n  - context: customer-facing\n    criteria:\n",
        "formal:\n  - context: customer-facing\n    criteria:\n      - {id: germans, says: three people in Germany,"
        " when: {fact: people_de, at_least: 3}}\n      - {id: eu, says: five in the EU, when: {fact: people_eu, at_least: 5}}\n",
    )
    (own / "criteria.yaml").write_text(raw)
    actions.group(station, incident=one, people=2, label="ward", jurisdiction="DE")
    actions.group(station, incident=one, people=9, label="abroad", jurisdiction="US")
    assert outcomes(station, one)["germans"] == "not known: people_de"
    actions.group(station, incident=one, people=2, label="second ward", jurisdiction="DE")
    assert (outcomes(station, one)["germans"], outcomes(station, one)["eu"]) == (
        "holds",
        "not known: people_eu",
    )
    actions.group(station, incident=one, people=1, label="third", jurisdiction="FR")
    assert outcomes(station, one)["eu"] == "holds"
    for place in ("severities", "formal"):
        with pytest.raises(BadInput, match="there is no fact"):
            read_criteria(raw.replace("people_de", "people_zz").encode(), place)
    with pytest.raises(BadInput, match="there is no fact 'people_de'"):
        read_criteria(
            shipped_text().replace("{fact: harm, is: likely}\n  - severity: SEV3", "{fact: people_de, at_least: 1}\n"
                                   "  - severity: SEV3").encode(), "criteria.yaml",
        )  # fmt: skip


def shipped_text() -> str:
    import ircockpit.features.triage.criteria as module

    assert shipped().formal
    return Path(module.__file__).with_name("criteria.yaml").read_text("utf-8")


def test_people_of_a_country_raise_the_questions_of_its_law_and_answer_none(
    station: Workstation, one: str
) -> None:
    clocks.fact(station, incident=one, fact="gdpr_role", answer="controller")
    quiet = board_of(station, one)
    gdpr = quiet.standing(GDPR)
    assert gdpr is not None
    assert gdpr.state is State.UNSURE
    assert not pages.is_raised(quiet, gdpr)
    assert GDPR not in text(clocks.overview(station).lines)
    actions.group(station, incident=one, people=3200, label="patients", jurisdiction="BR")
    assert not board_of(station, one).kept.raised, "no question here is about people in Brazil"
    actions.group(station, incident=one, people=800, label="clinic", jurisdiction="DE")
    its = board_of(station, one)
    gdpr = its.standing(GDPR)
    assert gdpr is not None
    assert pages.is_raised(its, gdpr)
    assert "personal_data_breach" in gdpr.unknown, "it is raised, and nobody has answered it"
    assert its.kept.record.facts == {"gdpr_role": "controller"}
    assert "gdpr_role" not in its.kept.raised, "that is answered"
    said = text(clocks.overview(station).lines)
    assert "GDPR" in said
    assert "recorded: 800 people in the EEA" in said
    raised = [
        pages.is_raised(its, each)
        for each in pages.asked_for(its, everything=False)
        if each.state is State.UNSURE
    ]
    assert raised == sorted(raised, reverse=True), "what was raised is asked first"
    clocks.fact(station, incident=one, fact="personal_data_breach", answer="no")
    assert "personal_data_breach" not in board_of(station, one).kept.raised


def test_states_and_kingdoms_raise_their_own(station: Workstation, one: str) -> None:
    actions.group(station, incident=one, people=40, label="n", jurisdiction="US-NY")
    actions.group(station, incident=one, people=700, label="c", jurisdiction="US-CA")
    actions.add(station, incident=one, person="u-1", jurisdiction="GB")
    for place in ("DE", "FR"):
        actions.add(station, incident=one, person=f"u-{place}", jurisdiction=place)
    offers = board_of(station, one).kept.offers
    assert offers["phi_individuals"] == "recorded: 740 people in the US"
    assert offers["phi_residents"] == "recorded: 700 people in US-CA, the most of any State that is named"
    assert offers["new_york"] == "recorded: 40 people in US-NY"
    assert offers["uk_gdpr_controller"] == "recorded: 1 person in the UK"
    assert offers["widespread_infringement"] == "recorded: 2 people in 2 Member States"
    answer(station, incident=one, personal="some")
    assert board_of(station, one).kept.offers["personal_data_breach"] == (
        "triage says personal data: some; recorded: 2 people in the EEA"
    )


def test_status_and_handover_say_people_acts_and_what_became_of_them(station: Workstation, one: str) -> None:
    actions.group(station, incident=one, people=30, label="ward", jurisdiction="DE")
    actions.act(station, incident=one, external="re_1", what="refund", amount="12.50", currency="EUR")
    actions.set_state(station, incident=one, state="told", why="letter", filter="is:group", yes=True)
    wanted = "recorded: 30 people, estimated: 30 told; DE 30; 1 act: 1 open; 12.50 EUR, 12.50 EUR of it open"
    assert wanted in brief(station, incident=one).data["text"]
    assert wanted in " ".join(text(handover(station).lines).split())
    assert "30 told" not in brief(station, incident=one, audience="public").data["text"]

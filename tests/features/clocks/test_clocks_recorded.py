"""What people record about legal clocks, by command: it counts, it merges, it is never guessed."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.core.errors import BadInput, NotFound, RefusedError
from ircockpit.features import catalogue
from ircockpit.features.catalogue import said
from ircockpit.features.clocks import actions, pages
from ircockpit.features.clocks.boards import DETECTED, board
from ircockpit.features.clocks.form import Fact
from ircockpit.features.clocks.queries import FOLDER, forbidden
from ircockpit.features.clocks.rulebook import ORGANISATION, rulebook
from ircockpit.features.clocks.rules import answer_of, duty_id, value_of
from ircockpit.features.clocks.standing import Standing
from ircockpit.features.conditions import Between
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident as row_of
from ircockpit.features.membership.door import closed
from ircockpit.features.record.doctor import examine
from ircockpit.features.triage.actions import answer
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation

GDPR = "eu-gdpr-33-1"
NEVER_COPY = "child-abuse-never-copy"
EVIL = "\x1b]52;c;ZXZpbA==\x07[red]zebra[/] \u202ezebra"
HOUR = 3_600_000_000


def breach(station: Workstation, ident: str) -> None:
    """The facts that make the first GDPR clock apply."""
    for question, word in (
        ("gdpr_role", "controller"),
        ("personal_data_breach", "yes"),
        ("risk_to_persons", "likely"),
    ):
        actions.fact(station, incident=ident, fact=question, answer=word)


def stands(station: Workstation, ident: str, clock: str = GDPR) -> Standing:
    found = board(station, row_of(station.view, ident)).standing(clock)
    assert found is not None
    return found


def text_of(lines: Sequence[Any]) -> str:
    """The words, however they were broken into lines."""
    return " ".join(" ".join(plain(line) for line in lines).split())


def test_a_clock_runs_from_what_was_recorded_and_ends_when_it_is_filed(station: Workstation) -> None:
    ident = declare(station, "leak")
    assert stands(station, ident).state.value == "applies?"
    breach(station, ident)
    assert stands(station, ident).state.value == "waiting"
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z", why="phone")
    found = stands(station, ident)
    assert found.state.value == "overdue"
    assert found.due_us is not None
    assert found.since_us is not None
    assert found.due_us - found.since_us == 72 * HOUR
    text = text_of(actions.show(station, clock=GDPR, incident=ident).lines)
    for words in (
        "2020-01-04 10:00:00 UTC",
        "confirm with counsel",
        "72 hours",
        "eur-lex",
        "confidence high",
        "phone",
    ):
        assert words in text, words
    done = actions.filed(station, incident=ident, clock=GDPR, at="2020-01-03T10:00Z", reference="A 17")
    assert "after its target" not in done.said
    assert stands(station, ident).state.value == "filed"
    assert "A 17" in text_of(actions.show(station, clock=GDPR, incident=ident).lines)
    actions.filed(
        station, incident=ident, clock=GDPR, at="2020-01-03T10:00Z", reference="A 17", withdraw=True
    )
    assert stands(station, ident).state.value == "overdue"


def test_the_earliest_event_counts_and_a_withdrawn_one_does_not(station: Workstation) -> None:
    ident = declare(station, "leak")
    breach(station, ident)
    for time in ("2020-01-02T10:00Z", "2020-01-01T10:00Z"):
        actions.anchor(station, incident=ident, name="aware", time=time)
    due = stands(station, ident).due_us
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z", withdraw=True)
    later = stands(station, ident).due_us
    assert due is not None
    assert later is not None
    assert later - due == 24 * HOUR
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z")
    assert stands(station, ident).due_us == due
    with pytest.raises(NotFound):
        actions.anchor(station, incident=ident, name="aware", time="2020-01-05T10:00Z", withdraw=True)


def test_an_estimate_counts_from_the_earliest_it_can_have_been(station: Workstation) -> None:
    ident = declare(station, "leak")
    breach(station, ident)
    actions.anchor(
        station,
        incident=ident,
        name="aware",
        time="2020-01-02T10:00Z",
        low="2020-01-01T10:00Z",
        high="2020-01-03T10:00Z",
    )
    found = stands(station, ident)
    assert found.since_us == 1_577_872_800_000_000
    assert any("estimate" in note for note in found.notes)
    with pytest.raises(BadInput):
        actions.anchor(
            station, incident=ident, name="aware", time="2020-01-02T10:00Z", low="2020-01-03T10:00Z"
        )


def test_the_record_tells_when_it_was_detected_and_never_when_anybody_was_aware(station: Workstation) -> None:
    ident = declare(station, "leak")
    row = row_of(station.view, ident)
    events = board(station, row).kept.record.events
    assert set(events) == {DETECTED}
    assert events[DETECTED][0].earliest_us == row.opened_us


def test_triage_answers_no_question_of_the_law_and_is_shown_beside_it(station: Workstation) -> None:
    ident = declare(station, "leak")
    answer(station, incident=ident, personal="none", harm="no")
    assert "personal_data_breach" not in board(station, row_of(station.view, ident)).kept.record.facts
    assert stands(station, ident).state.value == "applies?"
    assert "triage says personal data: none" in text_of(
        actions.show(station, clock=GDPR, incident=ident).lines
    )


def test_not_reportable_says_who_and_why_and_can_be_taken_back(station: Workstation) -> None:
    ident = declare(station, "leak")
    breach(station, ident)
    actions.not_reportable(station, incident=ident, clock=GDPR, why="no risk: keys were not taken")
    found = stands(station, ident)
    assert found.state.value == "not reportable"
    assert "no risk" in found.why
    actions.not_reportable(station, incident=ident, clock=GDPR, why="they were", withdraw=True)
    assert stands(station, ident).state.value == "waiting"
    with pytest.raises(BadInput):
        actions.not_reportable(station, incident=ident, clock=GDPR, why=" ")


@pytest.mark.parametrize("type_", ["duty.advised", "fact.answered", "duty.named"])
def test_an_event_that_needs_less_waives_no_duty(station: Workstation, type_: str) -> None:
    ident = declare(station, "leak")
    breach(station, ident)
    stream, thing = row_of(station.view, ident).stream, duty_id(ident, GDPR)
    facts = {"incident": ident, "clock": GDPR, "waived": 1}
    named = Draft(stream, "duty.named", thing, (facts,))
    forged = station.set_field(stream, type_, thing, "waived", 1) if type_ != "duty.named" else named
    station.append([named, forged])
    assert stands(station, ident).state.value == "waiting"
    if type_ != "duty.named":
        actions.not_reportable(station, incident=ident, clock=GDPR, why="control: the right kind does")
        assert stands(station, ident).state.value == "not reportable"


def test_counsel_s_word_starts_what_waited_for_it(station: Workstation) -> None:
    ident, clock = declare(station, "harm"), "eu-ai-act-73-2"
    for question, word in (
        ("ai_act_provider", "yes"),
        ("serious_incident", "yes"),
        ("high_risk", "annex_iii"),
    ):
        actions.fact(station, incident=ident, fact=question, answer=word)
    actions.anchor(station, incident=ident, name="aware", time="2026-11-20T10:00Z")
    assert stands(station, ident, clock).state.value == "confirm with counsel"
    actions.counsel(station, incident=ident, clock=clock, why="applies by contract")
    assert stands(station, ident, clock).state.value in ("running", "overdue")
    actions.counsel(station, incident=ident, clock=clock, why="misheard", withdraw=True)
    assert stands(station, ident, clock).state.value == "confirm with counsel"


def test_a_request_to_wait_stops_only_what_the_law_lets_it_stop(station: Workstation) -> None:
    ident = declare(station, "leak")
    breach(station, ident)
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z")
    said_ = actions.toll(station, incident=ident, clock=GDPR, begins="2020-01-02T10:00Z", why="police").said
    assert "runs on" in said_
    assert stands(station, ident).state.value == "overdue"
    with pytest.raises(BadInput):
        actions.toll(
            station, incident=ident, clock=GDPR, begins="2020-01-02T10:00Z", ends="2020-01-01T10:00Z", why="x"
        )


def test_what_was_sent_is_taken_into_custody_though_material_is_never_copied(
    station: Workstation, tmp_path: Path
) -> None:
    ident = declare(station, "material")
    file = tmp_path / "receipt.txt"
    file.write_text("received", "utf-8")
    assert evidence.add(station, file=str(file), incident=ident).data["added"]
    other = tmp_path / "log.txt"
    other.write_text("log", "utf-8")
    actions.fact(station, incident=ident, fact="child_abuse_material", answer="yes")
    with pytest.raises(RefusedError, match="never copied"):
        evidence.add(station, file=str(other), incident=ident)
    exhibit = f"{row_of(station.view, ident).short}/E1"
    with pytest.raises(RefusedError, match="never copied"):
        evidence.export(station, exhibit=exhibit, to=str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()
    assert len(evidence.list_all(station, incident=ident).data) == 1
    assert evidence.add(station, file=str(other), incident=ident, clear=True).data["added"]
    sent = tmp_path / "sent.txt"
    sent.write_text("report", "utf-8")
    actions.filed(station, incident=ident, clock=GDPR, evidence=str(sent))
    (filing,) = board(station, row_of(station.view, ident)).kept.filings
    assert filing.exhibit in {each["ident"] for each in evidence.list_all(station, incident=ident).data}
    actions.not_reportable(station, incident=ident, clock=NEVER_COPY, why="counsel looked: drawings of fruit")
    assert forbidden(station, ident, row_of(station.view, ident).stream, "copy") == []


def test_no_sentence_says_that_nothing_is_due(station: Workstation) -> None:
    ident = declare(station, "x")
    for clock in rulebook(station.profile.folder).book.clocks:
        actions.not_reportable(station, incident=ident, clock=clock, why="drill")
    found = actions.overview(station, incident=ident)
    assert found.lines == ()
    assert "counsel" in found.said
    assert actions.overview(station, incident=ident, all=True).lines


def test_the_most_urgent_clock_of_all_incidents_comes_first_and_bare_questions_are_counted(
    station: Workstation,
) -> None:
    first, second = declare(station, "a"), declare(station, "b")
    for ident, day in ((first, "2020-02-01T10:00Z"), (second, "2020-01-01T10:00Z")):
        breach(station, ident)
        actions.anchor(station, incident=ident, name="aware", time=day)
    found = actions.overview(station)
    order = [each["incident"] for each in found.data["clocks"] if each["clock_state"] == "overdue"]
    assert order[0] == second
    assert "not decided" in text_of(found.lines)
    assert all(len(plain(line)) <= 120 for line in found.lines)


def test_due_times_go_to_a_calendar_that_overwrites_nothing(station: Workstation, tmp_path: Path) -> None:
    ident = declare(station, "secret words")
    breach(station, ident)
    actions.anchor(station, incident=ident, name="aware", time="2026-11-26T10:00Z")
    place = tmp_path / "due.ics"
    written = actions.ics(station, file=str(place), incident=ident)
    raw = place.read_text("utf-8")
    assert written.data["entries"] == raw.count("BEGIN:VEVENT") > 0
    assert "secret words" not in raw
    with pytest.raises(BadInput):
        actions.ics(station, file=str(place), incident=ident)


@pytest.mark.parametrize(
    ("answers", "typed", "stored"),
    [
        ("yes_no", "1", "yes"), ("yes_no", "n", "no"), ("yes_no", "3", "unknown"), ("number", "12", "12"),
        ("number", "10-20", "10-20"), ("number", "500+", "500+"), (["gold", "silver"], "si", "silver"),
    ],
)  # fmt: skip
def test_an_answer_is_what_was_meant(answers: Any, typed: str, stored: str) -> None:
    assert answer_of(Fact("f", "Is it?", answers), typed) == stored


@pytest.mark.parametrize(
    ("answers", "typed"),
    [("yes_no", "perhaps"), ("yes_no", "4"), ("number", "20-10"), ("number", "few"), (["ab", "ac"], "a")],
)
def test_what_is_no_answer_is_refused_with_those_there_are(answers: Any, typed: str) -> None:
    with pytest.raises(BadInput) as caught:
        answer_of(Fact("f", "Is it?", answers), typed)
    assert "unknown" in caught.value.fix


def test_numbers_are_known_by_their_bounds() -> None:
    fact = Fact("f", "How many?", "number")
    values = [value_of(fact, each) for each in ("7", "7-7", "7-9", "7+", "unknown", "x")]
    assert values == [7, 7, Between(7, 9), Between(7), None, None]


def test_hostile_words_are_inert_and_safe_summaries_hold_none(station: Workstation) -> None:
    ident = declare(station, "x")
    breach(station, ident)
    actions.anchor(station, incident=ident, name="aware", time="2020-01-01T10:00Z", why=EVIL, source=EVIL)
    actions.toll(station, incident=ident, clock=GDPR, begins="2020-01-02T10:00Z", why=EVIL)
    actions.counsel(station, incident=ident, clock=GDPR, why=EVIL)
    actions.filed(station, incident=ident, clock=GDPR, reference=EVIL)
    actions.not_reportable(station, incident=ident, clock="eu-gdpr-34", why=EVIL)
    asked: list[Any] = []

    def texts(*, safe: bool) -> str:
        asked[:] = [
            actions.show(station, clock=GDPR, incident=ident, safe=safe),
            actions.show(station, clock="eu-gdpr-34", incident=ident, safe=safe),
            actions.overview(station, incident=ident, all=True, safe=safe),
        ]
        return "".join(text_of(each.lines) + json.dumps(each.data, ensure_ascii=False) for each in asked)

    text = texts(safe=False) + text_of(incidents.timeline(station, incident=ident).lines)
    assert text.count("zebra") >= 5
    assert not set("\x1b\x07\u202e") & set(text)
    assert "zebra" not in texts(safe=True)


def test_events_are_named_though_their_words_are_not_held() -> None:
    types = ("fact.asked", "fact.answered", "anchor.recorded", "anchor.set", "filing.made", "filing.set", "duty.named",
             "duty.waived", "duty.advised", "toll.granted", "toll.set")  # fmt: skip
    for type_ in types:
        words = said(type_, "withdrawn", {})
        assert words
        assert "newer version" not in words
        assert "None" not in words


OWN = """form: 1
title: Contract
facts: [{id: hospital_affected, ask: "Is the hospital affected?"}]
clocks:
  - id: hospital-written
    regime: "Contract zebra"
    article: "12"
    title: "Written notice"
    applies: {fact: hospital_affected, is: yes}
    due: [{from: aware, period: 3, unit: calendar_days, quote: within three days}]
    recipient: administration
    checklist: [what]
    binding: contract
    binding_why: signed
    source: contract
    retrieved_on: 2026-11-01
    confidence: high
"""


def test_files_of_the_organisation_count_and_refused_ones_are_named(station: Workstation) -> None:
    folder = station.profile.folder / FOLDER
    folder.mkdir()
    (folder / "hospital.yaml").write_text(OWN, "utf-8")
    (folder / "wrong.yaml").write_text(OWN.replace("three", "four").replace("hospital", "clinic"), "utf-8")
    (folder / ORGANISATION).write_text(
        "form: 1\nzone: Europe/Berlin\nfacts: {hospital_affected: yes, gdpr_role: controller}\n", "utf-8"
    )
    ident = declare(station, "x")
    assert stands(station, ident, "hospital-written").state.value == "waiting"
    listed = actions.overview(station, incident=ident)
    assert "wrong.yaml, line" in text_of(listed.lines)
    assert "wrong.yaml, line" in listed.data["refused"][0]
    assert "zebra" not in text_of(actions.overview(station, incident=ident, safe=True).lines)
    told = [each for each in examine(station) if each.about == "clocks"]
    assert [each.state for each in told] == ["warn"]
    assert "wrong.yaml" in told[0].what
    shown = text_of(actions.show(station, clock="hospital-written", incident=ident).lines)
    assert "hospital_affected: yes, the organisation (organisation.yaml)" in shown
    # What is said of the incident itself comes before what the organisation always answers.
    actions.fact(station, incident=ident, fact="hospital_affected", answer="no")
    assert stands(station, ident, "hospital-written").state.value == "does not apply"
    (folder / ORGANISATION).write_text("form: 1\nzone: Nowhere/Land\n", "utf-8")
    assert any("Nowhere/Land" in each.what for each in rulebook(station.profile.folder).refused)


def test_two_apart_say_one_thing_once_and_what_they_disagree_about_is_unknown(pair: Pair) -> None:
    ident = pair.incident
    for who in (pair.a, pair.b):
        breach(who, ident)
        actions.anchor(who, incident=ident, name="aware", time="2020-01-01T10:00Z")
    actions.fact(pair.a, incident=ident, fact="death", answer="yes")
    actions.fact(pair.b, incident=ident, fact="death", answer="no")
    pair.together()
    for who in (pair.a, pair.b):
        kept = board(who, row_of(who.view, ident)).kept
        assert len([each for each in kept.anchors if each.name == "aware"]) == 1
        assert kept.answers["gdpr_role"].value == "controller"
        assert (kept.answers["death"].value, kept.answers["death"].disputed) == (None, True)
        assert "death" not in kept.record.facts
    actions.fact(pair.b, incident=ident, fact="death", answer="no")
    pair.together()
    assert board(pair.a, row_of(pair.a.view, ident)).kept.answers["death"].value == "no"


def test_a_responder_s_word_waives_no_duty_for_the_others(pair: Pair) -> None:
    ident = pair.incident
    breach(pair.a, ident)
    pair.together()
    waive = next(each for each in catalogue.actions() if each.id == "clock.waive")
    assert "a lead or a legal" in closed(pair.b, waive)
    actions.not_reportable(pair.b, incident=ident, clock=GDPR, why="no risk")
    pair.together()
    for who in (pair.a, pair.b):
        assert stands(who, ident).state.value == "waiting"
    actions.not_reportable(pair.a, incident=ident, clock=GDPR, why="control: a lead may")
    pair.together()
    for who in (pair.a, pair.b):
        assert stands(who, ident).state.value == "not reportable"


def test_a_paraphrase_is_never_shown_as_the_words_of_the_law(station: Workstation) -> None:
    ident = declare(station, "x")
    paraphrased = set()
    for clock, ready in rulebook(station.profile.folder).book.clocks.items():
        shown = actions.show(station, clock=clock, incident=ident)
        text, own = "\n".join(map(plain, shown.lines)), [each.quoted != "law" for each in ready.clock.due]
        assert shown.data["paraphrased"] == own
        assert (pages.PARAPHRASED[:24] in text) is any(own)
        assert (re.search(r"^ says ", text, re.MULTILINE) is not None) is not all(own)
        assert (re.search(r"^ in short ", text, re.MULTILINE) is not None) is any(own)
        paraphrased |= {clock} if any(own) else set()
    assert paraphrased == {
        "eu-dora-initial", "eu-dora-final", "eu-gpai-code-2-days", "eu-gpai-code-5-days",
        "eu-gpai-code-10-days", "eu-gpai-code-15-days", "eu-gpai-code-intermediate", "eu-gpai-code-final",
    }  # fmt: skip

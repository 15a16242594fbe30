"""The facts that shipped playbooks name: each is read from the record, both ways, or is said by a person and says so."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.features.containment.stage import staged
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit import playbooks as library
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.clocks.queries import FOLDER
from ircockpit.features.clocks.rulebook import ORGANISATION, rulebook
from ircockpit.features.decisions import actions as decisions
from ircockpit.features.decisions.events import MATTERS
from ircockpit.features.decisions.queries import decisions as log_of
from ircockpit.features.erasure import actions as erasure
from ircockpit.features.erasure import scopes
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.evidence.events import EXHIBITS
from ircockpit.features.impact import actions as impact
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.incidents.queries import incident as row_of
from ircockpit.features.playbooks import following
from ircockpit.features.playbooks.facts import READERS, SAID, Facts
from ircockpit.features.playbooks.steps import YOURSELF
from ircockpit.features.triage.actions import answer
from ircockpit.render.span import plain
from ircockpit.store.workstation import Draft, Workstation

GDPR = "eu-gdpr-33-1"
MATERIAL = "illegal-material.customer-facing"
ONE_WAY = {
    "incident_declared": "what is asked about is an incident",
    "controls_read": "of a control that was read and left alone nothing is recorded: it is not known, never untrue",
    "step_ticked": "the record never shows it",
    "watch_round": "of a round that somebody read by hand nothing is recorded: it is not known, never untrue",
}


def told(station: Workstation, ident: str, fact: Mapping[str, Any]) -> bool | None:
    return Facts(station, row_of(station.view, ident))(fact)


def stream_of(station: Workstation, ident: str) -> str:
    return row_of(station.view, ident).stream


def kept(station: Workstation, ident: str, **given: Any) -> str:
    """Takes a file in; its label with the incident."""
    file = station.profile.folder.parent / f"file{station.log.count()}"
    file.write_text(f"words {file.name}")
    found = evidence.add(station, file=str(file), incident=ident, **given)
    return f"{row_of(station.view, ident).short}/{found.data['label']}"


def control(station: Workstation, ident: str, state: str) -> None:
    """A control of the incident that has come to this state."""
    stream = stream_of(station, ident)
    action = station.new_id(stream)
    facts = {
        "incident": ident, "system": "s", "control": "halt", "title": "halt", "family": "disable_model", "state": "planned",
    }  # fmt: skip
    station.append([Draft(stream, "containment.planned", action, (facts,))])
    station.append([station.set_field(stream, "containment.stepped", action, "state", state)])


def severity(station: Workstation, ident: str) -> None:
    answer(
        station, incident=ident, harm="no", reach="few", reversible="yes", ongoing="stopped", personal="none",
        regulated="no",
    )  # fmt: skip


def narrowed(station: Workstation, ident: str) -> None:
    said = str(incidents.note(station, incident=ident, text="a name").data["event"])
    scopes.narrow(station, entry=[said], reason="names a patient")


def reversed_act(station: Workstation, ident: str) -> None:
    impact.set_state(station, incident=ident, state="reversed", why="paid back", all=True, yes=True)


def an_act(station: Workstation, ident: str) -> None:
    impact.act(station, incident=ident, external="re-1")


def not_reportable(station: Workstation, ident: str) -> None:
    clocks.not_reportable(station, incident=ident, clock=GDPR, why="no personal data")


def all_decided(station: Workstation, ident: str) -> None:
    for each in rulebook(station.profile.folder).book.clocks:
        clocks.not_reportable(station, incident=ident, clock=each, why="a drill")


def decided(station: Workstation, ident: str) -> None:
    decisions.decide(station, incident=ident, decided="call the board", why="SEV1", about="escalation")


def a_watch(station: Workstation, ident: str) -> str:
    stream = stream_of(station, ident)
    until = station.clock.wall_us() + 86_400_000_000
    facts = {"incident": ident, "run": "", "minutes": 30, "until": until, "state": "on"}
    watch = station.new_id(stream)
    station.append([Draft(stream, "watch.begun", watch, (facts,))])
    return watch


def the_watch_ends(station: Workstation, ident: str) -> None:
    [(watch,)] = station.view.rows("SELECT id FROM watch")
    station.append([station.set_field(stream_of(station, ident), "watch.set", str(watch), "state", "ended")])


Act = Callable[[Workstation, str], object]
_NOTHING: Act = lambda *_: None  # noqa: E731 - one of many that stand in a table
BOTH_WAYS: dict[str, tuple[dict[str, Any], Act, Act]] = {
    "control_effective": (
        {"families": ("disable_model",)}, lambda s, i: control(s, i, "unverified"), lambda s, i: control(s, i, "effective"),
    ),
    "controls_lifted": (
        {}, lambda s, i: control(s, i, "effective"),
        lambda s, i: s.append([s.set_field(stream_of(s, i), "containment.stepped", _action(s), "state", "reverted")]),
    ),
    "severity_decided": ({}, _NOTHING, severity),
    "owner_set": (
        {}, lambda s, i: incidents.give(s, incident=i), lambda s, i: incidents.take(s, incident=i),
    ),
    "triage_answer": (
        {"field": "harm", "any_of_answers": ("yes", "likely")}, lambda s, i: answer(s, incident=i, harm="no"),
        lambda s, i: answer(s, incident=i, harm="yes"),
    ),
    "hold_placed": ({}, _NOTHING, lambda s, i: erasure.place(s, target=i, reason="a letter of the court")),
    "scope_narrowed": ({}, _NOTHING, narrowed),
    "impact_counted": (
        {"count": "people"}, _NOTHING, lambda s, i: impact.add(s, incident=i, person="u-1", confirmed=True),
    ),
    "acts_settled": ({}, an_act, reversed_act),
    "exhibit": (
        {"kind": "tool-calls"}, lambda s, i: kept(s, i, kind="conversation"), lambda s, i: kept(s, i, kind="tool-calls"),
    ),
    "decision_recorded": (
        {"about": "escalation"},
        lambda s, i: decisions.decide(s, incident=i, decided="wait", why="SEV3", about="speaking"), decided,
    ),
    "clock_decided": ({"rule": GDPR}, _NOTHING, not_reportable),
    "no_clock_undecided": ({}, not_reportable, all_decided),
}  # fmt: skip
"""To each fact what else it names, what leaves it untrue, and what makes it true after that."""
UNTRUE_AFTER: dict[str, tuple[dict[str, Any], Act, Act]] = {
    "acts_pending": ({}, an_act, reversed_act),
    "watch_open": ({}, a_watch, the_watch_ends),
    "material_not_copied": ({}, lambda s, i: kept(s, i, clear=True), lambda s, i: kept(s, i)),
}
"""The same of those that are true first."""


def _action(station: Workstation) -> str:
    return str(station.view.rows("SELECT id FROM action")[0][0])


def named_by_the_library() -> set[str]:
    """The fact of every condition in any shipped playbook."""

    def facts(found: object) -> Iterator[str]:
        if isinstance(found, dict):
            if "fact" in found:
                yield str(found["fact"])
            for each in found.values():
                yield from facts(each)
        elif isinstance(found, list):
            for each in found:
                yield from facts(each)

    return {name for each in library.entries() for name in facts(json.loads(library.text_of(each.short)))}


def test_every_fact_a_shipped_playbook_names_has_a_reader_or_is_said_by_a_person() -> None:
    named = named_by_the_library()
    assert len(named) > 20
    assert named - set(READERS) == set(SAID)
    assert set(READERS) == {*BOTH_WAYS, *UNTRUE_AFTER, *ONE_WAY}, "each reader is held to both answers"
    schema = json.loads(library.schema())["definitions"]
    known = {each["properties"]["fact"]["const"] for each in schema["fact"]["oneOf"]}
    assert known == {*READERS, *SAID}
    assert tuple(schema["evidence"]["enum"]) == EXHIBITS
    assert tuple(schema["matter"]["enum"]) == MATTERS


@pytest.mark.parametrize("name", BOTH_WAYS)
def test_a_reader_answers_both_ways(station: Workstation, name: str) -> None:
    more, before, after = BOTH_WAYS[name]
    ident = declare(station, "wrong dose")
    before(station, ident)
    assert told(station, ident, {"fact": name, **more}) is False
    after(station, ident)
    assert told(station, ident, {"fact": name, **more}) is True


@pytest.mark.parametrize("name", UNTRUE_AFTER)
def test_a_reader_answers_the_other_way_round(station: Workstation, name: str) -> None:
    more, before, after = UNTRUE_AFTER[name]
    ident = declare(station, "wrong dose")
    before(station, ident)
    assert told(station, ident, {"fact": name, **more}) is True
    after(station, ident)
    assert told(station, ident, {"fact": name, **more}) is False


def test_controls_count_as_read_once_each_has_a_plan(home: Path) -> None:
    with staged(home) as stage:
        station, ident = stage.station, stage.incident
        assert told(station, ident, {"fact": "controls_read"}) is None
        assert told(station, ident, {"fact": "incident_declared"}) is True
        assert told(station, ident, {"fact": "step_ticked"}) is False
        stage.approved()
        assert told(station, ident, {"fact": "controls_read"}) is None
        control(station, ident, "effective")  # a control of another name is none of this system's
        assert told(station, ident, {"fact": "controls_read"}) is None


def test_a_round_of_the_watch_is_read_once_a_repeated_run_is_whole(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    stream = stream_of(station, ident)
    assert told(station, ident, {"fact": "watch_open"}) is None, (
        "of a watch that nobody has begun nothing is known"
    )
    for phase, outcome, known in (
        ("after", {"other": 20}, None),
        ("again", {"other": 3}, None),
        ("again", {"other": 20}, True),
    ):
        run = station.new_id(stream)
        facts = {"incident": ident, "phase": phase, "number": 20, "method": "pattern", "api": "chat"}
        station.append([Draft(stream, "replay.planned", run, (facts,))])
        state = "done" if outcome["other"] == 20 else "early"
        for field, value in (("outcome", outcome), ("state", state)):
            station.append([station.set_field(stream, "replay.set", run, field, value)])
        assert told(station, ident, {"fact": "watch_round"}) is known


def test_where_people_disagree_of_which_kind_an_exhibit_is_it_counts_as_none(pair: Pair) -> None:
    a, b, ident = pair.a, pair.b, pair.incident
    place = kept(a, ident, kind="media")
    fact = {"fact": "exhibit", "kind": "media"}
    pair.together()
    assert told(b, ident, fact) is True
    evidence.set_kind(a, exhibit=place, kind="conversation")
    evidence.set_kind(b, exhibit=place, kind="tool-calls")
    pair.together()
    for each in (a, b):
        (row,) = evidence.list_all(each, incident=ident).data
        assert row["disputed"] == ("kind",)
        assert not any(
            told(each, ident, {**fact, "kind": kind}) for kind in ("media", "conversation", "tool-calls")
        )
    assert "(!)" in "\n".join(map(plain, evidence.list_all(a, incident=ident).lines))
    evidence.set_kind(a, exhibit=place, kind="media")
    pair.together()
    assert told(b, ident, fact) is True


def test_a_withdrawn_decision_and_one_told_in_another_record_decide_nothing(station: Workstation) -> None:
    ident, other = declare(station, "wrong dose"), declare(station, "another")
    fact = {"fact": "decision_recorded", "about": "escalation"}
    facts = {"incident": ident, "decided": "nothing", "about": "escalation"}
    stream = stream_of(station, other)
    station.append([Draft(stream, "decision.made", station.new_id(stream), (facts, {"why": "x"}))])
    assert told(station, ident, fact) is False
    assert log_of(station, ident, stream_of(station, ident)) == []
    decided(station, ident)
    (made,) = log_of(station, ident, stream_of(station, ident))
    assert told(station, ident, fact) is True
    decisions.withdraw(station, decision=made.short, why="they were asleep")
    assert told(station, ident, fact) is False


def test_clocks_that_wait_for_an_earlier_report_are_decided_and_disputed_ones_are_not(pair: Pair) -> None:
    a, b, ident = pair.a, pair.b, pair.incident
    rule = {"fact": "clock_decided", "rule": GDPR}
    for question, word in (
        ("gdpr_role", "controller"),
        ("personal_data_breach", "yes"),
        ("risk_to_persons", "likely"),
        ("nis2_entity", "yes"),
        ("nis2_significant", "yes"),
    ):
        clocks.fact(a, incident=ident, fact=question, answer=word)
    assert told(a, ident, rule) is False, "it waits for an event"
    final = {"fact": "clock_decided", "rule": "eu-nis2-final"}
    assert told(a, ident, final) is True, "it waits for nothing but the report before it"
    clocks.anchor(a, incident=ident, name="aware", time="2020-01-01T10:00Z")
    assert told(a, ident, rule) is True, "it runs"
    assert told(a, ident, {**rule, "rule": "contract-notice"}) is None, "no rule has that id here"
    pair.together()
    clocks.counsel(a, incident=ident, clock=GDPR, why="it applies")
    clocks.counsel(b, incident=ident, clock=GDPR, why="it applies")
    clocks.counsel(b, incident=ident, clock=GDPR, why="she did not say so", withdraw=True)
    assert (told(a, ident, rule), told(b, ident, rule)) == (True, True)
    pair.together()
    assert (told(a, ident, rule), told(b, ident, rule)) == (False, False), "people disagree"
    clocks.counsel(b, incident=ident, clock=GDPR, why="she did not say so", withdraw=True)
    assert told(b, ident, rule) is True


def test_a_step_that_no_record_can_show_says_so_and_one_that_is_read_ticks_itself(
    station: Workstation,
) -> None:
    ident = declare(station, "possible abuse material")
    following.begin(station, incident=ident, playbook=MATERIAL)
    steps = following.list_steps(station, incident=ident).data["steps"]
    unread = {"message_sent": "message", "watch_round": "watch", "review_recorded": "review"}
    shown = {
        each["number"]: "\n".join(map(plain, following.show_step(station, step=each["step"]).lines))
        for each in steps
    }
    for fact, word in unread.items():
        said = [text for text in shown.values() if word in text and YOURSELF in " ".join(text.split())]
        assert said, fact
    number = next(each["number"] for each in steps if each["name"].startswith("Keep hash, locator"))
    assert YOURSELF not in shown[number]
    assert "not yet" in shown[number]
    kept(station, ident, kind="hash-only")
    after = following.list_steps(station, incident=ident).data["steps"][number - 1]
    assert after["state"] in ("ticked", "waiting")


def test_the_organisations_own_rule_of_a_contract_is_read_like_any(station: Workstation) -> None:
    folder = station.profile.folder / FOLDER
    folder.mkdir()
    assert not (folder / ORGANISATION).exists()
    ident = declare(station, "x")
    fact = {"fact": "clock_decided", "rule": "contract-notice"}
    assert told(station, ident, fact) is None
    (folder / "contract.yaml").write_text(CONTRACT, "utf-8")
    assert told(station, ident, fact) is False
    clocks.not_reportable(station, incident=ident, clock="contract-notice", why="the partner was not reached")
    assert told(station, ident, fact) is True


CONTRACT = """
form: 1
title: Contract with the partner
facts:
  - {id: partner_reached, ask: Is the partner reached?}
clocks:
  - id: contract-notice
    regime: Contract 7
    article: "3"
    title: Notice
    applies: {fact: partner_reached, is: yes}
    due:
      - {from: aware, period: 24, unit: hours, quote: within 24 hours}
    recipient: the partner
    checklist: [what happened]
    binding: contract
    binding_why: we signed it
    source: contract 7
    retrieved_on: 2026-11-01
    confidence: high
"""

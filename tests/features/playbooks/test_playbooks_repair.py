"""Repair: what is nearly a playbook becomes one, each change is in the list, and what is not told is left to people."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.playbooks import good as g
from tests.features.playbooks.test_playbooks_model import anything

from ircockpit.features.playbooks.changes import NOTHING, PLACEHOLDER
from ircockpit.features.playbooks.jss import sign
from ircockpit.features.playbooks.lint import lint
from ircockpit.features.playbooks.model import Playbook
from ircockpit.features.playbooks.repair import Repaired, repair
from ircockpit.features.playbooks.variables import references
from ircockpit.ledger.signing import SigningKey

NEAR: dict[str, Any] = {
    "type": "playbook",
    "id": "playbook--refunds",
    "name": "Refund agent",
    "created_by": "Night shift",
    "created": "2026-01-31",
    "modified": "2026-02-28T12:00:00+02:00",
    "workflow_start": "begin",
    "workflow": {
        "begin": {"type": "start", "next_step": "is-it-real"},
        "is-it-real": {"type": "decision", "name": "Real?", "conditions": {"yes": "halt", "no": "over"}},
        "halt": {
            "type": "action",
            "name": "Halt it",
            "description": "Turn the tool off.",
            "next_step": "over",
        },
        "over": {"type": "end"},
    },
}


def near(**top: Any) -> dict[str, Any]:
    return copy.deepcopy(NEAR) | top


def step(**properties: Any) -> dict[str, Any]:
    """The near playbook with another step where it halts."""
    value = near()
    value["workflow"]["halt"] = properties
    return value


def whole(repaired: Repaired) -> Playbook:
    assert repaired.playbook is not None, repaired.refused
    return repaired.playbook


def only(playbook: Playbook, kind: str) -> Any:
    (one,) = [each for each in playbook.steps.values() if each.type == kind]
    return one


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def silent(before: dict[str, Any], repaired: Repaired) -> list[Any]:
    """What vanished from a file or came into it without standing in the list of changes."""
    old, new = list(map(repr, leaves(before))), list(map(repr, leaves(repaired.value)))
    gone = {repr(each) for change in repaired.changes for each in leaves(change.before)}
    come = {repr(each) for change in repaired.changes for each in leaves(change.after)}
    named = {
        repr(part.replace("~1", "/").replace("~0", "~"))
        for change in repaired.changes
        for part in change.place.split("/")
    }
    return [each for each in old if each not in {*new, *gone, *named}] + [
        each for each in new if each not in {*old, *come, *named}
    ]


def test_a_near_miss_becomes_a_playbook() -> None:
    before = near()
    repaired = repair(before)
    playbook = whole(repaired)
    assert before == NEAR
    assert [step.type for step in playbook.steps.values()] == ["start", "if-condition", "action", "end"]
    assert playbook.modified == "2026-02-28T10:00:00.000Z"
    assert only(playbook, "if-condition").condition == "__is_it_real__:value = true"
    assert playbook.variables["__is_it_real__"].value is None
    halt = only(playbook, "action")
    assert [(each.type, each.command) for each in halt.commands] == [("manual", "Turn the tool off.")]
    assert playbook.agents[halt.agent].name.startswith(PLACEHOLDER)
    assert not silent(before, repaired)


def test_what_cannot_be_decided_is_left_open_and_seen_by_the_linter() -> None:
    repaired = repair(near())
    assert [each.place for each in repaired.undecided] == ["/created_by"]
    assert "placeholder" in {each.rule for each in lint(whole(repaired))}


def test_the_same_file_gives_the_same_ids() -> None:
    assert repair(near()).value == repair(near()).value
    assert whole(repair(near())).start != whole(repair(near(workflow_start="x") | {"workflow": {
        "x": {"type": "start", "next_step": "over"}, "over": {"type": "end"},
    }})).start  # fmt: skip


def test_a_good_playbook_is_not_touched() -> None:
    repaired = repair(g.GOOD)
    assert repaired.value == g.GOOD
    assert (repaired.changes, repaired.undecided, repaired.refused) == ((), (), ())


def test_a_repaired_file_is_not_repaired_again() -> None:
    once = repair(near())
    assert repair(once.value).changes == ()


def test_times_that_only_the_specification_wants_are_mended_alone() -> None:
    repaired = repair(g.good(created="2026-01-31T12:00:00Z"))
    assert [(each.place, each.before, each.after) for each in repaired.changes] == [
        ("/created", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z")
    ]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (step(type="task", title="Halt", next="over"), "action", {"name": "Halt"}),
        (step(name="Halt", command="turn it off", next="over"), "action", {"name": "Halt"}),
        (step(type="Action", Name="Halt", onCompletion="over"), "action", {"name": "Halt"}),
        (step(Type="TASK", Title="Halt", nextStep="over"), "action", {"name": "Halt"}),
        (step(type="playbook", playbook_id="other", next="over"), "playbook-action", {}),
        (step(type="loop", condition="__x__:value = 1", then="over"), "while-condition", {"condition": "__x__:value = 1"}),
        (step(type="decision", name="Which?", conditions={"a": "over", "b": "over"}), "switch-condition", {"name": "Which?"}),
        (
            step(type="decision", conditions=[{"when": "a", "then": "over"}, {"when": "b", "then": "over"}]),
            "switch-condition", {},
        ),
        (step(type="decision", conditions=7), "action", {}),
        (step(type="fork", branches=["over", "begin"]), "parallel", {}),
        (step(type="approval", name="Ask the owner", next="over"), "action", {"name": "Ask the owner"}),
    ],
)  # fmt: skip
def test_steps_by_other_words(value: dict[str, Any], kind: str, expected: dict[str, str]) -> None:
    repaired = repair(value)
    kinds = [each for each in whole(repaired).steps.values() if each.type == kind]
    assert len(kinds) == 1
    for name, wanted in expected.items():
        assert getattr(kinds[0], name) == wanted
    assert not silent(value, repaired)


@pytest.mark.parametrize(
    ("top", "place", "after"),
    [
        ({"priority": "3"}, "/priority", 3),
        ({"severity": 40.0}, "/severity", 40),
        ({"impact": 400}, "/impact", NOTHING),
        ({"revoked": "false"}, "/revoked", False),
        ({"labels": "llm"}, "/labels", ["llm"]),
        ({"labels": []}, "/labels", NOTHING),
        ({"description": 7}, "/description", "7"),
        ({"description": None}, "/description", NOTHING),
        ({"name": 7}, "/name", "7"),
        ({"valid_from": "2026-01-31 12:00"}, "/valid_from", "2026-01-31T12:00:00.000Z"),
        ({"valid_from": "some day"}, "/valid_from", NOTHING),
        ({"spec_version": "1.1"}, "/spec_version", "cacao-2.0"),
        ({"external_references": ["https://example.org"]}, "/external_references/0",
         {"name": "https://example.org", "url": "https://example.org"}),
        ({"playbook_variables": {"limit": 0.85}}, "/playbook_variables/__limit__/value", "0.85"),
        ({"playbook_variables": {"__on__": {"type": "bool", "value": True}}}, "/playbook_variables/__on__/value", "true"),
        ({"agent_definitions": {"ops": {"type": "ssh", "name": "x"}}}, "/agent_definitions/ops/address", {}),
    ],
)  # fmt: skip
def test_values_of_another_kind(top: dict[str, Any], place: str, after: Any) -> None:
    before = near(**top)
    repaired = repair(before)
    assert whole(repaired)
    assert [each.after for each in repaired.changes if each.place == place] == [after]
    assert all(each.why for each in repaired.changes)
    assert not silent(before, repaired)


def test_names_in_another_spelling_are_read_before_anything_is_missed() -> None:
    value = near()
    value = {
        {"created_by": "createdBy", "workflow_start": "WorkflowStart", "created": "Created-At"}.get(k, k): v
        for k, v in value.items()
    }
    before = copy.deepcopy(value)
    repaired = repair(value)
    assert whole(repaired).created_by == whole(repair(near())).created_by
    assert whole(repaired).created == "2026-01-31T00:00:00.000Z"
    assert {each.place for each in repaired.undecided} == {"/created_by"}
    assert not silent(before, repaired)


def test_a_signature_is_worth_more_than_a_decimal() -> None:
    signed = sign(
        g.good(created="2026-01-31T12:00:00Z"),
        SigningKey.from_raw(bytes(32)),
        signee="a",
        at=g.GOOD["created"],
    )
    assert repair(signed).changes == ()


@pytest.mark.parametrize(("kind", "gone"), [(g.ASK, "condition"), (g.WATCH, "condition"), (g.SORT, "switch")])
def test_what_a_step_asks_is_asked_of_a_person_where_it_is_not_said(kind: str, gone: str) -> None:
    repaired = repair(g.without(f"/workflow/{kind}/{gone}"))
    step = whole(repaired).steps[kind]
    (name,) = references(step.condition)
    assert whole(repaired).variables[name].value is None
    assert [each.place for each in repaired.undecided] == [f"/workflow/{kind}"]


def test_steps_as_a_list_and_a_start_that_is_not_there() -> None:
    value = near(
        workflow=[
            {"id": "one", "name": "Look", "type": "action", "next_step": "two"},
            {"id": "two", "name": "Act"},
        ]
    )
    del value["workflow_start"]
    playbook = whole(repair(value))
    assert playbook.steps[playbook.start].type == "start"
    assert [each.type for each in playbook.steps.values()] == ["action", "action", "start", "end"]


def test_references_go_along_and_what_leads_nowhere_is_told() -> None:
    value = step(type="action", description="x", agent="Team", next="OVER")
    playbook = whole(repair(value))
    assert playbook.steps[only(playbook, "action").way("on_completion")].type == "end"
    lost = step(type="action", description="x", agent="Team", next="elsewhere")
    assert "dangling-step" in {each.rule for each in lint(whole(repair(lost)))}


def test_what_was_signed_no_longer_holds() -> None:
    repaired = repair(near(signatures=[{"type": "jss"}]))
    assert "/signatures" in {each.place for each in repaired.undecided}


@pytest.mark.parametrize(
    "value", [{}, {"workflow": 7}, {"workflow": []}, near(workflow={}), {"playbook": {"workflow": {}}}]
)
def test_what_is_no_playbook_is_refused_with_its_reasons(value: dict[str, Any]) -> None:
    repaired = repair(value)
    assert (repaired.playbook is None) == bool(repaired.refused)


@given(st.dictionaries(st.sampled_from(list(NEAR)), anything, max_size=3), anything, anything)
def test_whatever_stands_in_a_file_is_repaired_or_refused_in_the_open(
    top: dict[str, Any], inside: Any, way: Any
) -> None:
    before = near(**top)
    if isinstance(before["workflow"], dict):
        before["workflow"]["begin"] = {"type": "start", "next_step": "halt", "on_completion": way}
        before["workflow"]["more"] = inside
    repaired = repair(before)
    assert (repaired.playbook is None) == bool(repaired.refused)
    assert not silent(before, repaired)
    if repaired.playbook is not None:
        lint(repaired.playbook)


def test_nothing_silent_would_be_seen() -> None:
    before = near()
    repaired = repair(before)
    assert silent(before, repaired._replace(changes=repaired.changes[1:-1])) or silent(
        before, repaired._replace(changes=())
    )
    repaired.value["name"] = "another"
    assert silent(before, repaired)

"""Every playbook stops first, decides duties before the repair, proves it, watches it, and differs by context."""

import copy
from collections.abc import Iterator
from itertools import combinations, groupby
from typing import Any

import pytest
from tests.support.library import (
    Playbook,
    about,
    actions,
    alike,
    before_the_stop,
    bound,
    conditions,
    read,
    reading_order,
    said,
    way,
)

from ircockpit import playbooks

NAMES = tuple(entry.short for entry in playbooks.entries())
KINDS = [
    (kind, [entry.short for entry in group])
    for kind, group in groupby(playbooks.entries(), key=lambda entry: entry.category)
]
LEAST_STEPS = 20
MOST_ALIKE = 0.5
"""Share of steps that two playbooks of one kind, or of one context, may have in common."""
SLOWEST_MS = 4 * 60 * 60_000


def faults(playbook: Playbook) -> Iterator[str]:
    """What is against the order that every playbook keeps."""
    early = before_the_stop(playbook)
    yield from (
        f"{step['name']} comes before the stop" for step in early if step["type"] not in ("start", "action")
    )
    for step in early:
        said = bound(step)
        if step["type"] == "action" and said["phase"] not in ("detect", "snapshot"):
            yield f"{step['name']} comes before the stop"
        if said.get("evidence"):
            yield f"the stop waits for the evidence of {step['name']}"
        if step["type"] == "action" and not 0 < step.get("timeout", 0) <= SLOWEST_MS:
            yield f"the stop waits without end for {step['name']}"
    phases = [bound(step).get("phase", "") for step in reading_order(playbook)]
    order = [
        "contain",
        "triage",
        "investigate",
        "eradicate",
        "verify",
        "recover",
        "watch",
        "review",
        "exercise",
    ]
    first = {phase: phases.index(phase) for phase in order if phase in phases}
    yield from (f"nothing is of the phase {phase}" for phase in order if phase not in first)
    yield from late_duties(playbook)


def late_duties(playbook: Playbook) -> Iterator[str]:
    """Legal clocks that are first thought of once the repair has begun."""
    seen: set[str] = set()
    repairing = False
    for step in reading_order(playbook):
        said = bound(step)
        repairing = repairing or said.get("phase") == "eradicate"
        rules = set(said.get("clock_rules", ()))
        if repairing and rules - seen:
            yield f"{step['name']} decides {', '.join(sorted(rules - seen))} only after the repair has begun"
        seen |= rules


@pytest.mark.parametrize("name", NAMES)
def test_the_order_is_kept(name: str) -> None:
    assert not list(faults(read(name)))


def moved_before_the_stop(playbook: Playbook, phase: str) -> Playbook:
    """A copy whose first step leads to one of the phase, and from there to the stop."""
    changed = copy.deepcopy(playbook)
    steps = changed["workflow"]
    moved = next(ident for ident, step in steps.items() if bound(step).get("phase") == phase)
    start = steps[changed["workflow_start"]]
    steps[moved]["on_completion"], start["on_completion"] = start["on_completion"], moved
    return changed


def test_a_stop_that_waits_is_seen() -> None:
    playbook = read("agent-misuse.customer-facing")
    assert any("comes before the stop" in each for each in faults(moved_before_the_stop(playbook, "triage")))
    assert any(
        "waits for the evidence" in each for each in faults(moved_before_the_stop(playbook, "evidence"))
    )
    slow = copy.deepcopy(playbook)
    del before_the_stop(slow)[1]["timeout"]
    assert any("waits without end" in each for each in faults(slow))


def test_a_late_duty_is_seen() -> None:
    playbook = read("agent-misuse.customer-facing")
    last = reading_order(playbook)[-2]
    assert last["type"] == "action"
    bound(last)["clock_rules"] = ["eu-gdpr-34"]
    assert any("eu-gdpr-34 only after" in each for each in late_duties(playbook))


@pytest.mark.parametrize("name", NAMES)
def test_the_stop_has_families_and_a_wider_one_where_it_fails(name: str) -> None:
    playbook = read(name)
    stop = playbook["workflow"][about(playbook)["first_stop"]]
    wider = playbook["workflow"][stop["on_failure"]]
    for step in (stop, wider):
        assert bound(step)["phase"] == "contain"
        assert bound(step)["satisfied_when"] == {
            "fact": "control_effective",
            "families": bound(step)["families"],
        }
    assert said(stop) != said(wider)
    assert wider["on_completion"] == stop["on_success"]
    assert stop["timeout"] <= 60 * 60_000


@pytest.mark.parametrize("name", NAMES)
def test_repair_is_proved_opened_by_an_approver_watched_and_reviewed(name: str) -> None:
    playbook = read(name)
    main = list(way(playbook, playbook["workflow_start"]))
    names = {agent: each["name"] for agent, each in playbook["agent_definitions"].items()}
    phases = [bound(step).get("phase", step["type"]) for step in main]
    proved, watched = phases.index("verify"), phases.index("while-condition")
    lifted = next(
        i for i, step in enumerate(main) if bound(step).get("satisfied_when") == {"fact": "controls_lifted"}
    )
    assert proved < lifted < watched < phases.index("review") < phases.index("exercise")
    assert names[main[lifted]["agent"]] == "Approver"
    assert "replay-report" in bound(main[proved])["evidence"]
    assert phases[-1] == "end"
    inside = list(way(playbook, main[watched]["on_true"]))
    assert inside[0]["out_args"] == ["__watch_open__"]
    assert inside[0]["delay"] > 0


@pytest.mark.parametrize("name", NAMES)
def test_words_and_proof_run_beside_each_other(name: str) -> None:
    playbook = read(name)
    together = next(step for step in way(playbook, playbook["workflow_start"]) if step["type"] == "parallel")
    branches = [[bound(step) for step in way(playbook, head)] for head in together["next_steps"]]
    phases = {step["phase"] for branch in branches for step in branch if step}
    assert "triage" in phases
    assert phases & {"communicate", "legal"}
    assert len(branches) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_decides_is_set_by_a_step_or_known_from_facts(name: str) -> None:
    playbook = read(name)
    asked = {
        (step.get("condition") or step["switch"]).partition(":")[0]
        for step in playbook["workflow"].values()
        if step["type"] in ("if-condition", "while-condition", "switch-condition")
    }
    known = {each["variable"] for each in about(playbook)["variables"]}
    written = {each for step in actions(playbook).values() for each in step.get("out_args", ())}
    assert asked
    assert asked <= known | written
    assert playbook["playbook_variables"].keys() == asked | written | {"__watch_hours__"}


@pytest.mark.parametrize("name", NAMES)
def test_the_step_before_a_switch_names_its_cases(name: str) -> None:
    steps = reading_order(read(name))
    found = 0
    for step in steps:
        if step["type"] == "switch-condition":
            setter = next(
                each for each in steps if step["switch"].partition(":")[0] in each.get("out_args", ())
            )
            words = " ".join(command["command"] for command in setter["commands"])
            listed = words.partition("Set the entry point to ")[2].partition(".")[0]
            assert listed, setter["name"]
            assert not [case for case in step["cases"] if case != "default" and case not in listed]
            found += 1
    assert found == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_checklists_give_every_step_to_one_role(name: str) -> None:
    playbook = read(name)
    lists = about(playbook)["checklists"]
    given = [ident for each in lists for ident in each["steps"]]
    assert sorted(given) == sorted(actions(playbook))
    assert {each["role"] for each in lists} >= {
        "commander",
        "oncall",
        "ml",
        "security",
        "legal",
        "approver",
    } - ({"oncall"} if about(playbook)["context"] == "internal" else set())
    for each in lists:
        assert {playbook["workflow"][ident]["agent"] for ident in each["steps"]} == {each["agent"]}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_ticks_two_steps_at_once(name: str) -> None:
    shown: dict[str, str] = {}
    for step in actions(read(name)).values():
        condition = bound(step)["satisfied_when"]
        facts = list(conditions(condition))
        if {"fact": "step_ticked"} in facts:
            continue
        key = repr(condition)
        assert key not in shown, (step["name"], shown[key])
        shown[key] = step["name"]
        # Controls in force show that a stop holds, never that something is repaired.
        if "control_effective" in {each["fact"] for each in facts}:
            assert bound(step)["phase"] in ("contain", "exception")


OWN_ROLE = {"customer-facing": "support", "internal": "people", "partner": "account"}
OWN_AUDIENCE = {
    "customer-facing": {"support"},
    "internal": {"staff", "service_desk", "company_doctor", "leadership"},
    "partner": {"partner"},
}


def sameness(one: Playbook, other: Playbook) -> Iterator[str]:
    """Where two playbooks are not two."""
    if alike(one, other) > MOST_ALIKE:
        yield f"{alike(one, other):.0%} of their steps are the same"
    first, second = about(one), about(other)
    for what in ("checklists", "audiences", "authorises", "speaks"):
        if first[what] == second[what]:
            yield f"both have the same {what}"


@pytest.mark.parametrize(("kind", "names"), KINDS)
def test_contexts_differ_in_work_roles_controls_and_duties(kind: str, names: list[str]) -> None:
    read_ = [read(name) for name in names]
    for one, other in combinations(read_, 2):
        assert not list(sameness(one, other))
        assert not [step for step in stops(one) if step in stops(other)], kind
    for playbook in read_:
        context = about(playbook)["context"]
        roles = {each["role"] for each in about(playbook)["checklists"]}
        assert OWN_ROLE[context] in roles
        assert not roles & ({*OWN_ROLE.values()} - {OWN_ROLE[context]})
        # In a matter of crime nobody but counsel speaks early.
        assert OWN_AUDIENCE[context] & set(about(playbook)["audiences"]) or kind == "illegal-material"
        assert ("contract-notice" in about(playbook)["clock_rules"]) >= (context == "partner")


def stops(playbook: Playbook) -> list[str]:
    """What the steps of containment ask for."""
    return [said(step) for step in actions(playbook).values() if bound(step)["phase"] == "contain"]


def test_no_two_playbooks_are_much_alike() -> None:
    read_ = [read(name) for name in NAMES]
    assert not [
        (one["name"], other["name"])
        for one, other in combinations(read_, 2)
        if alike(one, other) > MOST_ALIKE
    ]
    assert min(len(actions(playbook)) for playbook in read_) >= LEAST_STEPS


def test_names_swapped_make_no_other_playbook() -> None:
    one = read("privacy-leak.customer-facing")
    other = copy.deepcopy(one)
    for step in actions(other).values():
        for command in step["commands"]:
            command["command"] = (
                command["command"]
                .replace("users", "colleagues")
                .replace("customer", "partner")
                .replace("The ", "Our ")
            )
    assert any("100% of their steps" in each for each in sameness(one, other))


def test_material_that_may_be_illegal_is_never_taken_in() -> None:
    copies = {"conversation", "media", "device-image", "retrieval-snapshot", "source-page", "tool-calls"}
    for context in playbooks.CONTEXTS:
        playbook = read(f"illegal-material.{context}")
        assert not copies & set(about(playbook)["evidence"])
        assert "hash-only" in about(playbook)["evidence"]
        assert "child-abuse-never-copy" in about(playbook)["banner_rules"]
        facts = [
            each for step in actions(playbook).values() for each in conditions(bound(step)["satisfied_when"])
        ]
        assert {"fact": "decision_recorded", "about": "material"} in facts
        assert {"fact": "material_not_copied"} in facts
        text = " ".join(_words(playbook)).lower()
        assert "replay every sealed" not in text
        assert "do not copy, forward, print" in text


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)

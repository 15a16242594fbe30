"""Every rule of the linter finds what it is for, at its place, and nothing in a playbook that breaks no rule."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.features.playbooks import good as g
from tests.features.playbooks.good import changed, without

from ircockpit.features.playbooks import floor
from ircockpit.features.playbooks.finding import Severity, with_lines
from ircockpit.features.playbooks.jss import sign
from ircockpit.features.playbooks.lint import RULES, lint
from ircockpit.features.playbooks.model import MAX_STEPS, from_json
from ircockpit.features.playbooks.source import lines_of
from ircockpit.ledger.signing import SigningKey

NOW = datetime(2026, 11, 26, tzinfo=UTC)
W = "/workflow/"
NOBODY = "group--00000000-0000-4000-8000-0000000000ff"
NOWHERE = "end--00000000-0000-4000-8000-0000000000ff"
MORE = "start--00000000-0000-4000-8000-0000000000fe"
LONELY = "action--00000000-0000-4000-8000-0000000000fd"
REFERENCES = [{"name": "guide"}]
SIGNED = {
    "type": "jss", "id": "jss--00000000-0000-4000-8000-000000000020", "created": "2026-03-02T12:00:00.000Z",
    "modified": "2026-03-01T12:00:00.000Z", "signee": "ACME", "related_to": g.PLAYBOOK, "public_key": "AA", "value": "AA",
    "related_version": "2026-02-28T12:00:00.000Z", "hash_algorithm": "sha-256", "algorithm": "Ed25519",
}  # fmt: skip


def command(**properties: Any) -> dict[str, Any]:
    return changed(f"{W}{g.STOP}/commands/0", {"playbook_activity": "eliminate-risk", **properties})


def variable(**properties: Any) -> dict[str, Any]:
    return changed("/playbook_variables/__people__", {"type": "integer", "value": "0", **properties})


def agent(kind: str, **properties: Any) -> dict[str, Any]:
    ident = f"{kind}--00000000-0000-4000-8000-00000000000f"
    value = json.loads(json.dumps(g.GOOD).replace(g.TEAM, ident))
    value["agent_definitions"][ident] = {"type": kind, "name": "It", **properties}
    return dict(value)


def small(*steps: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return changed("/workflow", dict(steps))


END_STEP = (g.END, {"type": "end"})
BEGIN = (g.START, {"type": "start", "on_completion": g.STOP})

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown-property": (changed(f"{W}{g.TELL}/action_type", "x"), f"{W}{g.TELL}/action_type"),
    "start-not-a-start": (changed("/workflow_start", g.STOP), "/workflow_start"),
    "several-starts": (changed(W + MORE, {"type": "start", "on_completion": g.ASK}), W + MORE),
    "three-steps": (small(BEGIN, (g.STOP, g.action("x", NOWHERE, "eliminate-risk"))), "/workflow"),
    "unreachable-step": (changed(W + LONELY, g.action("alone", g.TOLD, "eliminate-risk")), W + LONELY),
    "circle-without-while": (changed(f"{W}{g.TELL}/on_success", g.TELL), W + g.TELL),
    "no-end-reachable": (
        small(BEGIN, (g.STOP, g.action("x", g.STOP, "eliminate-risk", on_failure=g.STOP)), END_STEP),
        W + g.START,
    ),
    "branch-never-ends": (
        changed(W + g.TELL, g.action("x", g.TELL, "compose-content", on_failure=g.TELL)), W + g.BOTH,
    ),
    "shared-branch-end": (changed(f"{W}{g.TELL}/on_success", g.STOPPED), W + g.BOTH),
    "dead-end": (without(f"{W}{g.ASK}/on_false"), W + g.ASK),
    "completion-and-result": (changed(f"{W}{g.TELL}/on_completion", g.TOLD), f"{W}{g.TELL}/on_success"),
    "timeout-below-zero": (changed(f"{W}{g.STOP}/timeout", -1), f"{W}{g.STOP}/timeout"),
    "dangling-step": (changed(f"{W}{g.SORT}/cases/chat", NOWHERE), f"{W}{g.SORT}/cases/chat"),
    "dangling-agent": (changed(f"{W}{g.STOP}/agent", NOBODY), f"{W}{g.STOP}/agent"),
    "dangling-target": (changed(f"{W}{g.STOP}/targets", [NOBODY]), f"{W}{g.STOP}/targets/0"),
    "dangling-authentication": (
        changed(f"/target_definitions/{g.BOT}/authentication_info", NOBODY),
        f"/target_definitions/{g.BOT}/authentication_info",
    ),
    "dangling-marking": (changed("/markings/0", NOBODY), "/markings/0"),
    "dangling-extension": (without(f"/extension_definitions/{g.EXTENSION}"), f"{W}{g.OTHER}/step_extensions/{g.EXTENSION}"),
    "id-of-another-kind": (changed(f"/data_marking_definitions/{g.GREEN}/id", NOBODY), f"/data_marking_definitions/{g.GREEN}/id"),
    "not-an-identity": (changed("/created_by", NOBODY), "/created_by"),
    "not-a-playbook": (changed(f"{W}{g.OTHER}/playbook_id", NOBODY), f"{W}{g.OTHER}/playbook_id"),
    "unused-definition": (
        changed(f"/agent_definitions/{NOBODY}", {"type": "group", "name": "x"}), f"/agent_definitions/{NOBODY}",
    ),
    "sector-not-listed": (
        agent("sector", sector="media"), "/agent_definitions/sector--00000000-0000-4000-8000-00000000000f/sector",
    ),
    "reference-not-listed": (changed(f"{W}{g.TELL}/external_references", REFERENCES), f"{W}{g.TELL}/external_references/0"),
    "undefined-variable": (command(type="manual", command="stop __bot__:value"), f"{W}{g.STOP}/commands/0/command"),
    "constant-written": (changed(f"{W}{g.LOOK}/out_args", ["__people__", "__model__"]), f"{W}{g.LOOK}/out_args/1"),
    "constant-without-value": (changed("/playbook_variables/__model__/value", None), "/playbook_variables/__model__"),
    "value-not-of-type": (variable(value="many"), "/playbook_variables/__people__/value"),
    "unknown-variable-type": (variable(type="crowd"), "/playbook_variables/__people__/type"),
    "variable-defined-twice": (
        changed(f"{W}{g.STOP}/step_variables", {"__model__": {"type": "string", "value": "x"}}),
        f"{W}{g.STOP}/step_variables/__model__",
    ),
    "external-in-step": (
        changed(f"{W}{g.STOP}/step_variables", {"__x__": {"type": "string", "external": True}}),
        f"{W}{g.STOP}/step_variables/__x__",
    ),
    "variable-never-used": (changed("/playbook_variables/__x__", {"type": "string"}), "/playbook_variables/__x__"),
    "condition-not-readable": (changed(f"{W}{g.ASK}/condition", "harmful?"), f"{W}{g.ASK}/condition"),
    "condition-not-of-type": (changed(f"{W}{g.ASK}/condition", "__harmful__:value > true"), f"{W}{g.ASK}/condition"),
    "switch-not-a-variable": (changed(f"{W}{g.SORT}/switch", "channel"), f"{W}{g.SORT}/switch"),
    "loop-never-changes": (without(f"{W}{g.LOOK}/out_args"), f"{W}{g.WATCH}/condition"),
    "switch-without-default": (without(f"{W}{g.SORT}/cases/default"), f"{W}{g.SORT}/cases"),
    "time-not-exact": (changed("/created", "2026-01-31T12:00:00Z"), "/created"),
    "no-such-time": (changed("/created", "2026-02-30T12:00:00.000Z"), "/created"),
    "created-after-modified": (changed("/created", "2026-03-31T12:00:00.000Z"), "/modified"),
    "validity-ends-before-it-begins": (changed("/valid_from", "2036-01-31T12:00:00.000Z"), "/valid_until"),
    "revoked": (g.good(revoked=True), "/revoked"),
    "outside-validity": (changed("/valid_until", "2026-11-01T00:00:00.000Z"), "/valid_until"),
    "types-without-activities": (without("/playbook_activities"), "/playbook_types"),
    "activity-of-type-missing": (changed("/playbook_types/1", "prevention"), "/playbook_types/1"),
    "activity-in-no-step": (changed("/playbook_activities/2", "scan-system"), "/playbook_activities/2"),
    "activity-not-listed": (changed("/playbook_activities", ["eliminate-risk", "compose-content"]), "/playbook_activities"),
    "word-not-in-vocabulary": (changed("/playbook_types", ["mitigation", "incident-response"]), "/playbook_types/1"),
    "summary-disagrees": (changed("/playbook_processing_summary/if_logic", False), "/playbook_processing_summary/if_logic"),
    "tlp-marking-not-official": (
        changed(f"/data_marking_definitions/{g.GREEN}/tlpv2_level", "TLP:RED"), f"/data_marking_definitions/{g.GREEN}",
    ),
    "command-executable-elsewhere": (command(type="bash", command="rm -rf /"), f"{W}{g.STOP}/commands/0"),
    "unknown-command-type": (command(type="pong"), f"{W}{g.STOP}/commands/0/type"),
    "command-without-content": (command(type="manual"), f"{W}{g.STOP}/commands/0"),
    "command-not-base64": (command(type="manual", command_b64="####"), f"{W}{g.STOP}/commands/0/command_b64"),
    "agent-not-a-person": (
        agent("linux", address={"ipv4": ["192.0.2.1"]}), "/agent_definitions/linux--00000000-0000-4000-8000-00000000000f",
    ),
    "unknown-agent-type": (agent("soarca"), "/agent_definitions/soarca--00000000-0000-4000-8000-00000000000f"),
    "secret-in-file": (
        changed(f"/authentication_info_definitions/{g.LOGIN}", {"type": "http-basic", "password": "hunter2"}),
        f"/authentication_info_definitions/{g.LOGIN}/password",
    ),
    "kms-without-key": (
        without(f"/authentication_info_definitions/{g.LOGIN}/kms_key_identifier"),
        f"/authentication_info_definitions/{g.LOGIN}/kms",
    ),
    "placeholder": (changed(f"/agent_definitions/{g.TEAM}/name", "TO BE DECIDED: who"), f"/agent_definitions/{g.TEAM}/name"),
    "hidden-characters": (changed(f"{W}{g.TELL}/name", "tell\x1b]52;c;AAAA\x07"), f"{W}{g.TELL}/name"),
}  # fmt: skip

OLD = {"signatures": [SIGNED | {"revoked": True, "related_version": g.GOOD["created"], "signature": SIGNED}]}
CASES["signature-not-checked"] = (g.good(signatures=[SIGNED]), "/signatures/0")
CASES["signature-out-of-date"] = (g.good(**OLD), "/signatures/0")
CASES["signature-of-another-version"] = (g.good(**OLD), "/signatures/0/related_version")
CASES["countersignature-not-checked"] = (g.good(**OLD), "/signatures/0/signature")
STRANGE = sign(g.GOOD, SigningKey.from_raw(bytes(32)), signee="ACME", at="2026-03-01T12:00:00.000Z")
CASES["signature-of-a-stranger"] = (STRANGE, "/signatures/0")
CASES["signature-invalid"] = (STRANGE | {"name": "Another"}, "/signatures/0")
ALONE = without("/workflow_exception")
del ALONE["workflow"][g.STOP]["on_failure"]
CASES["timeout-unhandled"] = (ALONE, f"{W}{g.STOP}/timeout")
CASES["failure-unhandled"] = (ALONE, f"{W}{g.STOP}")
IEP_ID = "marking-iep--00000000-0000-4000-8000-000000000030"
CASES["iep-marking"] = (
    changed(
        f"/data_marking_definitions/{IEP_ID}",
        dict.fromkeys(
            (
                "name", "description", "tlp", "encrypt_in_transit", "permitted_actions", "affected_party_notifications",
                "attribution", "unmodified_resale",
            ),
            "x",
        )
        | {
            "type": "marking-iep", "id": IEP_ID, "created_by": g.MAKER, "created": "2026-01-31T12:00:00.000Z",
            "iep_version": 2, "start_date": "2026-01-31T12:00:00.000Z", "end_date": None, "external_references": [],
        },
    ),
    f"/data_marking_definitions/{IEP_ID}",
)  # fmt: skip


def findings(value: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each.rule, each.place) for each in lint(from_json(value), NOW)]


def test_a_playbook_that_breaks_no_rule_has_no_findings() -> None:
    assert findings(g.GOOD) == []


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_finds_what_it_is_for(rule: str) -> None:
    value, place = CASES[rule]
    assert not [each for each in floor.check(value) if each.severity is Severity.ERROR], "below the floor"
    assert (rule, place) in findings(value)


def test_every_rule_has_a_case_and_reads_well() -> None:
    below = {rule.id for rule in floor.RULES if rule.severity is Severity.ERROR}
    assert {rule.id for rule in RULES} == set(CASES) | below
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert not rule.title.endswith(".")
        assert rule.why.endswith(".")
        assert rule.fix.endswith(".")


def test_signatures_have_times_too() -> None:
    assert ("created-after-modified", "/signatures/0/modified") in findings(g.good(signatures=[SIGNED]))


def test_findings_have_the_line_of_their_place_or_of_what_is_around_it() -> None:
    text = json.dumps(without(f"{W}{g.ASK}/on_false"), indent=1)
    found = with_lines(lint(from_json(json.loads(text)), NOW), text)
    assert [each.rule for each in found] == ["dead-end", "unreachable-step"]
    assert all(each.line == lines_of(text, [each.place])[each.place] for each in found)
    broken = json.dumps(without("/name"), indent=1)
    assert [each.line for each in with_lines(floor.check(without("/name")), broken)] == [1]


def chain(length: int, kind: str) -> dict[str, Any]:
    """Steps one after the other, or each within the one before it."""
    ids = [f"{kind}--{number:08d}-0000-4000-9000-000000000000" for number in range(length)]
    steps: dict[str, Any] = {g.START: {"type": "start", "on_completion": ids[0]}, g.END: {"type": "end"}}
    for number, ident in enumerate(ids):
        after = ids[number + 1] if number + 1 < length else g.END
        if kind == "action":
            steps[ident] = g.action("x", after, "eliminate-risk")
        else:
            steps[ident] = {
                "type": kind,
                "condition": "__people__:value > 0",
                "on_true": after,
                "on_false": g.END,
            }
    return changed("/workflow", steps)


@pytest.mark.parametrize("kind", ["action", "if-condition"])
def test_ten_thousand_steps_are_no_trouble(kind: str) -> None:
    value = chain(MAX_STEPS - 2, kind)
    assert ("unreachable-step", W + g.START) not in findings(value)

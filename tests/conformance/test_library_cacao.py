"""The library passes the official schemas, our linter, the schema of its own bindings, and names no code that is not there."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from jsonschema import Draft7Validator
from tests.support.cacao import complaints, official
from tests.support.library import about, bound, read
from tools.playbook_graph import OF_FAMILY

from ircockpit import playbooks
from ircockpit.features.containment.engine.spec import Family
from ircockpit.features.playbooks.lint import lint
from ircockpit.features.playbooks.model import load
from ircockpit.features.triage.rules import FORM

NAMES = tuple(entry.short for entry in playbooks.entries())

OWASP = {
    "2025": (
        "Prompt Injection", "Sensitive Information Disclosure", "Supply Chain", "Data and Model Poisoning",
        "Improper Output Handling", "Excessive Agency", "System Prompt Leakage", "Vector and Embedding Weaknesses",
        "Misinformation", "Unbounded Consumption",
    ),
    "2026": (
        "Prompt Injection", "Sensitive Information Disclosure", "Excessive Agency", "Supply Chain",
        "Data and Model Poisoning", "Unbounded Consumption", "Misinformation", "Hidden Context Exposure",
        "Vector and Embedding Weaknesses", "Improper Output Handling",
    ),
}  # fmt: skip
"""Names by number: the same number means another thing in another year."""
LLAMA_GUARD = (
    "Violent Crimes", "Non-Violent Crimes", "Sex-Related Crimes", "Child Sexual Exploitation", "Defamation",
    "Specialized Advice", "Privacy", "Intellectual Property", "Indiscriminate Weapons", "Hate", "Suicide & Self-Harm",
    "Sexual Content", "Elections", "Code Interpreter Abuse",
)  # fmt: skip
AILUMINATE = (
    "vcr", "src", "cse", "ssh", "iwp", "ipv", "dfm", "ncr", "hte", "prv", "spc_ele", "spc_fin", "spc_hlt", "spc_lgl", "sxc_prn",
)  # fmt: skip
AVID = {"E0101": "Group fairness", "S0601": "Ingest Poisoning"}


@pytest.fixture(scope="module")
def validator(shared_data: Path) -> Draft7Validator:
    return official(shared_data)


@pytest.fixture(scope="module")
def bindings() -> Draft7Validator:
    schema = json.loads(playbooks.schema())
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


@pytest.mark.parametrize("name", NAMES)
def test_the_official_schemas_have_nothing_to_say(validator: Draft7Validator, name: str) -> None:
    playbook = read(name)
    assert not complaints(validator, playbook)
    playbook["workflow"][playbook["workflow_start"]]["on_success"] = playbook["workflow_exception"]
    assert complaints(validator, playbook)


@pytest.mark.parametrize("name", NAMES)
def test_the_linter_finds_nothing(name: str) -> None:
    raw = playbooks.text_of(name)
    assert not lint(load(raw, name), datetime.now(UTC))
    broken = json.loads(raw)
    del broken["agent_definitions"][about(broken)["checklists"][0]["agent"]]
    assert "dangling-agent" in {each.rule for each in lint(load(json.dumps(broken).encode(), name))}


EXTENSION_PROPERTY = re.compile("[a-z0-9_]{3,250}")
"""What CACAO asks of the names of an extension's properties, and no official schema checks."""


def keys(value: Any) -> Iterator[str]:
    """Every name of a property in a value."""
    if isinstance(value, dict):
        yield from value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(each)


def bound_parts(playbook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield about(playbook)
    yield from (bound(step) for step in playbook["workflow"].values() if step["type"] == "action")


@pytest.mark.parametrize("name", NAMES)
def test_the_bindings_hold_to_their_schema(bindings: Draft7Validator, name: str) -> None:
    parts = list(bound_parts(read(name)))
    assert len(parts) > 20
    assert not [complaints(bindings, part) for part in parts if not bindings.is_valid(part)]
    assert not [key for part in parts for key in keys(part) if not EXTENSION_PROPERTY.fullmatch(key)]


def test_a_wrong_binding_is_refused(bindings: Draft7Validator) -> None:
    step = next(part for part in bound_parts(read(NAMES[0])) if part.get("phase") == "contain")
    for wrong in (
        {"families": ["stop_everything"]},
        {"satisfied_when": {"fact": "all_is_well"}},
        {"satisfied_when": {"fact": "exhibit"}},
        {"satisfied_when": {"any_of": [{"fact": "owner_set"}]}},
        {"phase": "panic"},
        {"hint": "x"},
    ):
        assert not bindings.is_valid(copy.deepcopy(step) | wrong), wrong


def test_every_word_of_the_schema_is_used() -> None:
    schema = json.loads(playbooks.schema())["definitions"]
    text = "".join(playbooks.text_of(name).decode() for name in NAMES)
    words = [*schema["family"]["enum"], *schema["evidence"]["enum"], *schema["audience"]["enum"]]
    words += [each["properties"]["fact"]["const"] for each in schema["fact"]["oneOf"]]
    words += schema["step"]["properties"]["phase"]["enum"]
    assert not [word for word in words if f'"{word}"' not in text]


def test_a_connectors_families_are_those_that_steps_are_bound_to() -> None:
    families = json.loads(playbooks.schema())["definitions"]["family"]["enum"]
    assert len(get_args(Family)) > 5
    # A silence at the alert manager stops nothing, so no step of a playbook is bound to it.
    assert set(get_args(Family)) - {"quiet_alerts"} <= set(families)
    assert families == [*OF_FAMILY]


def test_questions_of_triage_are_those_of_the_form() -> None:
    choices = {question.field: set(question.choices) for question in FORM}
    for name in NAMES:
        for each in about(read(name))["variables"]:
            fact = each["known_from"]
            if fact["fact"] == "triage_answer":
                assert set(fact["any_of_answers"]) <= choices[fact["field"]]


def known_codes(atlas: dict[str, Any]) -> set[tuple[str, str, str, str]]:
    """Scheme, version, code and name of every code that may be used; AILuminate's list has no names of its own."""
    return (
        {
            ("owasp-llm", year, f"LLM{n:02}", name)
            for year, names in OWASP.items()
            for n, name in enumerate(names, 1)
        }
        | {("llama-guard", "3", f"S{n}", name) for n, name in enumerate(LLAMA_GUARD, 1)}
        | {("ailuminate", "1.0", code, "") for code in AILUMINATE}
        | {("avid", "0.2", code, name) for code, name in AVID.items()}
        | {("mit-domain", "1", "1.1", "Unfair discrimination and misrepresentation")}
        | {
            ("atlas", atlas["version"], each["id"], each["name"])
            for matrix in atlas["matrices"]
            for each in matrix["techniques"]
        }
    )


def test_codes_are_those_of_their_taxonomies(shared_data: Path) -> None:
    known = known_codes(yaml.safe_load((shared_data / "atlas" / "ATLAS.yaml").read_text()))
    assert sum(code[0] == "atlas" for code in known) > 100
    used = {
        (code["scheme"], code["version"], code["code"], code["name"] * (code["scheme"] != "ailuminate"))
        for name in NAMES
        for code in about(read(name))["codes"]
    }
    assert not used - known
    assert ("owasp-llm", "2025", "LLM03", "Excessive Agency") not in known  # that is its number of 2026
    reports = "".join(path.read_text() for path in (shared_data / "avid").rglob("*.json"))
    assert not [code for code, name in AVID.items() if f"{code}: {name}" not in reports]


def test_every_hit_of_a_real_run_leads_to_a_playbook(shared_data: Path) -> None:
    lines = (shared_data / "garak" / "support_bot.hitlog.jsonl").read_text().splitlines()
    hits = {(row["probe"], row["detector"]) for row in map(json.loads, lines)}
    assert len(hits) > 4
    for context in playbooks.CONTEXTS:
        assert not [hit for hit in hits if not playbooks.suited(context, *hit)]

"""What is read is frozen and typed, and is written again as it was; what is not a playbook is refused with its line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.playbooks import good as g

from ircockpit.features.playbooks.floor import check
from ircockpit.features.playbooks.model import MAX_STEPS, Playbook, from_json, load, to_json, write
from ircockpit.features.playbooks.source import Refused


def loaded(value: dict[str, Any]) -> Playbook:
    return load(json.dumps(value, indent=1).encode(), "x.json")


def test_what_is_typed_is_what_was_written() -> None:
    playbook = loaded(g.GOOD)
    assert (playbook.name, playbook.severity, playbook.start) == ("Wrong medical advice", 90, g.START)
    assert playbook.variables["__model__"].constant
    assert playbook.variables["__harmful__"].value is None
    stop = playbook.steps[g.STOP]
    assert (stop.timeout_ms, stop.delay_ms, stop.targets, stop.agent) == (60_000, 1_000, (g.BOT,), g.TEAM)
    assert stop.commands[0].command == "Stop __model__:value"
    assert [edge.how for edge in playbook.steps[g.ASK].edges] == ["on_true", "on_false"]
    assert [(edge.case, edge.target) for edge in playbook.steps[g.SORT].edges] == [
        ("chat", g.OTHER),
        ("default", g.OTHERWISE),
        ("", g.END),
    ]
    assert playbook.steps[g.BOTH].way("on_completion") == g.WATCH
    assert playbook.marking_definitions[g.GREEN].tlp == "TLP:GREEN"
    assert playbook.agents[g.TEAM].name == "Response team"


def test_nothing_of_it_can_be_changed() -> None:
    playbook = loaded(g.GOOD)
    with pytest.raises(AttributeError):
        playbook.name = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        playbook.json["workflow"][g.END]["name"] = "x"
    with pytest.raises(TypeError):
        playbook.steps[g.END] = playbook.steps[g.START]  # type: ignore[index]
    to_json(playbook)["workflow"].clear()
    assert playbook.json["workflow"]


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
unknown = st.dictionaries(words.map(lambda name: "x_" + name), anything, max_size=3)


@given(unknown, unknown, unknown, st.lists(words, min_size=1, max_size=3), st.permutations(list(g.GOOD)))
def test_import_and_export_are_stable(
    top: dict[str, Any], step: dict[str, Any], inside: dict[str, Any], labels: list[str], order: list[str]
) -> None:
    value = g.good(labels=labels, **top)
    value["workflow"][g.TELL] |= step
    value["workflow"][g.TELL]["commands"][0] |= step
    value["workflow"][g.OTHER]["step_extensions"][g.EXTENSION] = inside
    value["agent_definitions"][g.TEAM] |= step
    value = {name: value[name] for name in [*order, *top]}
    first = loaded(value)
    written = write(first)
    again = load(written, "x.json")
    assert to_json(first) == value
    assert again == first
    assert list(again.json) == list(value)
    assert write(again) == written


def test_explicit_defaults_and_empty_values_survive() -> None:
    value = g.good(revoked=False, description="", playbook_types=[])
    value["playbook_variables"]["__people__"] = {
        "type": "integer",
        "value": "",
        "constant": False,
        "external": False,
    }
    assert to_json(loaded(value)) == value


@pytest.mark.parametrize(
    ("value", "words_of_it"),
    [
        (g.without("/name"), "has no name"),
        (g.changed("/playbook_variables/__people__/value", 3), "/playbook_variables/__people__/value"),
        (g.changed("/created", "2026-01-31"), "a time in UTC"),
        (g.changed(f"/workflow/{g.STOP}/agent", "the team"), "is not an id"),
        (
            g.changed(f"/workflow/{g.STOP}/agent", "group--018f3c5e-0000-7000-8000-000000000000"),
            "is not an id",
        ),
        (g.changed("/priority", 101), "not from 0 to 100"),
        (g.changed("/priority", True), "whole number"),
        (g.changed(f"/workflow/{g.BOTH}/next_steps", [g.STOP]), "at least 2"),
        (g.changed(f"/workflow/{g.END}/on_completion", g.END), "stands in an end step"),
        (g.changed(f"/workflow/{g.END}/type", "start"), "is not one of: end"),
        (g.changed("/workflow/end-node", {"type": "end"}), "is not the id of a step"),
        (
            g.changed("/data_marking_definitions/marking-x--00000000-0000-4000-8000-000000000001", {}),
            "data marking",
        ),
        (g.changed(f"/data_marking_definitions/{g.GREEN}/tlpv2_level", "TLP:WHITE"), "TLP:CLEAR"),
        (g.changed("/workflow", []), "dictionary"),
    ],
)
def test_what_is_below_the_floor_is_refused_with_its_line(value: dict[str, Any], words_of_it: str) -> None:
    with pytest.raises(Refused, match=r"x\.json") as refused:
        loaded(value)
    assert words_of_it in refused.value.reason
    assert refused.value.line > 0
    assert "Nothing was loaded" in refused.value.safe


def test_a_million_steps_are_refused_and_as_many_as_are_allowed_are_not() -> None:
    raw = b'{"workflow":{' + b",".join(b'"%x":{}' % number for number in range(900_000)) + b"}}"
    with pytest.raises(Refused, match="900,000 steps"):
        load(raw, "x.json")
    value = g.good()
    value["workflow"] |= {
        f"end--{number:08d}-0000-4000-9000-000000000000": {"type": "end"} for number in range(MAX_STEPS)
    }
    with pytest.raises(Refused, match="steps, a playbook at most"):
        loaded(value)
    for ident in list(value["workflow"])[-len(g.GOOD["workflow"]) :]:
        del value["workflow"][ident]
    assert len(loaded(value).steps) == MAX_STEPS


@given(st.dictionaries(st.sampled_from(list(g.GOOD)), anything, max_size=4))
def test_whatever_stands_in_a_property_is_read_or_refused(top: dict[str, Any]) -> None:
    value = g.good(**top)
    errors = [each for each in check(value) if each.severity == "error"]
    if errors:
        with pytest.raises(Refused):
            loaded(value)
    else:
        assert to_json(from_json(value)) == value

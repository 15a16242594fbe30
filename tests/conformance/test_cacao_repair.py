"""The broken public playbooks for incidents of AI systems become playbooks that the official schemas accept."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from tests.features.playbooks import good as g
from tests.features.playbooks.test_playbooks_repair import silent
from tests.support.cacao import complaints, official

from ircockpit.features.playbooks.lint import lint
from ircockpit.features.playbooks.model import load, write
from ircockpit.features.playbooks.repair import repair
from ircockpit.features.playbooks.source import pointer

BROKEN = (
    "cosai/1-detect-ai-training-data-poisoning.json",
    "cosai/2-multi-channel-prompt-injection-detection-and-response.json",
    "cosai/3-memory-injection-attack-minja-detection-and-response.json",
    "soarca-examples/fin-playbook.json",
)
ODD: tuple[Any, ...] = (None, True, 7, 0.5, "", "some words", [], ["x"], {"x": 1})


@pytest.fixture(scope="module")
def validator(shared_data: Path) -> Draft7Validator:
    return official(shared_data)


@pytest.mark.parametrize("name", BROKEN)
def test_the_broken_ones_load_once_repaired(shared_data: Path, validator: Draft7Validator, name: str) -> None:
    before = json.loads((shared_data / "cacao" / name).read_text())
    assert complaints(validator, before)
    repaired = repair(before)
    assert repaired.playbook is not None
    assert not complaints(validator, repaired.value)
    assert load(write(repaired.playbook), name) == repaired.playbook
    assert all(change.why for change in repaired.changes)
    assert len(repaired.playbook.steps) == len(before["workflow"])
    assert not silent(before, repaired)


def mutants(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place in list(places(value)):
        yield g.without(place, value)
        for odd in ODD:
            yield g.changed(place, odd, value)
        key = place.rpartition("/")[2]
        if not key.isdigit():
            for other in (key.title().replace("_", ""), key.replace("_", "-"), f"x_{key}"):
                above = g.without(place, value)
                yield g.changed(f"{place.rpartition('/')[0]}/{other}", at(value, place), above)


def at(value: Any, place: str) -> Any:
    for part in place.split("/")[1:]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return copy.deepcopy(value)


def places(value: Any, place: str = "") -> Iterator[str]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in below:
        yield pointer(place, key)
        yield from places(each, pointer(place, key))


@pytest.mark.parametrize("name", BROKEN)
def test_mutants_of_them_are_repaired_or_refused_and_nothing_is_silent(
    shared_data: Path, validator: Draft7Validator, name: str
) -> None:
    original = json.loads((shared_data / "cacao" / name).read_text())
    whole = loaded = 0
    for mutant in list(mutants(original))[::7]:
        whole += 1
        repaired = repair(mutant)
        assert (repaired.playbook is None) == bool(repaired.refused)
        assert not silent(mutant, repaired), mutant
        if repaired.playbook is not None:
            loaded += 1
            assert not complaints(validator, repaired.value), mutant
            lint(repaired.playbook)
    assert whole > 40
    assert loaded / whole > 0.9

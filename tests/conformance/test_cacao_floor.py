"""Whatever the official schemas refuse, the program's own floor refuses; what we write passes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from tests.features.playbooks import good as g
from tests.store.profiles import open_station
from tests.support.cacao import complaints, official

from ircockpit.features.playbooks import actions, shelf
from ircockpit.features.playbooks.floor import check
from ircockpit.features.playbooks.model import load, write
from ircockpit.features.playbooks.source import Refused, pointer

PASSING = (
    "oasis-examples/basic-example-1.json",
    "oasis-examples/spec-3.1-example.json",
    "soarca-examples/http-playbook.json",
    "soarca-examples/manual-playbook.json",
    "soarca-examples/openc2-playbook.json",
    "soarca-examples/powershell-playbook.json",
    "soarca-examples/ssh-playbook.json",
)
REFUSED = (
    "cosai/1-detect-ai-training-data-poisoning.json",
    "cosai/2-multi-channel-prompt-injection-detection-and-response.json",
    "cosai/3-memory-injection-attack-minja-detection-and-response.json",
    "soarca-examples/fin-playbook.json",
    "oasis-examples/signature-rsa-signed.json",
)
SIGNATURE = {
    "type": "jss", "id": "jss--00000000-0000-4000-8000-000000000020", "created": "2026-03-01T12:00:00.000Z",
    "modified": "2026-03-01T12:00:00.000Z", "signee": "ACME", "related_to": g.PLAYBOOK, "valid_from": "2026-03-01T12:00:00Z",
    "related_version": "2026-02-28T12:00:00.000Z", "hash_algorithm": "sha-256", "algorithm": "Ed25519", "value": "AA",
}  # fmt: skip
RICH = g.good(
    signatures=[SIGNATURE | {"public_key": "AA", "signature": SIGNATURE | {"thumbprint": "AA"}}],
    external_references=[{"name": "guide", "url": "https://example.org"}],
    derived_from=[g.SECOND],
    industry_sectors=["media"],
    playbook_extensions={g.EXTENSION: {"columns": 3}},
)
RICH["agent_definitions"][g.TEAM]["location"] = {"region": "europe", "city": "Graz"}
RICH["target_definitions"][g.BOT]["address"] |= {
    "url": ["https://bot.example.org/v1"], "ipv6": ["2001:db8::1", "::", "::ffff:192.0.2.1", "fe80::1%eth0"],
    "l2mac": ["00:00:5e:00:53:01"], "vlan": [7],
}  # fmt: skip
RICH["target_definitions"][g.BOT] |= {"port": "443", "category": ["siem"]}
RICH["data_marking_definitions"]["marking-statement--00000000-0000-4000-8000-000000000021"] = {
    "type": "marking-statement", "id": "marking-statement--00000000-0000-4000-8000-000000000021", "created_by": g.MAKER,
    "created": "2026-01-31T12:00:00.000Z", "statement": "ours", "labels": ["x"],
}  # fmt: skip
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "x",
    "2026-01-31T12:00:00Z",
    [],
    ["x"],
    ["x.org", "1.2.3.4.5"],
    [4096],
    {},
    {"x": "y"},
    {"x": 1},
)


@pytest.fixture(scope="module")
def validator(shared_data: Path) -> Draft7Validator:
    return official(shared_data)


def places(value: Any, place: str = "") -> Iterator[str]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in below:
        yield pointer(place, key)
        yield from places(each, pointer(place, key))


@pytest.mark.parametrize("name", PASSING)
def test_real_playbooks_load_and_are_written_as_they_were(
    shared_data: Path, validator: Draft7Validator, name: str
) -> None:
    raw = (shared_data / "cacao" / name).read_bytes()
    playbook = load(raw, name)
    assert json.loads(write(playbook)) == json.loads(raw)
    assert not complaints(validator, json.loads(write(playbook)))


@pytest.mark.parametrize("name", PASSING)
def test_real_playbooks_are_taken_in_and_given_out_with_the_same_meaning(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    file = shared_data / "cacao" / name
    changed = set[str]()
    for place in ("one", "two"):  # the second one is given what the first one gives out
        with open_station(tmp_path / place) as station:
            shown = actions.take_in(station, file=str(file)).data["changes"]
            actions.take_in(station, file=str(file), yes=True)
            (held,) = shelf.recorded(station.view)
            out = tmp_path / f"{place}.json"
            actions.export(station, playbook=held.short, to=str(out))
        if place == "one":
            # Times finer than CACAO has them are the one thing that is made otherwise, and each is told.
            changed = {each["place"] for each in shown}
            assert all("time" in each["why"] for each in shown), shown
        else:
            assert shown == []
            assert out.read_bytes() == file.read_bytes()
        file = out
    before, after = (json.loads(each.read_bytes()) for each in (shared_data / "cacao" / name, file))
    there = dict(leaves(before))
    assert {place for place, value in leaves(after) if there[place] != value} == changed


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every place with what stands there and is no container, and how many stand in one that is."""
    below = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    yield place, value if below is None else len(value)
    for key, each in below or ():
        yield from leaves(each, pointer(place, key))


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_schemas_refuse_is_refused(shared_data: Path, validator: Draft7Validator, name: str) -> None:
    raw = (shared_data / "cacao" / name).read_bytes()
    assert complaints(validator, json.loads(raw))
    with pytest.raises(Refused, match=name) as refused:
        load(raw, name)
    assert refused.value.line > 0


def test_the_floor_is_nowhere_below_the_schemas(validator: Draft7Validator) -> None:
    assert not complaints(validator, RICH)
    assert not list(check(RICH))
    mutants = [(f"{place} is {odd!r}", g.changed(place, odd, RICH)) for place in places(RICH) for odd in ODD]
    mutants += [(f"{place} is gone", g.without(place, RICH)) for place in places(RICH)]
    mutants = mutants[::3]
    slipped = []
    refused = 0
    for told, mutant in mutants:
        ours = any(each.severity == "error" for each in check(mutant))
        refused += ours
        if not ours and not validator.is_valid(mutant):
            slipped.append(told)
    assert not slipped
    assert len(mutants) > 1_000
    assert 0.5 < refused / len(mutants) < 0.95  # neither lets all through nor refuses all

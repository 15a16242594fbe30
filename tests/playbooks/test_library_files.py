"""What is shipped is what the sources say, in the form that every reader of CACAO expects."""

import json
import re
import uuid
from pathlib import Path

import pytest
from msgspec import structs
from tests.support.library import about, actions, read
from tools import playbook_source
from tools.playbook_graph import NAMESPACE
from tools.playbooks import SHELF, compiled, files, stale

from ircockpit import playbooks
from ircockpit.core.errors import NotFound
from ircockpit.features.systems.rules import CONTEXTS

NAMES = tuple(entry.short for entry in playbooks.entries())
MOST_BYTES = 60_000
EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_what_is_shipped_is_what_the_sources_say() -> None:
    assert not stale(), "run: make playbooks"


def test_a_file_changed_by_hand_is_seen(tmp_path: Path) -> None:
    for path in SHELF.glob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert not stale(tmp_path)
    changed = tmp_path / playbooks.entries()[0].file
    changed.write_text(changed.read_text().replace("Halt", "Do not halt", 1))
    (tmp_path / "stranger.json").write_text("{}")
    (tmp_path / playbooks.entries()[1].file).unlink()
    assert stale(tmp_path) == sorted({changed.name, "stranger.json", playbooks.entries()[1].file})


def test_compiling_twice_gives_the_same_bytes() -> None:
    sources = playbook_source.read()
    assert files(sources) == files(playbook_source.read())


def test_there_are_twelve_kinds_at_least_in_every_context() -> None:
    assert playbooks.CONTEXTS == CONTEXTS == playbook_source.CONTEXTS
    kinds = {entry.category for entry in playbooks.entries()}
    assert len(kinds) >= 12
    assert {(entry.category, entry.context) for entry in playbooks.entries()} == {
        (kind, context) for kind in kinds for context in playbooks.CONTEXTS
    }


def test_the_reader_finds_by_short_name_and_by_id() -> None:
    first = playbooks.entries()[0]
    assert playbooks.entry(first.short) == playbooks.entry(first.id) == first
    assert json.loads(playbooks.text_of(first.id))["id"] == first.id
    with pytest.raises(NotFound, match="no playbook 'panic'"):
        playbooks.text_of("panic")


@pytest.mark.parametrize(
    ("heard", "kind"),
    [
        (("promptinject.HijackHateHumans", "promptinject.AttackRogueString"), "prompt-injection"),
        (("latentinjection.LatentInjectionReport", "base.TriggerListDetector"), "prompt-injection"),
        (("ansiescape.AnsiRaw", "ansiescape.Raw"), "prompt-injection"),
        (("exploitation.JinjaTemplatePythonInjection",), "prompt-injection"),
        (("Harmful output ratio 12 %",), "harmful-content"),
        (("sexual/minors",), "illegal-material"),
        (("self-harm/intent",), "self-harm"),
        (("Refund agent paid refunds",), "agent-misuse"),
        (("Pharmacy bot: wrong dose",), "hallucinated-advice"),
        (("GenAITokenSpendHigh",), "unbounded-use"),
    ],
)
def test_a_signal_leads_to_its_playbook(heard: tuple[str, ...], kind: str) -> None:
    for context in playbooks.CONTEXTS:
        found = playbooks.suited(context, *heard)
        assert found[0].short == f"{kind}.{context}"
        assert {each.context for each in found} == {context}
    assert not playbooks.suited("internal", "Disk almost full")


@pytest.mark.parametrize("name", NAMES)
def test_the_index_tells_what_the_file_says(name: str) -> None:
    entry, playbook = playbooks.entry(name), read(name)
    said = about(playbook)
    assert (entry.id, entry.modified, entry.name) == (playbook["id"], playbook["modified"], playbook["name"])
    assert (entry.category, entry.context) == (said["category"], said["context"])
    assert (list(entry.families), list(entry.clock_rules)) == (said["families"], said["clock_rules"])
    assert playbook["description"].endswith(entry.purpose)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_small_and_its_ids_and_times_are_exact(name: str) -> None:
    raw = playbooks.text_of(name)
    playbook = read(name)
    assert len(raw) < MOST_BYTES
    assert EXACT.fullmatch(playbook["created"])
    assert EXACT.fullmatch(playbook["modified"])
    assert playbook["created"] <= playbook["modified"]
    assert playbook["id"] == f"playbook--{uuid.uuid5(NAMESPACE, name)}"
    # CACAO asks for UUIDs of version 4 in steps; these have the form, and stay the same.
    versions = {uuid.UUID(ident.rpartition("--")[2]).version for ident in playbook["workflow"]}
    assert versions == {4}


def test_no_step_has_the_id_of_another() -> None:
    idents = [ident for name in NAMES for ident in read(name)["workflow"]]
    assert len(idents) == len(set(idents))


def test_a_playbook_keeps_its_ids_when_its_words_change() -> None:
    sources = playbook_source.read()
    before = compiled(sources, "privacy-leak", "internal")
    kinds = dict(sources.categories)
    kind = kinds["privacy-leak"]
    here = kind.contexts["internal"]
    kinds["privacy-leak"] = structs.replace(
        kind,
        contexts={**kind.contexts, "internal": structs.replace(here, name="Another")},
    )
    after = compiled(sources._replace(categories=kinds), "privacy-leak", "internal")
    assert after["name"] == "Another"
    assert after["id"] == before["id"]
    assert after["workflow"].keys() == before["workflow"].keys()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("flow: [declare]", "no step is called declare"),
        ("flow: [triage, triage]", "stands twice in its flow: triage"),
        ("flow: [Triage]", "'Triage' does not name steps"),
        (
            "flow: [triage]\n    steps: {x: {title: x, who: x, phase: triage, do: [x], done: x}}",
            "never taken: x",
        ),
        ("flow: [triage]\n    steps: {x: {title: x, phrase: triage}}", "`phrase`|missing required field"),
    ],
)
def test_sources_that_do_not_hold_together_are_refused(tmp_path: Path, words: str, complaint: str) -> None:
    for path in playbook_source.FOLDER.glob("_*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    contexts = "".join(
        f"  {context}:\n    name: x\n    purpose: x\n    authorises: x\n    speaks: x\n    impact: 1\n    {words}\n"
        for context in playbook_source.CONTEXTS
    )
    (tmp_path / "sample.yaml").write_text(
        "title: x\nsummary: x\nmodified: x\npriority: 1\nseverity: 1\nwords: []\nsignals: []\ntriage: []\ncodes: []\nadds: {}\n"
        f"contexts:\n{contexts}"
    )
    with pytest.raises(SystemExit, match=complaint):
        playbook_source.steps_of(playbook_source.read(tmp_path), "sample", "internal")


def test_every_step_has_words_for_what_to_do_and_for_done() -> None:
    for name in NAMES:
        for step in actions(read(name)).values():
            assert step["name"], name
            assert step["description"].startswith("Done when "), (name, step["name"])
            assert all(len(command["command"]) > 10 for command in step["commands"]), (name, step["name"])

"""Whatever is brought in beside it, an incident that runs goes on as it was; what is wrong is said with file, line and why."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.features.playbooks import good as g
from tests.features.playbooks.followed import NAME, state
from tests.support.hostile import EVERYTHING
from tests.support.hub import declare

from ircockpit.core.errors import CockpitError
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.clocks.queries import FOLDER as CLOCKS
from ircockpit.features.playbooks import actions, following
from ircockpit.features.triage import actions as triage
from ircockpit.features.triage.criteria import FOLDER as TRIAGE
from ircockpit.features.triage.filling import fill
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

SIGNATURE = {
    "type": "jss", "id": "jss--00000000-0000-4000-8000-000000000020", "created": "2026-03-01T12:00:00.000Z",
    "modified": "2026-03-01T12:00:00.000Z", "signee": "ACME", "related_to": g.PLAYBOOK,
    "related_version": "2026-02-28T12:00:00.000Z", "hash_algorithm": "sha-256", "algorithm": "Ed25519", "public_key": "AA",
    "value": "AA",
}  # fmt: skip
UNKNOWN = "extension-definition--00000000-0000-4000-8000-0000000000aa"


def good(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = copy.deepcopy(g.GOOD)
    change(value)
    return json.dumps(value, indent=1).encode()


def circle(value: dict[str, Any]) -> None:
    value["workflow"][g.STOP]["on_success"] = g.STOP


def hostile(value: dict[str, Any]) -> None:
    value["name"] = value["description"] = EVERYTHING[:900]


def unknown(value: dict[str, Any]) -> None:
    value["workflow"][g.TELL]["step_extensions"] = {
        UNKNOWN: {"satisfied_when": {"fact": "incident_declared"}}
    }


BAD_PLAYBOOKS: dict[str, tuple[bytes, str]] = {
    "a cycle": (good(circle), "circle-without-while"),
    "a missing step": (good(lambda value: value["workflow"].pop(g.TELL)), "dangling"),
    "a bad signature": (good(lambda value: value.update(signatures=[SIGNATURE])), "signature"),
    "ten megabytes": (b'{"type": "playbook", "x": "' + b"a" * 10_500_000 + b'"}', "at most"),
    "hostile text": (good(hostile), ""),
    "an unknown extension": (good(unknown), "dangling-extension"),
    "half a file": (json.dumps(g.GOOD, indent=1).encode()[:900], "line "),
}
BAD_FILES: dict[str, tuple[str, str, str]] = {
    "a form that contradicts itself": (
        f"{TRIAGE}/forms/bad.yaml",
        "form: 1\nid: prompt-injection\ntitle: x\nquestions:\n  - {id: one, ask: One?, type: choice, choices: [yes, no]}\n"
        "  - {id: two, ask: Two?, type: choice, choices: [yes, no],"
        " when: {all: [{fact: one, is: yes}, {fact: one, is: no}]}}\n",
        "bad.yaml, line 6: ",
    ),
    "criteria with a typo": (f"{TRIAGE}/criteria.yaml", "form: 1\nasumed: {}\n", "criteria.yaml, line 2: "),
    "duties that contradict themselves": (
        f"{CLOCKS}/bad.yaml", "form: 1\ntitle: x\nclocks:\n  - id: own\n    regmie: x\n", "bad.yaml, line ",
    ),
}  # fmt: skip
"""Where it lies in the profile, what it says, and what is said of it."""


@pytest.fixture
def running(station: Workstation) -> str:
    """An incident in the middle of it."""
    ident = declare(station, "prompt injection by mail")
    following.begin(station, incident=ident, playbook=NAME)
    following.done(station, step=f"{ident}/2")
    triage.answer(station, incident=ident, harm="likely", category="prompt-injection")
    clocks.fact(station, incident=ident, fact="gdpr_role", answer="controller")
    clocks.anchor(station, incident=ident, name="aware", time="2026-11-23T10:00Z")
    return ident


def standing(station: Workstation, ident: str) -> dict[str, Any]:
    """Everything that this incident shows of playbook, form, triage and clocks, but what is said of refused files."""
    run = following.list_steps(station, incident=ident).data
    judged = triage.answer(station, incident=ident).data
    due = clocks.overview(station, incident=ident, all=True).data["clocks"]
    return {
        "steps": run["steps"], "values": run["variables"],
        "triage": {name: each for name, each in judged.items() if name != "criteria_refused"},
        "form": fill(station, incident=ident).data, "clocks": [(each["clock"], each["clock_state"]) for each in due],
    }  # fmt: skip


def goes_on(station: Workstation, ident: str) -> None:
    following.done(station, step=f"{ident}/3")
    assert state(station, ident, 3) == "done"
    fill(station, incident=ident, question="1", value="1")
    clocks.filed(station, incident=ident, clock="eu-gdpr-33-1")


@pytest.mark.parametrize("name", BAD_PLAYBOOKS)
def test_a_bad_playbook_is_refused_or_shown_with_what_is_wrong_and_breaks_nothing(
    station: Workstation, running: str, tmp_path: Path, name: str
) -> None:
    raw, said = BAD_PLAYBOOKS[name]
    file = tmp_path / "bad.json"
    file.write_bytes(raw)
    before = standing(station, running)
    told = []
    for act in (actions.lint, lambda station, file: actions.take_in(station, file=file, yes=True)):
        try:
            result = act(station, file=str(file))
        except CockpitError as error:
            told.append(" ".join(error.sentences()))
        else:
            told.append(json.dumps(result.data) + " ".join(plain(line) for line in result.lines))
            assert all(plain(line).isprintable() for line in result.lines)
    assert all(said in text for text in told), told
    assert standing(station, running) == before
    goes_on(station, running)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_of_the_organisation_is_named_with_its_line_and_breaks_nothing(
    station: Workstation, running: str, name: str
) -> None:
    place, text, said = BAD_FILES[name]
    before = standing(station, running)
    file = station.profile.folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    assert standing(station, running) == before
    shown = [
        *triage.answer(station, incident=running).lines, *fill(station, incident=running).lines,
        *clocks.overview(station, incident=running).lines,
    ]  # fmt: skip
    assert said in " ".join(" ".join(plain(line) for line in shown).split())
    goes_on(station, running)


def test_a_good_file_of_the_organisation_changes_what_is_shown(station: Workstation, running: str) -> None:
    # The control: these files are read, and one that holds together counts at once.
    before = standing(station, running)
    file = station.profile.folder / TRIAGE / "forms" / "ours.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(
        "form: 1\nid: prompt-injection\ntitle: x\nquestions:\n  - {id: one, ask: One?, type: choice, choices: [yes, no]}\n"
    )
    assert standing(station, running) != before

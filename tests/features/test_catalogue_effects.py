"""What the papers say that a command changes is what it does to a profile."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import declare, note

from ircockpit.command.action import Action, Danger, Kind, load
from ircockpit.core.errors import CockpitError
from ircockpit.features.catalogue import actions
from ircockpit.features.playbooks.following import begin
from ircockpit.features.systems.actions import add
from ircockpit.playbooks import text_of
from ircockpit.store.workstation import Draft, Workstation

READING = [each for each in actions() if each.danger is Danger.READ]
ABSENT = ("bundle.show", "connector.choices", "companion.show", "hub.status", "replay.show", "rulefile.show")
"""What they are about is not in the profile here: they say so."""


def state(station: Workstation) -> tuple[Any, ...]:
    """All that a profile holds: the record, the view, and every other file with its mode and what is in it."""
    folder = station.profile.folder
    rows = [
        tuple(map(tuple, station.log.db.execute(f'SELECT * FROM "{table}"')))  # noqa: S608 - names from the schema
        for (table,) in station.log.db.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name").fetchall()
    ]  # fmt: skip
    files = [
        (path.name, path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
        if not path.name.startswith(("log.db", "view.db"))
    ]  # fmt: skip
    return rows, station.view.dump(), folder.stat().st_mode, files


@pytest.fixture
def changed(station: Workstation, tmp_path: Path) -> Callable[[Action], bool]:
    """Whether a command, with every flag it has, leaves another profile than it found; its files are open to others."""
    ident, stream = declare(station)
    note(station, stream, ident, "said")
    add(station, name="bot")
    station.profile.folder.chmod(0o755)
    begin(station, incident=ident, playbook="privacy-leak.internal")
    playbook = tmp_path / "playbook.json"
    playbook.write_bytes(text_of("privacy-leak.internal"))
    facts = {"incident": ident, "control": "halt", "title": "halt", "state": "planned"}
    action = station.new_id(stream)
    station.append([Draft(stream, "containment.planned", action, (facts,))])
    named = {
        "action": action,
        "record": action,
        "playbook": "privacy-leak.internal",
        "old": "privacy-leak.internal",
        "new": "privacy-leak.partner",
        "step": f"{ident}/2",
        "file": str(playbook),
        "incident": ident,
        "target": ident,
        "name": "bot",
        "folder": str(tmp_path / "none"),
        "shell": "bash",
        "decision": "close",
        "taxonomy": "mitre-atlas",
        "clock": "eu-gdpr-33-1",
        "rulefile": "f-none",
        "run": "y-none",
        "source": "env:HOME",
        "connector": "envoy",
        "template": "test",
    }

    def done(action: Action) -> bool:
        before = state(station)
        given: dict[str, Any] = {param.name: named[param.name] for param in action.params if param.positional}
        if action.id == "connector.choices":
            given["target"] = "none"
        given |= {param.name: True for param in action.params if param.kind is Kind.FLAG}
        try:
            load(action.handler)(*([station] if action.needs_profile else []), **given)
        except CockpitError:
            assert action.id in ABSENT
        return state(station) != before

    return done


@pytest.mark.parametrize(
    "action", [each for each in READING if not each.effect], ids=lambda action: action.id
)
def test_what_says_that_it_changes_nothing_changes_nothing(
    action: Action, changed: Callable[[Action], bool]
) -> None:
    assert not changed(action)


def test_a_repair_changes_something_and_says_so(changed: Callable[[Action], bool]) -> None:
    doctor = next(each for each in READING if each.id == "record.doctor")
    assert changed(doctor), "control: a change is seen"
    assert "--repair" in doctor.effect

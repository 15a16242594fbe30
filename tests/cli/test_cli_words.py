"""No command prints words of others without offering to leave them out: asked of every entry of the registry that reads."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.features.care.stage import FOREIGN, foreign_record
from tests.features.playbooks.good import good
from tests.support.hub import LocalHub, join, station, sync

from ircockpit.cli.main import run
from ircockpit.command.action import SAFE, Action, Danger
from ircockpit.features.bundles.actions import export
from ircockpit.features.catalogue import actions
from ircockpit.features.erasure.actions import erase, place
from ircockpit.features.incidents.actions import note
from ircockpit.features.membership.actions import set_role
from ircockpit.features.people.actions import set_name
from ircockpit.features.playbooks.actions import approve, take_in
from ircockpit.features.playbooks.following import begin
from ircockpit.features.response.actions import add_partner, take, tick
from ircockpit.features.systems.actions import add
from ircockpit.store.workstation import Workstation

OF_ONESELF = {
    "record.lens": "is asked for the words themselves, with what is hidden in them",
    "record.copy": "gives the words themselves to the clipboard",
    "view.save": "repeats what was just typed",
    "playbook.lint": "speaks of a file that was just named",
    "record.backup": "names the folder that was just given",
}
"""Commands that print words that are no others', or nothing else than those; and why."""
READING = [each for each in actions() if each.danger is Danger.READ and each.needs_profile]
SAYS_ALL = {"incident.show", "member.list", "entry.refused", "erasure.status", "system.show", "bundle.show", "partner.list",
            "playbook.show", "step.show", "role.list", "response.escalation", "hub.status", "trust.show"}  # fmt: skip
"""Some that do print them, by which the record is seen to hold what it must."""
SYSTEM = {
    "name": "bot", **dict.fromkeys(("owner", "on_call", "fallback", "affected"), FOREIGN), "match": [{"service": FOREIGN}],
    "targets": [{"name": FOREIGN, "admin": "http://127.0.0.1:9", "probe": "http://127.0.0.1:8", "auth": ""}],
    "controls": [{"name": FOREIGN, "title": FOREIGN, "connector": "envoy", "action": "halt", "target": FOREIGN}],
    "escalation": [{"who": FOREIGN, "how": FOREIGN, "minutes": 1}],
}  # fmt: skip


def playbook() -> dict[str, Any]:
    """A playbook whose words are a stranger's."""
    made = good(name=FOREIGN, description=FOREIGN)
    for each in made["workflow"].values():
        each["name"] = FOREIGN
    return made


def words_of(station: Workstation, other: Workstation, hub: LocalHub, folder: Path) -> dict[str, str]:
    """Fill a record that two people share, so that all of it is in words of others; what parameters mean in it."""
    set_name(station, name=f"{FOREIGN} lead")
    hub.start(station)
    join(hub, other, f"{FOREIGN} joined")
    ident = foreign_record(station, folder)
    gone = note(station, incident=ident, text="to be erased").data["event"]
    kept = note(station, incident=ident, text="to be kept").data["event"]
    file = folder / "playbook.json"
    file.write_text(json.dumps(playbook()))
    take_in(other, file=str(file), yes=True)
    for who in (station, other, station):
        sync(who)
    set_role(station, member=other.me, role="observer", why=f"{FOREIGN} why")
    note(other, incident=ident, text=f"{FOREIGN} held back")
    for who in (other, station):
        sync(who)
    short = next(row[0] for row in station.view.rows("SELECT id FROM playbook"))
    approve(station, playbook=short, why=FOREIGN)
    begin(station, incident=ident, playbook=short)
    take(station, incident=ident, role="commander")
    tick(station, incident=ident, item="ic-take")
    add_partner(station, incident=ident, organisation=FOREIGN, part=FOREIGN, who=FOREIGN, contact=FOREIGN)
    system = folder / "system.json"
    system.write_text(json.dumps(SYSTEM))
    add(station, name=str(system))
    place(station, target=kept, reason=f"{FOREIGN} reason")
    erase(station, entry=[gone], reason=f"{FOREIGN} reason", confirm=gone[:12], yes=True)
    return {"incident": ident, "playbook": short, "old": short, "new": short, "name": "bot", "target": ident,
            "step": f"{ident}/1", "file": str(file), "to": str(folder / "to")}  # fmt: skip


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """The profile, with its hub running, and what parameters mean in it."""
    folder = tmp_path_factory.mktemp("words")
    home = folder / "home"
    with station(home) as ann, station(folder / "bo") as bo:
        hub = LocalHub(folder / "hub", ann)
        known = words_of(ann, bo, hub, folder)
        bundle = folder / "bundle"
        export(ann, incidents=[known["incident"]], to=str(bundle))
    yield home, {**known, "folder": str(bundle)}
    hub.close()


@pytest.fixture(autouse=True)
def at_home(filled: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IRCOCKPIT_HOME", str(filled[0]))
    monkeypatch.chdir(tmp_path)


def command(action: Action, known: dict[str, str]) -> list[str]:
    needed = [
        known.get(param.name, FOREIGN) for param in action.params if param.positional and param.required
    ]
    return [*action.verb, *needed]


def prints(capsys: pytest.CaptureFixture[str], words: list[str]) -> bool:
    """Whether a command prints words of others, to people or to programs."""
    for form in ((), ("--json",)):
        run([*words, *form])
        if FOREIGN in capsys.readouterr().out:
            return True
    return False


@pytest.mark.parametrize("action", READING, ids=lambda each: each.id)
def test_what_prints_words_of_others_can_leave_them_out(
    action: Action, filled: tuple[Path, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    words = command(action, filled[1])
    if action.id in OF_ONESELF:
        assert SAFE not in action.params
    elif SAFE in action.params:
        assert not prints(capsys, [*words, "--safe"])
    else:
        assert not prints(capsys, words), "give it SAFE, or say in OF_ONESELF whose words they are"
    if action.id in SAYS_ALL:
        assert prints(capsys, words), "the control: without the option they are there"

"""Where keys lie and what protects them: shown as it is, and the root behind its passphrase is of no use without."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from tests.support.hub import LocalHub, join
from tests.support.hub import station as open_home
from tests.support.pty_screen import PtyScreen

from ircockpit.command.asking import asking
from ircockpit.core.errors import BadInput, NotFound, RefusedError, SecretError, StoreError, UsageError
from ircockpit.features.record.actions import doctor
from ircockpit.features.sharing import hosting
from ircockpit.features.trust import actions
from ircockpit.ledger.joining import spoken
from ircockpit.render.span import plain
from ircockpit.store import rootkey
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation

WORDS = "a quiet long word"


def page(station: Workstation) -> str:
    return "\n".join(plain(line) for line in actions.show(station).lines)


def test_what_is_shown_is_what_is_there(station: Workstation) -> None:
    text, data = page(station), actions.show(station).data
    me = station.identity
    assert data["org"] == me.org
    assert data["fingerprint"] == spoken(me.root)
    assert data["fingerprint"] in text
    assert data["root"] == {"path": str(station.profile.root_key), "passphrase": False, "successor": False}
    assert [(each["device"], each["certified_by"]) for each in data["devices"]] == [(me.device, "root")]
    assert str(station.profile.device_key) in text
    assert "sign as this device" in text
    assert json.loads(json.dumps(data)) == data


def test_doctor_says_it_in_the_same_words(station: Workstation) -> None:
    said = [(each["about"], each["what"]) for each in doctor(station).data]
    for fact in actions.show(station).data["facts"]:
        assert (fact["about"], fact["what"]) in said


def test_no_secret_is_shown(station: Workstation, source: str) -> None:
    secret = read_key(station.profile.root_key).raw().hex()
    device = station.key().raw().hex()
    for _ in range(2):
        shown = page(station) + json.dumps(actions.show(station).data)
        assert secret not in shown
        assert device not in shown
        assert WORDS not in shown
        if not actions.show(station).data["root"]["passphrase"]:
            actions.protect(station, new=source)


def test_a_root_others_depend_on_ought_to_have_a_passphrase(tmp_path: Path, source: str) -> None:
    with open_home(tmp_path / "a") as founder, open_home(tmp_path / "b") as other:
        hub = LocalHub(tmp_path / "hub", founder)
        hub.start(founder)
        try:
            join(hub, other, "Bo")
        finally:
            hub.stop()
        for each in hub.folder.store.certificates():
            with founder.log.writing() as writer:
                writer.add_certificate(each)
        hub.close()
        (root,) = [each for each in actions.show(founder).data["facts"] if each["about"] == "root key"]
        assert (root["state"], "trust protect" in root["fix"]) == ("warn", True)
        actions.protect(founder, new=source)
        (root,) = [each for each in actions.show(founder).data["facts"] if each["about"] == "root key"]
        assert root["state"] == "ok"
        text = page(founder)
        assert "certifies devices for the hub" in text
        assert "the hub" in text
        (theirs,) = [each for each in actions.show(other).data["facts"] if each["about"] == "root key"]
        assert "before it joined another" in theirs["what"]
        assert actions.show(other).data["joined"]


def test_protecting_leaves_nothing_of_the_open_key(station: Workstation, source: str) -> None:
    path = station.profile.root_key
    open_text = path.read_bytes()
    with path.open("rb") as old:  # what a finder of the old blocks would read
        result = actions.protect(station, new=source)
        assert old.read() != open_text
    assert result.data == {"path": str(path), "passphrase": True, "written_over": True}
    assert "not reached" in result.said
    assert open_text.strip() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []
    assert (
        rootkey.open_root(station.profile, station.identity, source).raw().hex().encode() == open_text.strip()
    )


def test_a_second_name_of_the_file_is_left_alone_and_told(
    station: Workstation, source: str, tmp_path: Path
) -> None:
    os.link(station.profile.root_key, tmp_path / "backup.key")
    before = (tmp_path / "backup.key").read_bytes()
    result = actions.protect(station, new=source)
    assert "could not be written over" in result.said
    assert (tmp_path / "backup.key").read_bytes() == before
    assert rootkey.root_home(station.profile, station.identity)


def test_a_root_on_a_stick_is_protected_there(station: Workstation, source: str, tmp_path: Path) -> None:
    stick = tmp_path / "stick.key"
    station.profile.root_key.rename(stick)
    station.profile.root_key.symlink_to(stick)
    actions.protect(station, new=source)
    assert station.profile.root_key.is_symlink()
    assert b"ENCRYPTED" in stick.read_bytes()
    assert rootkey.open_root(station.profile, station.identity, source)


def test_removing_and_changing_need_the_passphrase(
    station: Workstation, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_text = station.profile.root_key.read_bytes()
    with pytest.raises(RefusedError, match="no passphrase protects"):
        actions.protect(station, remove=True)
    actions.protect(station, new=source)
    locked = station.profile.root_key.read_bytes()
    monkeypatch.setenv("OTHER", "another long word")
    for params in (
        {"remove": True, "passphrase": "env:OTHER"},
        {"remove": True},
        {"new": "env:OTHER", "passphrase": "env:OTHER"},
        {"new": "env:OTHER"},
    ):
        with pytest.raises(SecretError) as told:
            actions.protect(station, **params)
        assert told.value.safe == "nothing was changed"
        assert station.profile.root_key.read_bytes() == locked
    with pytest.raises(UsageError):
        actions.protect(station, remove=True, new=source)
    actions.protect(station, new="env:OTHER", passphrase=source)
    actions.protect(station, remove=True, passphrase="env:OTHER")
    assert station.profile.root_key.read_bytes() == open_text


def test_the_root_behind_a_passphrase_makes_a_hub_only_with_it(
    station: Workstation, source: str, tmp_path: Path
) -> None:
    actions.protect(station, new=source)
    with pytest.raises(SecretError, match="nobody can be asked"):
        hosting.found(station, tmp_path / "hub", "http://127.0.0.1:1")
    assert not station.profile.identity().hub
    hosting.found(station, tmp_path / "hub", "http://127.0.0.1:1", source)
    assert station.profile.identity().hub
    hosting.found(station, tmp_path / "hub", "http://127.0.0.1:1")  # the second start needs no root


def test_another_key_in_its_place_is_not_used(station: Workstation, source: str, tmp_path: Path) -> None:
    with open_home(tmp_path / "other") as other:
        actions.protect(other, new=source)
        station.profile.root_key.write_bytes(other.profile.root_key.read_bytes())
    with pytest.raises(StoreError, match="another key"):
        rootkey.open_root(station.profile, station.identity, source)
    station.profile.root_key.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\njunk\n")
    with pytest.raises(StoreError, match="damaged"):
        rootkey.open_root(station.profile, station.identity, source)
    station.profile.root_key.unlink()
    with pytest.raises(NotFound, match="not in this profile"):
        rootkey.open_root(station.profile, station.identity, source)
    with pytest.raises(NotFound):
        actions.protect(station, new=source)


def test_a_lost_profile_does_not_cost_the_protected_root(home: Path, source: str) -> None:
    with open_home(home) as station:
        actions.protect(station, new=source)
    kept = (home / "keys" / "root.key").read_bytes()
    (home / "profile.json").unlink()
    with pytest.raises(SecretError, match=r"profile\.json"):
        open_home(home)
    assert (home / "keys" / "root.key").read_bytes() == kept


def test_asked_twice_and_both_must_agree(station: Workstation) -> None:
    typed = iter([WORDS, WORDS + "x"])
    with asking(lambda _: next(typed)), pytest.raises(BadInput, match="not the same"):
        actions.protect(station)
    with asking(lambda _: ""), pytest.raises(SecretError, match="no passphrase was typed"):
        actions.protect(station)
    with pytest.raises(SecretError) as told:
        actions.protect(station)
    assert "--new SOURCE" in told.value.fix
    questions: list[str] = []

    def answer(question: str) -> str:
        questions.append(question)
        return WORDS

    with asking(answer):
        actions.protect(station)
        actions.protect(station, remove=True)
    assert questions == ["new passphrase", "the same again", "passphrase of the root key"]


def test_typed_at_a_terminal_it_is_not_seen(home: Path) -> None:
    argv = [sys.executable, "-P", "-m", "ircockpit", "trust", "protect"]
    with PtyScreen(argv, {"IRCOCKPIT_HOME": str(home)}) as terminal:
        terminal.wait_for("new passphrase:")
        terminal.send(WORDS + "\r")
        terminal.wait_for("the same again:")
        terminal.send(WORDS + "\r")
        terminal.wait_for("under the passphrase")
        assert terminal.wait_exit() == 0
        assert WORDS.encode() not in terminal.raw
    assert b"ENCRYPTED" in (home / "keys" / "root.key").read_bytes()


def test_an_interrupted_question_changes_nothing(home: Path) -> None:
    before = (home / "keys" / "root.key").read_bytes()
    for key, code in (("\x03", 130), ("\x04", 2)):
        argv = [sys.executable, "-P", "-m", "ircockpit", "trust", "protect"]
        with PtyScreen(argv, {"IRCOCKPIT_HOME": str(home)}) as terminal:
            terminal.wait_for("new passphrase:")
            terminal.send(key)
            assert terminal.wait_exit() == code
            assert "Traceback" not in terminal.text()
    assert (home / "keys" / "root.key").read_bytes() == before

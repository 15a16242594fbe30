"""Profiles that are not as they were left: each command says what is wrong, what is safe and what to do."""

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.plain import plain, told
from tests.e2e.stage import Done, command, ok
from tests.support.copies import copy_unnoticed

from ircockpit.core.errors import ExitCode

COMMANDS = (("queue",), ("open", "another"), ("verify",), ("queue", "--json"))
"""The last one is asked after others: none of them may have put something else in the place of what is damaged."""


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with one incident and a note in it, to be copied."""
    home = tmp_path_factory.mktemp("pattern") / "home"
    env = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    ident = command(home, "open", "wrong dose", "--json", env=env).data["short"]
    assert command(home, "note", ident, "pharmacist called", env=env).code == ExitCode.OK
    return home


@pytest.fixture
def noted(pattern: Path, home: Path) -> Path:
    """A copy of that profile."""
    return copy_unnoticed(pattern, home)


def everything(home: Path) -> dict[str, bytes]:
    """Every file of the record and its keys, but the engine's companions."""
    kept = (home / "keys", home / "log.db", home / "profile.json")
    files = [file for path in kept for file in ([path] if path.is_file() else path.rglob("*"))]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def held(path: Path) -> bytearray:
    """The log as it lies on the disk, everything checkpointed into it."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return bytearray(path.read_bytes())


def cut(home: Path) -> None:
    (home / "log.db").write_bytes(held(home / "log.db")[:40_000])


def garbage(home: Path) -> None:
    (home / "log.db").write_bytes(os.urandom(60_000))


def emptied(home: Path) -> None:
    (home / "log.db").write_bytes(b"")


def removed(home: Path) -> None:
    (home / "log.db").unlink()


def later(home: Path) -> None:
    db = sqlite3.connect(home / "log.db")
    db.execute("PRAGMA user_version=9")
    db.close()


def foreign(home: Path) -> None:
    (home / "log.db").unlink()
    db = sqlite3.connect(home / "log.db")
    db.execute("CREATE TABLE bookmarks (url)")
    db.close()


def folder(home: Path) -> None:
    (home / "log.db").unlink()
    (home / "log.db").mkdir()


def other_format(home: Path) -> None:
    facts: dict[str, Any] = json.loads((home / "profile.json").read_text())
    (home / "profile.json").write_text(json.dumps({**facts, "format": 2}))


def no_identity(home: Path) -> None:
    (home / "profile.json").write_text('{"format": 1')


DAMAGE: dict[Callable[[Path], None], str] = {
    cut: "log.db is damaged",
    garbage: "log.db is damaged",
    emptied: "log.db holds nothing of this profile",
    removed: "log.db holds nothing of this profile",
    later: "written by a later version",
    foreign: "not a log of ircockpit",
    folder: "cannot be opened",
    other_format: "another version of ircockpit",
    no_identity: "profile.json is damaged",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_profile_is_told_by_every_command_and_not_touched(
    noted: Path, damage: Callable[[Path], None]
) -> None:
    damage(noted)
    before = everything(noted)
    for words in COMMANDS:
        told(command(noted, *words), ExitCode.DAMAGED, DAMAGE[damage])
    assert everything(noted) == before


def test_a_flipped_byte_is_found_by_verify(noted: Path) -> None:
    assert command(noted, "verify").code == ExitCode.OK
    raw = held(noted / "log.db")
    raw[raw.rindex(b"pharmacist")] ^= 1
    (noted / "log.db").write_bytes(raw)
    done = command(noted, "verify")
    assert done.code == ExitCode.DAMAGED
    assert "1 found wrong" in done.out.decode() + plain(done)
    assert command(noted, "verify", "--json").data["findings"]


@pytest.mark.parametrize("content", [b"no database at all" * 900, None], ids=["garbage", "deleted"])
def test_the_view_is_made_anew_and_says_so(noted: Path, content: bytes | None) -> None:
    before = ok(noted, "queue")
    (noted / "view.db").unlink()
    for companion in noted.glob("view.db-*"):
        companion.unlink()
    if content is not None:
        (noted / "view.db").write_bytes(content)
    done = command(noted, "queue", "--json")
    assert done.code == ExitCode.OK
    assert ("made anew from the log" in plain(done)) == (content is not None)
    shown = done.data["incidents"][0]
    assert shown["title"] == before["incidents"][0]["title"]
    assert command(noted, "verify").code == ExitCode.OK


def key_of(home: Path) -> Path:
    return home / "keys" / "device.key"


def key_removed(home: Path) -> None:
    key_of(home).unlink()


def key_open_to_others(home: Path) -> None:
    key_of(home).chmod(0o644)


def key_damaged(home: Path) -> None:
    key_of(home).write_text("zz")


def key_of_another(home: Path) -> None:
    key_of(home).write_text("11" * 32)


KEYS: dict[Callable[[Path], None], tuple[int, str, str]] = {
    key_removed: (ExitCode.DAMAGED, "device.key is gone", "from a backup"),
    key_open_to_others: (ExitCode.REFUSED, "can be read by others", "chmod 600"),
    key_damaged: (ExitCode.DAMAGED, "device.key is damaged", "from a backup"),
    key_of_another: (ExitCode.REFUSED, "is not the one", "nothing was signed"),
}


@pytest.mark.parametrize("damage", KEYS, ids=lambda damage: damage.__name__)
def test_without_its_key_a_profile_reads_and_does_not_sign(
    noted: Path, damage: Callable[[Path], None]
) -> None:
    damage(noted)
    code, *words = KEYS[damage]
    told(command(noted, "open", "another"), code, *words)
    assert [row["title"] for row in ok(noted, "queue")["incidents"]] == ["wrong dose"]
    assert command(noted, "verify").code == ExitCode.OK
    said = command(noted, "doctor", "--json")
    assert said.code == (ExitCode.DAMAGED)
    assert any(row["about"] == "device key" and row["state"] == "bad" for row in said.data)


def test_a_key_that_cannot_be_read_is_told(noted: Path, as_the_owner: tuple[str, ...]) -> None:
    key_of(noted).chmod(0)
    told(
        command(noted, "open", "another", before=as_the_owner),
        ExitCode.DAMAGED,
        "device.key",
        "Permission denied",
    )


def test_a_home_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for home in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/ircockpit"), Path("/dev/null")):
        told(command(home, "queue"), ExitCode.DAMAGED, "IRCOCKPIT_HOME")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_read_only_folder_is_told(noted: Path, tmp_path: Path, as_the_owner: tuple[str, ...]) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    done = command(tmp_path / "locked" / "new", "queue", before=as_the_owner)
    told(done, ExitCode.DAMAGED, "Permission denied", "IRCOCKPIT_HOME")
    noted.chmod(0o500)
    try:
        done = command(noted, "open", "x", before=as_the_owner)
    finally:
        noted.chmod(0o700)
    told(done, ExitCode.DAMAGED, "cannot be opened for writing")
    assert command(noted, "verify").code == ExitCode.OK


def test_the_cockpit_tells_the_same(noted: Path) -> None:
    from tests.e2e.stage import cockpit

    garbage(noted)
    with cockpit(noted) as screen:
        code = screen.wait_exit()
        told(
            Done(code, b"", "\n".join(screen.lines()).strip().encode()), ExitCode.DAMAGED, "log.db is damaged"
        )

"""A backup or restore killed while it copies: what it leaves holds words, and goes at the next chance; nothing else does."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.conftest import Say
from tests.e2e.stage import PROGRAM, command, ok, surroundings
from tests.support.strace import tracer
from tests.support.surroundings import clean_environment

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no strace")

WORDS = "patient 4711 collapsed in the waiting room"
COPIES: dict[str, tuple[str, ...]] = {
    "backup": ("backup", "new"),
    "backup to a file": ("backup", "new.tar"),
    "restore": ("restore", "kept", "--to", "new"),
    "restore of a file": ("restore", "kept.tar", "--to", "new"),
    "restore in its place": ("restore", "kept", "--replace"),
    "backup inside": ("backup", "home/backups/one"),
}


class Scene:
    """A profile with words in it, and its backups; ``new`` is where a copy goes."""

    def __init__(self, folder: Path, strace: str) -> None:
        self.folder, self.home, self.strace = folder, folder / "home", strace
        if not self.home.exists():
            ident = str(ok(self.home, "open", "wrong dose")["short"])
            ok(self.home, "note", ident, WORDS)
            ok(self.home, "profile", "backup", str(folder / "kept"))
            ok(self.home, "profile", "backup", str(folder / "kept.tar"))
        self.before = self.entries()

    def entries(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def words_of(self, copy: str) -> list[str]:
        names = ("kept", "kept.tar", "new", "new.tar", "home/backups/one")
        return ["profile", *(str(self.folder / word) if word in names else word for word in COPIES[copy])]

    def killed(self, copy: str, when: int) -> bool:
        """Copy, killed before the n-th time that bytes are made durable; ``False`` where it came through."""
        inject = f"inject=fsync,fdatasync:signal=KILL:when={when}"
        words = (self.strace, "-f", "-qq", "-o", os.devnull, "-e", "trace=fsync,fdatasync", "-e", inject)
        done = subprocess.run(
            [*words, *PROGRAM, *self.words_of(copy)], env=surroundings(self.home), capture_output=True, check=False
        )  # fmt: skip
        assert done.returncode in (0, -signal.SIGKILL, 128 + signal.SIGKILL), done.stderr
        return done.returncode != 0

    def left(self) -> dict[str, bool]:
        """Hidden folders beside the profile that were not there before, and whether the words are in them."""
        found = [self.folder / name for name in self.entries() - self.before if name.startswith(".")]
        return {path.name: holds(path) for path in found if path.is_dir()}


def holds(folder: Path) -> bool:
    return any(WORDS.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


Made = Callable[[str], Scene]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, need_program: Callable[[str, str], str]) -> Scene:
    folder = tmp_path_factory.mktemp("first")
    with mock.patch.dict(os.environ, clean_environment(folder / "home"), clear=True):
        return Scene(folder, tracer(need_program, pytest.skip))


@pytest.fixture
def scene(tmp_path: Path, first: Scene) -> Made:
    return lambda name: Scene(shutil.copytree(first.folder, tmp_path / name), first.strace)


AT = {"backup": (6, 12, 17), "backup to a file": (10, 18), "restore": (1, 5), "restore of a file": (1, 5)}
"""Before which syncs a copy is killed here; a long run takes all."""


@pytest.mark.parametrize(("copy", "when"), [(copy, when) for copy, many in AT.items() for when in many])
def test_the_next_copy_to_that_place_finds_what_a_killed_one_left(scene: Made, copy: str, when: int) -> None:
    here = scene("cut")
    assert here.killed(copy, when)
    assert here.left(), "control: something is left"
    again_comes_through(here, copy)


def again_comes_through(here: Scene, copy: str) -> None:
    done = command(here.home, *here.words_of(copy))
    if done.code == ExitCode.REFUSED:  # it was killed after the new profile had its name
        assert "there is something at" in done.said
    else:
        assert done.code == ExitCode.OK, done
    assert here.left() == {}
    whole = here.folder / COPIES[copy][-1]
    assert whole.is_file() or holds(whole)


@pytest.mark.parametrize("when", [3, 10, 11])
def test_the_next_start_finds_what_a_killed_restore_left_beside_the_profile(scene: Made, when: int) -> None:
    here = scene("cut")
    assert here.killed("restore in its place", when)
    assert True in here.left().values(), "control: words are left"
    assert [each["title"] for each in ok(here.home, "queue")["incidents"]] == ["wrong dose"]
    assert here.left() == {}


def test_doctor_names_what_a_killed_backup_left_and_removes_it_when_told(scene: Made) -> None:
    here = scene("cut")
    assert here.killed("backup", 12)
    (name,) = here.left()
    assert here.left() == {name: True}
    (line,) = [each for each in examined(here) if each["about"] == "copies"]
    assert (line["state"], str(here.folder / name) in line["what"]) == ("warn", True)
    assert here.left() == {name: True}, "looking alone removes nothing"
    assert next(each["what"] for each in examined(here, "--repair")) == "1 half-made copy removed"
    assert here.left() == {}


def test_an_erasure_reaches_what_a_killed_backup_left_in_the_profile(scene: Made) -> None:
    here = scene("cut")
    inside = here.home / "backups"
    assert here.killed("backup inside", 12)
    assert holds(inside), "control: words are left"
    incident = ok(here.home, "queue")["incidents"][0]["short"]
    rows = ok(here.home, "timeline", incident)
    entry = next(row["event"] for row in rows if row["text"] == WORDS)[:12]
    erased = command(here.home, "erase", "order", entry, "--reason", "asked", "--yes", "--confirm", entry)
    assert erased.code == ExitCode.OK, erased
    assert not holds(inside)
    assert list(inside.iterdir()) == []


def examined(here: Scene, *words: str) -> Any:
    return command(here.home, "doctor", "--json", *words).data


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("copy", AT)
def test_killed_at_every_sync(scene: Made, copy: str, say: Say) -> None:
    found = []
    for when in range(1, 1000):
        here = scene(str(when))
        killed = here.killed(copy, when)
        if not killed:
            break
        found.append(any(here.left().values()))
        again_comes_through(here, copy)
    say(f"{copy}: killed before each of {len(found)} syncs, words were left {sum(found)} times and went")
    assert any(found)

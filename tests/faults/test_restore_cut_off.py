"""``profile restore --replace`` killed at every step: the next start has one whole profile, and both are still there."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.e2e.stage import PROGRAM, command, ok, surroundings
from tests.support.strace import tracer

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no strace")

RENAMES = "rename,renameat,renameat2"
OTHERS = ("openat", "close", "fsync", "flock", "mkdir", "rmdir", "unlink", "unlinkat")
"""Counted each for itself."""
OLD, NEW = ["in the backup"], ["in the backup", "after the backup"]


class Scene:
    """A profile with something in it that its backup lacks."""

    def __init__(self, folder: Path, strace: str) -> None:
        self.home, self.backup, self._strace = folder / "home", folder / "kept", strace
        if not self.home.exists():
            ident = str(ok(self.home, "open", "wrong dose")["short"])
            ok(self.home, "note", ident, OLD[0])
            ok(self.home, "profile", "backup", str(self.backup))
            ok(self.home, "note", ident, NEW[1])
        self.ident = str(ok(self.home, "queue")["incidents"][0]["short"])

    def restore(self, calls: str, when: int, by: signal.Signals = signal.SIGKILL) -> bool:
        """Restore, ended at the n-th of these calls about the profile; ``False`` where it came through."""
        names = (".", "home", ".home.restored", ".home.lock", "home/log.db-use")
        near = [word for name in names for word in ("-P", str(self.home.parent / name))]
        paths = near if calls in OTHERS else []
        inject = f"inject={calls}:signal={by.name}:when={when}"
        words = (self._strace, "-f", "-qq", "-o", os.devnull, *paths, "-e", f"trace={calls}", "-e", inject)
        done = subprocess.run(
            [*words, *PROGRAM, "profile", "restore", str(self.backup), "--replace"],
            env=surroundings(self.home), capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, -by, 128 + by), done.stderr
        return done.returncode != 0

    def texts(self, home: Path) -> list[str]:
        rows = ok(home, "timeline", self.ident)
        return [str(row["text"]) for row in reversed(rows) if row["type"] == "incident.noted"]

    def hold(self) -> str:
        """What the next start finds: which of the two profiles, and that nothing is lost."""
        started = command(self.home, "queue", "--json")
        assert started.code == ExitCode.OK, started
        assert [row["title"] for row in started.data["incidents"]] == ["wrong dose"], (
            "not a night without work"
        )
        found = sorted(self.texts(self.home))
        aside = sorted(self.home.parent.glob("home.before-*"))
        assert found == sorted(NEW) or found == OLD
        if found == OLD:
            assert [sorted(self.texts(each)) for each in aside][-1:] == [sorted(NEW)]
        assert command(self.home, "verify").code == ExitCode.OK
        assert command(self.home, "note", self.ident, "goes on").code == ExitCode.OK
        left = [path.name for path in self.home.parent.glob(".home.restored*")]
        assert left == []
        return "finished" if "cut off is finished" in started.said else "new" if found == OLD else "old"


@pytest.fixture
def scene(tmp_path: Path, need_program: Callable[[str, str], str]) -> Callable[[int], Scene]:
    strace = tracer(need_program, pytest.skip)
    (tmp_path / "made").mkdir()
    Scene(tmp_path / "made", strace)

    def made(number: int) -> Scene:
        shutil.copytree(tmp_path / "made", tmp_path / str(number))
        return Scene(tmp_path / str(number), strace)

    return made


def kill_at_each(scene: Callable[[int], Scene], calls: str) -> list[str]:
    found = []
    for when in range(1, 1000):
        here = scene(when)
        killed = here.restore(calls, when)
        found.append(here.hold())
        if not killed:
            assert found[-1] == "new"
            return found
    raise AssertionError("it never came through")


def test_killed_before_each_renaming(scene: Callable[[int], Scene], say: Say) -> None:
    found = kill_at_each(scene, RENAMES)
    say(f"killed before each of {len(found) - 1} renamings: {', '.join(found)}")
    assert {"old", "finished", "new"} <= set(found)


def test_interrupted_between_its_two_names(scene: Callable[[int], Scene]) -> None:
    """Whoever presses Ctrl+C there must not find a new, empty profile."""
    found = []
    for when in (2, 3, 4):
        here = scene(when)
        here.restore(RENAMES, when, signal.SIGINT)
        found.append(here.hold())
    assert "finished" in found


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("call", OTHERS)
def test_killed_at_every_call_about_the_profile(scene: Callable[[int], Scene], call: str, say: Say) -> None:
    found = kill_at_each(scene, call)
    say(f"killed at each of {len(found) - 1} calls of {call}: {', '.join(found)}")

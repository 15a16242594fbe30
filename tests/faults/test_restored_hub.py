"""A hub put back to a time before somebody was removed: served by who founded it, it knows of that before it answers."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.stage import PROGRAM, HubProgram, command, ok, surroundings
from tests.support.hub import Made

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: signals are those of a POSIX system")


class Scene(NamedTuple):
    """Founder and member, and the hub that has removed the member and was put back since."""

    home: Path
    there: Path
    hub: HubProgram
    said: Path
    marked: bool
    """Whether the mark beside the database was left as it was."""


@pytest.fixture(params=[False, True], ids=["the database alone", "with its mark"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, made: Made) -> Iterator[Scene]:
    home, there, said, old = (tmp_path / name for name in ("a", "b", "said", "old"))
    with made.copy("a", home) as founder:
        made.hub(founder, home / "hub").close()
    hub = HubProgram(home, said)
    hub.start()
    with made.copy("b", there) as who:
        who.profile.save_identity(who.identity._replace(hub=hub.url))
    ok(home, "sync")
    ok(there, "sync")
    hub.kill()
    shutil.copytree(home / "hub", old)
    hub.start()
    ok(home, "member", "remove", "Bo", "--why", "left")
    ok(home, "sync")
    assert command(there, "sync").code == ExitCode.REFUSED
    hub.kill()
    for file in (home / "hub").glob("hub.db*"):
        file.unlink()
    if request.param:
        (home / "hub" / "hub.mark").unlink()
    for file in old.iterdir():
        if file.name.startswith("hub.db") or (request.param and file.name == "hub.mark"):
            shutil.copy(file, home / "hub")
    said.unlink()
    yield Scene(home, there, hub, said, not request.param)
    hub.kill()


def test_who_was_removed_reads_nothing_of_a_hub_that_its_founder_serves(scene: Scene) -> None:
    scene.hub.start()
    done = command(scene.there, "sync")
    assert done.code == ExitCode.REFUSED, done
    assert "removed" in done.said
    again = ok(scene.home, "sync")
    assert (again["state"], again["unconfirmed"]) == ("live", 0)
    assert "two-histories" not in {alarm["kind"] for alarm in again["alarms"]}
    assert {each["name"]: each["role"] for each in ok(scene.home, "member", "list")}["Bo"] == ""


def test_a_hub_served_without_its_founder_says_what_it_cannot_know(scene: Scene, tmp_path: Path) -> None:
    """The control: until somebody who knows has synced, it lets them read."""
    words = ["hub", "serve", "--data", str(scene.home / "hub"), "--port", scene.hub.url.rpartition(":")[2]]
    with (tmp_path / "said").open("wb") as said:
        running = subprocess.Popen(
            [PROGRAM[0], "-P", "-m", "ircockpit.hub", *words[1:]],
            env=surroundings(tmp_path / "nobody"), stdout=subprocess.PIPE, stderr=said, text=True,
        )  # fmt: skip
    try:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("hub listening")
        assert command(scene.there, "sync").code == ExitCode.OK
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    noticed = "until a workstation that knows of it has synced" in (tmp_path / "said").read_text()
    assert noticed == scene.marked

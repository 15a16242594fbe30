"""A running hub whose disk fails or fills in the system itself: nothing it acknowledged is lost, and it goes on by itself."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.stage import HubProgram, command, ok
from tests.faults.conftest import Say
from tests.support.hub import Made, declare, ids, station, sync
from tests.support.noting import Noting, hold_places
from tests.support.strace import SYNCS, WRITES, asked_again, attached, failing, tracer

from ircockpit.core.errors import ExitCode, OfflineError
from ircockpit.store.workstation import Draft, Workstation

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no strace")

TURNS = 12
"""Pushes to a hub of which every second or third call fails."""


class Scene(NamedTuple):
    """A founder's hub as a process, and a workstation that has joined it."""

    home: Path
    hub: HubProgram
    said: Path
    who: Workstation
    places: dict[tuple[str, int], str]
    fail: Callable[..., tuple[str, ...]]
    trace: Path

    def sync(self) -> None:
        """One round; what the hub tells of places is noted."""
        sync(self.who, lambda url: Noting(url, self.places))

    def failing(self, calls: str, error: str, when: str = "1+") -> AbstractContextManager[None]:
        """The hub's calls on its database fail while inside."""
        data = self.home / "hub"
        words = self.fail(calls, f"error={error}", [data / "hub.db", data / "hub.db-wal"], when=when)
        return attached(self.hub.pid, words, self.trace.with_name("strace.said"))

    def hold(self) -> None:
        """After a kill and a new start the hub has every place it ever told, and both workstations agree."""
        os.kill(self.hub.pid, signal.SIGKILL)
        self.hub.kill()
        self.hub.start()
        self.sync()
        assert self.who.log.unconfirmed_count() == 0
        hold_places(self.who, self.places)
        ok(self.home, "sync")
        with station(self.home) as founder:
            assert ids(founder) >= ids(self.who)
        assert command(self.home, "verify").code == ExitCode.OK
        assert "Traceback" not in self.said.read_text()


@pytest.fixture
def scene(tmp_path: Path, made: Made, need_program: Callable[[str, str], str]) -> Iterator[Scene]:
    strace = tracer(need_program, pytest.skip)
    home, said, trace = tmp_path / "a", tmp_path / "said", tmp_path / "trace"
    with made.copy("a", home) as founder:
        made.hub(founder, home / "hub").close()
    hub = HubProgram(home, said)
    hub.start()
    tried = subprocess.run(
        ["timeout", "-s", "INT", "0.2", strace, "-qq", "-o", os.devnull, "-p", str(hub.pid)],
        capture_output=True,
        check=False,
    )
    if b"ptrace" in tried.stderr:
        hub.kill()
        pytest.skip("elsewhere: no running process may be traced here")

    def fail(calls: str, error: str, paths: list[Path], when: str) -> tuple[str, ...]:
        return failing(strace, calls, error, paths, when=when, out=trace)

    with made.copy("b", tmp_path / "b") as who:
        who.identity = who.identity._replace(hub=hub.url)
        who.profile.save_identity(who.identity)
        scene = Scene(home, hub, said, who, {}, fail, trace)
        declare(who, "wrong dose")
        scene.sync()
        yield scene
    hub.kill()


@pytest.mark.parametrize(
    ("calls", "error", "words"),
    [
        (SYNCS, "EIO", "hub.db cannot be used: disk I/O error"),
        (WRITES, "EIO", "hub.db cannot be used: disk I/O error"),
        (WRITES, "ENOSPC", "the disk that holds hub.db is full"),
    ],
    ids=["syncs", "writes", "room"],
)
def test_a_hub_whose_disk_fails_says_so_and_goes_on_when_it_is_well(
    scene: Scene, calls: str, error: str, words: str
) -> None:
    with scene.failing(calls, error):
        declare(scene.who, "while it failed")
        waiting = scene.who.log.unconfirmed_count()
        for _ in range(3):
            with pytest.raises(OfflineError) as told:
                scene.sync()
            assert words in told.value.what
            assert told.value.safe
            assert told.value.fix
        assert scene.who.log.unconfirmed_count() == waiting > 0
    said = scene.said.read_text().splitlines()
    assert [line for line in said if words in line] == [line for line in said if line.startswith("hub: ")]
    assert len(said) == 1, "the same trouble once"
    scene.sync()  # nobody has mended or started anything
    assert scene.who.log.unconfirmed_count() == 0
    if calls == SYNCS:
        assert asked_again(scene.trace) == []
    scene.hold()


@pytest.mark.parametrize(
    ("calls", "error", "when"), [(SYNCS, "EIO", "1+2"), (SYNCS, "EIO", "2+3"), (WRITES, "EIO", "5+60")]
)
def test_what_a_hub_acknowledged_between_two_faults_is_there(
    scene: Scene, calls: str, error: str, when: str, say: Say
) -> None:
    ident = declare(scene.who, "again and again")
    stream = str(scene.who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    before, refused = len(scene.places), 0
    with scene.failing(calls, error, when):
        for number in range(TURNS):
            scene.who.append([Draft(stream, "incident.noted", ident, ({"text": f"note {number}"},))])
            try:
                scene.sync()
            except OfflineError:  # and nothing else
                refused += 1
    say(
        f"{calls} failing at {when}: {refused} of {TURNS} rounds broke off, {len(scene.places) - before} places told"
    )
    assert refused
    assert len(scene.places) > before
    scene.sync()
    scene.hold()


def test_without_a_fault_the_hub_says_nothing(scene: Scene) -> None:
    """The control: being traced alone changes nothing."""
    with scene.failing("chmod", "EIO"):
        declare(scene.who, "as ever")
        scene.sync()
    assert scene.who.log.unconfirmed_count() == 0
    assert scene.said.read_text() == ""

"""A running hub whose disk fails or fills in the system itself: nothing it acknowledged is lost, and it goes on by itself."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.conftest import Say
from tests.e2e.stage import HubProgram, command, ok
from tests.support.hub import Made, declare, ids, station, sync
from tests.support.noting import Noting, hold_places
from tests.support.strace import SYNCS, WRITES, asked_again, attached, failing, tracer

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import manifest_of
from ircockpit.core.errors import ExitCode, OfflineError
from ircockpit.features.sharing.actions import sync_now
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.exhibits import at_hub
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect

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

    def failing(self, calls: str, error: str, *names: str, when: str = "1+") -> AbstractContextManager[None]:
        """The hub's calls on these files fail while inside; on its database, where none is named."""
        paths = [self.home / "hub" / name for name in names or ("hub.db", "hub.db-wal")]
        words = self.fail(calls, f"error={error}", paths, when=when)
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
    with scene.failing(calls, error, when=when):
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


DATA = b"what the model said" * 5000
FILE = manifest_of([DATA])
ARRIVING, KEPT = f"uploads/{FILE.sha256}.{FILE.digest[:32]}/bytes", f"blobs/{FILE.sha256[:2]}"


@pytest.mark.parametrize(
    ("calls", "error", "name", "arrived", "words"),
    [
        (WRITES, "ENOSPC", ARRIVING, False, "No space left"),
        (SYNCS, "EIO", ARRIVING, False, "Input/output error"),
        (SYNCS, "EIO", ARRIVING, True, "Input/output error"),
        (SYNCS, "EIO", KEPT, False, "Input/output error"),
    ],
    ids=["room for a chunk", "sync of a chunk", "sync of the whole", "sync of its name"],
)
def test_a_hub_whose_evidence_folder_fails_counts_no_half_file_as_kept(
    scene: Scene, calls: str, error: str, name: str, arrived: bool, words: str
) -> None:
    kept = scene.home / "hub" / KEPT / FILE.sha256
    (scene.home / "hub" / KEPT).mkdir(parents=True, exist_ok=True)
    FileBlobs(scene.who.profile.blobs).put_bytes(DATA)
    ident = declare(scene.who, "with a file")
    stream = str(scene.who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])
    body = {"incident": ident, "number": 1, "name": "chat.txt", "sha256": FILE.sha256, "size": len(DATA)}
    scene.who.append([Draft(stream, "evidence.added", scene.who.new_id(stream), (body,))])
    if arrived:
        scene.sync()
        connection = connect(scene.who.profile, scene.who.identity, HttpTransport, scene.who.clock)
        connection.client.begin_upload(FILE)
        connection.client.put_chunk(FILE, 0, DATA)
        connection.close()
    with scene.failing(calls, error, name):
        for _ in range(2):
            done = sync_now(scene.who)
            assert done.code == ExitCode.OFFLINE
            assert words in done.said
            assert not kept.exists()
            assert not at_hub(scene.who.log, FILE.sha256)
        assert scene.who.log.unconfirmed_count() == 0, "entries do not wait for files"
    assert any(words in line for line in scene.said.read_text().splitlines())
    done = sync_now(scene.who)
    assert done.code == ExitCode.OK, done
    assert kept.read_bytes() == DATA
    assert at_hub(scene.who.log, FILE.sha256)
    assert "Traceback" not in scene.said.read_text()


def test_without_a_fault_the_hub_says_nothing(scene: Scene) -> None:
    """The control: being traced alone changes nothing."""
    with scene.failing("chmod", "EIO"):
        declare(scene.who, "as ever")
        scene.sync()
    assert scene.who.log.unconfirmed_count() == 0
    assert scene.said.read_text() == ""

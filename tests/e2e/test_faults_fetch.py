"""Evidence on its way from the hub while links tear and either side is killed: it arrives whole, and little comes twice."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.plain import plain
from tests.e2e.stage import PROGRAM, HubProgram, command, joined, ok, surroundings
from tests.e2e.test_faults_upload import CHUNKS, SIZE
from tests.support.fault_proxy import TornLink
from tests.support.hub import station

from ircockpit.blobs import halves
from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.halves import PIECE_BYTES, Fetched
from ircockpit.blobs.manifest import CHUNK_BYTES
from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no SIGKILL")


class Stage(NamedTuple):
    """A hub that holds a large file, a link that can be torn, and a workstation behind it that lacks the file."""

    hub: HubProgram
    link: TornLink
    there: Path
    exhibit: str
    sha256: str

    def half(self) -> Fetched | None:
        """What has arrived of the file."""
        return next(iter(halves.on_their_way(FileBlobs(self.there / "blobs"))), None)

    def start(self) -> "subprocess.Popen[bytes]":
        """Begin to fetch it, or go on."""
        return subprocess.Popen(
            [*PROGRAM, "evidence", "fetch", self.exhibit],
            env=surroundings(self.there), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def until(self, running: "subprocess.Popen[bytes]", done: int) -> int:
        """Wait until so many bytes are there while it runs."""
        end = time.monotonic() + 120
        while ((found := self.half()) is None or found.done < done) and running.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.002)
        assert running.poll() is None, running.communicate()
        assert found is not None
        return found.done

    def whole(self) -> bool:
        """Whether the store has it, whole, and nothing else is left of it."""
        path = FileBlobs(self.there / "blobs").path(self.sha256)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256 and self.half() is None


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    serving, home, there = tmp_path / "serving", tmp_path / "home", tmp_path / "there"
    hub = HubProgram(serving)
    hub.start()
    incident = joined(hub, serving, home, there)
    large = tmp_path / "dump.bin"
    with large.open("wb") as file:
        for index in range(CHUNKS):
            size = min(CHUNK_BYTES, SIZE - index * CHUNK_BYTES)
            file.write(hashlib.sha256(bytes([index])).digest() * (size // 32) + b"z" * (size % 32))
    added = ok(home, "evidence", "add", str(large), "--incident", incident)
    ok(home, "sync")
    ok(there, "sync")
    with TornLink(int(hub.url.rpartition(":")[2]), 7) as link:
        with station(there) as desk:
            desk.profile.save_identity(desk.identity._replace(hub=link.url))
        yield Stage(hub, link, there, f"{incident}/{added['label']}", added["sha256"])
    hub.kill()


def test_killed_cut_and_restarted_it_goes_on_where_it_was(stage: Stage) -> None:
    running = stage.start()
    stage.until(running, 2 * CHUNK_BYTES)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate(timeout=60)
    first = stage.half()
    assert first is not None
    assert not first.running
    shown = command(stage.there, "standing")
    assert (
        f"{stage.sha256[:12]}: {100 * first.done // SIZE} % of {SIZE / 1e6:.1f} MB is here"
        in shown.out.decode()
    )

    running = stage.start()
    second = stage.until(running, first.done + PIECE_BYTES)
    assert second >= first.done, "nothing that arrived is asked for again"
    stage.link.tear("reset", "cut short", "half open", "refused")
    time.sleep(0.3)
    stage.link.heal()
    stage.until(running, second + 4 * PIECE_BYTES)  # by itself, as soon as the link is whole
    stage.hub.kill()
    time.sleep(0.3)
    stage.hub.start()
    out, err = running.communicate(timeout=120)
    assert running.returncode == 0, err
    assert "fetched and checked" in err.decode() + out.decode()
    assert stage.whole()
    cuts = 3
    said = 200_000  # what is said besides the file's bytes: heads of answers, the list of chunks
    assert stage.link.back - SIZE <= cuts * CHUNK_BYTES + said, f"{stage.link.back - SIZE:,} bytes came twice"
    listed = ok(stage.there, "evidence", "list", stage.exhibit.partition("/")[0])
    assert [(each["here"], each["hub"]) for each in listed if each["sha256"] == stage.sha256] == [
        (True, "verified")
    ]
    noted = ok(stage.there, "timeline", stage.exhibit.partition("/")[0])
    assert f"fetched {stage.exhibit.partition('/')[2]} to a further device" in str(noted)
    assert ok(stage.there, "evidence", "fetch", stage.exhibit)["fetched"] is False


def test_with_the_hub_gone_it_says_so_and_keeps_what_arrived(stage: Stage) -> None:
    running = stage.start()
    stage.until(running, CHUNK_BYTES)
    os.kill(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == ExitCode.INTERRUPTED
    assert b"Traceback" not in out + err
    kept = stage.half()
    assert kept is not None
    stage.hub.kill()
    gone = command(stage.there, "evidence", "fetch", stage.exhibit)
    plain(gone)
    assert gone.code in (ExitCode.OFFLINE, ExitCode.TIMEOUT)
    assert stage.half() == kept
    stage.hub.start()
    ok(stage.there, "evidence", "fetch", stage.exhibit)
    assert stage.whole()

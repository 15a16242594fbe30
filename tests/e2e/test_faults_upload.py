"""Evidence on its way to the hub while either side is killed: it arrives whole, and little of it travels twice."""

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, HubProgram, command, ok, surroundings

from ircockpit.blobs.manifest import CHUNK_BYTES
from ircockpit.core.errors import ExitCode

CHUNKS = 18
SIZE = (CHUNKS - 1) * CHUNK_BYTES + 4321


@pytest.fixture
def hub(home: Path) -> Iterator[HubProgram]:
    made = HubProgram(home)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def second(hub: HubProgram, home: Path, tmp_path: Path) -> Path:
    """A workstation of its own, which has taken a large file into custody and not sent it yet."""
    there = tmp_path / "second"
    ok(there, "enroll", hub.url, ok(home, "hub", "invite", "--name", "Bo")["code"])
    intake = tmp_path / "one.jsonl"
    intake.write_text('{"title": "wrong dose", "prompt": "how much", "output": "too much"}\n')
    group = ok(there, "intake", str(intake))["groups"][0]["short"]
    incident = ok(there, "promote", group)["short"]
    large = tmp_path / "dump.bin"
    with large.open("wb") as file:
        for index in range(CHUNKS):
            size = min(CHUNK_BYTES, SIZE - index * CHUNK_BYTES)
            file.write(hashlib.sha256(bytes([index])).digest() * (size // 32) + b"z" * (size % 32))
    ok(there, "evidence", "add", str(large), "--incident", incident)
    return there


def arrived(home: Path) -> int:
    """Chunks the hub has noted as there."""
    return sum(each.read_bytes().count(b"+") for each in (home / "hub" / "uploads").glob("*/have"))


def killed_when(
    home: Path, there: Path, chunks: int, kill: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    """Sync until so many chunks are at the hub, then kill somebody."""
    running = subprocess.Popen(
        [*PROGRAM, "sync"], env=surroundings(there), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while arrived(home) < chunks and running.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)
    assert running.poll() is None, "it was through before anybody could be killed"
    kill(running)
    running.wait(60)


def test_a_killed_sender_and_a_killed_hub_go_on_where_they_were(
    hub: HubProgram, home: Path, second: Path
) -> None:
    killed_when(home, second, 2, lambda running: os.kill(running.pid, signal.SIGKILL))
    first = arrived(home)
    assert first >= 2
    killed_when(home, second, first + 2, lambda _: hub.kill())
    then = arrived(home)
    assert then >= first + 2
    assert command(second, "sync").code == ExitCode.OFFLINE
    hub.start()
    assert arrived(home) == then  # nothing that arrived is asked for again
    ok(second, "sync")
    assert list((home / "hub" / "uploads").iterdir()) == []
    listed = ok(second, "evidence", "list", ok(second, "queue")["incidents"][0]["short"])
    exhibit = next(each for each in listed if each["name"] == "dump.bin")
    assert (exhibit["hub"], exhibit["size"]) == ("verified", SIZE)
    kept = home / "hub" / "blobs" / exhibit["sha256"][:2] / exhibit["sha256"]
    with kept.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == exhibit["sha256"]

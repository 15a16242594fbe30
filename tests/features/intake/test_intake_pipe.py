"""A pipe into the record: bounded, told of while it comes, honest where it breaks off, nothing left behind."""

import errno
import json
import os
import select
import signal
import subprocess
import time
from collections import namedtuple
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, cockpit, command, ok, surroundings

from ircockpit.core.errors import BadInput, StoreError
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.intake import actions, pipe

SOON_S = 20.0


def row(number: int) -> bytes:
    return json.dumps({"title": f"finding {number}", "output": "x" * 400}).encode() + b"\n"


class Stdin:
    """A standard input that a test holds."""

    def __init__(self, buffer: object) -> None:
        self.buffer = buffer


class Breaking(BytesIO):
    """Gives what it has, then fails as a terminal or network pipe does."""

    def read(self, size: int | None = -1, /) -> bytes:
        got = super().read(size)
        if not got:
            raise OSError(errno.EIO, "Input/output error")
        return got


def left_over(home: Path) -> list[Path]:
    return [*(home / "blobs").glob("tmp/*"), *home.glob(".intake*")]


def until(there: Callable[[], object]) -> None:
    end = time.monotonic() + SOON_S
    while not there():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_pipe_is_taken_in_and_leaves_nothing_behind(home_of_pipe: Path) -> None:
    done = command(home_of_pipe, "intake", "-", "--json", stdin=row(1) + row(2))
    assert (done.code, done.data["found"], done.data["broken"]) == (0, 2, "")
    assert left_over(home_of_pipe) == []


def test_too_much_is_refused_before_the_disk_is_full(
    home_of_pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipe, "MOST", 2000)
    with open_workstation(home_of_pipe) as station:
        before = station.log.data_version(), len(station.log.since(0))
        monkeypatch.setattr("sys.stdin", Stdin(BytesIO(b"".join(map(row, range(9))))))
        with pytest.raises(BadInput, match="goes on after 2,000 bytes"):
            actions.intake(station, file="-")
        assert (station.log.data_version(), len(station.log.since(0))) == before
        assert left_over(home_of_pipe) == []
        monkeypatch.setattr("sys.stdin", Stdin(BytesIO(row(1))))
        assert actions.intake(station, file="-").data["found"] == 1


def test_a_disk_without_room_is_said_before_it_is_full(
    home_of_pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    with open_workstation(home_of_pipe) as station:
        monkeypatch.setattr("sys.stdin", Stdin(BytesIO(row(1))))
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage(1, 1, pipe.KEEP_FREE))
        with pytest.raises(StoreError, match="256 MiB"):
            actions.intake(station, file="-")
    assert left_over(home_of_pipe) == []


def test_what_came_before_it_broke_off_is_taken_in_and_said(
    home_of_pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = b"".join(map(row, range(5))) + row(5)[:100]
    with open_workstation(home_of_pipe) as station:
        monkeypatch.setattr("sys.stdin", Stdin(Breaking(came)))
        got = actions.intake(station, file="-")
        assert (got.data["found"], got.data["added"], len(got.data["bad"])) == (5, 5, 1)
        assert f"broke off after {len(came):,} bytes" in got.said
    done = command(home_of_pipe, "intake", "-", stdin=row(7) + row(8)[:50])
    assert done.code == 0
    assert f"ended within line 2, after {len(row(7)) + 50} bytes: that row was cut off" in done.said
    assert "1 signal, 1 of them new" in done.said


def test_a_killed_intake_leaves_nothing_after_the_next_start(home_of_pipe: Path) -> None:
    for start_again in ("intake", "cockpit"):
        process = subprocess.Popen(
            [*PROGRAM, "intake", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings(home_of_pipe)
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(row(1) * (3 * pipe.PIECE // len(row(1))))
        process.stdin.flush()
        until(lambda: any(path.stat().st_size for path in left_over(home_of_pipe)))
        process.send_signal(signal.SIGKILL)
        process.wait(SOON_S)
        process.communicate()
        assert left_over(home_of_pipe)  # the control: a kill does leave something
        if start_again == "intake":
            ok(home_of_pipe, "intake", str(_file(home_of_pipe)))
        else:
            with cockpit(home_of_pipe) as screen:
                screen.wait_for("by urgency")
                until(lambda: not left_over(home_of_pipe))
        assert left_over(home_of_pipe) == []
        assert ok(home_of_pipe, "queue")["to_review"][0]["title"] == "finding 99"


def _file(home: Path) -> Path:
    path = home.parent / "one.jsonl"
    path.write_bytes(row(99))
    return path


def test_a_slow_pipe_is_told_of(home_of_pipe: Path) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "intake", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=surroundings(home_of_pipe)
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    piece = row(1) * (2 * pipe.PIECE // len(row(1)))
    told = b""
    end = time.monotonic() + SOON_S
    while b"reading standard input: " not in told and time.monotonic() < end:
        process.stdin.write(piece)
        process.stdin.flush()
        if select.select([process.stderr], [], [], 0.3)[0]:
            told += os.read(process.stderr.fileno(), 65536)
    process.kill()
    process.communicate()
    assert b"bytes so far" in told


@pytest.fixture
def home_of_pipe(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    ok(home, "queue")
    return home

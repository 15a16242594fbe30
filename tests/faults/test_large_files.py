"""Large evidence files, taken in, sent, fetched and given out by real programs: what they need of memory stays the same."""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.conftest import Say
from tests.e2e.stage import PROGRAM, HubProgram, joined, ok, surroundings

from ircockpit.blobs.manifest import CHUNK_BYTES

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="elsewhere: no peak of a process's memory to read"
)

SMALL = 1000
BOUND = 4 * CHUNK_BYTES * 3
"""Bytes that four chunks on their way come to, in one form and the next and the socket's; no part of a file's size."""


class Stage(NamedTuple):
    """A hub and two workstations that have joined it."""

    hub: HubProgram
    home: Path
    there: Path
    incident: str


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    serving, home, there = tmp_path / "serving", tmp_path / "home", tmp_path / "there"
    hub = HubProgram(serving)
    hub.start()
    incident = joined(hub, serving, home, there)
    yield Stage(hub, home, there, incident)
    hub.kill()


def high_water(pid: int) -> int:
    """The most bytes of memory that a process has had, 0 where it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) * 1024 if found else 0


def peak(home: Path, *words: str, program: Sequence[str] = PROGRAM) -> int:
    """Run a command that must succeed; the most bytes of memory it had, as its own account said shortly before its end."""
    process = subprocess.Popen(
        [*program, *words], env=surroundings(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    most = 0
    while process.poll() is None:
        most = max(most, high_water(process.pid))
        time.sleep(0.005)
    assert process.returncode == 0, words
    return most


def way(stage: Stage, folder: Path, size: int) -> dict[str, int]:
    """A sparse file taken in, sent, fetched and given out; the peaks of memory by step."""
    source = folder / ("small" if size == SMALL else "large")
    with source.open("wb") as file:
        file.truncate(size)
        file.seek(size // 2)
        file.write(b"%d" % size)
    found = {"add": peak(stage.home, "evidence", "add", str(source), "--incident", stage.incident)}
    found["sync"] = peak(stage.home, "sync")
    ok(stage.there, "sync")
    listed = ok(stage.there, "evidence", "list", stage.incident)
    exhibit = next(each["short"] for each in listed if each["name"] == source.name)
    found["fetch"] = peak(stage.there, "evidence", "fetch", exhibit)
    found["export"] = peak(stage.there, "evidence", "export", exhibit, "--to", str(folder / "copy"))
    found["hub"] = high_water(stage.hub.pid)
    copy = folder / "copy"
    assert subprocess.run(["cmp", source, copy], check=False).returncode == 0
    for path in (source, copy):
        path.unlink()
    return found


def check(stage: Stage, folder: Path, size: int, say: Say) -> None:
    small = way(stage, folder, SMALL)
    large = way(stage, folder, size)
    steps = ", ".join(f"{step} {small[step] / 1e6:.0f} and {large[step] / 1e6:.0f}" for step in large)
    say(f"MB of memory at most with {SMALL:,} bytes and with {size:,}: {steps}")
    for step in large:
        assert large[step] - small[step] < BOUND, step


@pytest.mark.timeout(300)
def test_a_file_of_many_chunks_needs_no_more_memory_than_its_chunks(
    stage: Stage, tmp_path: Path, say: Say
) -> None:
    check(stage, tmp_path, 10 * CHUNK_BYTES + 17, say)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_file_of_a_gibibyte_needs_no_more_memory_either(stage: Stage, tmp_path: Path, say: Say) -> None:
    check(stage, tmp_path, 1 << 30, say)


def test_control_what_holds_a_whole_file_is_noticed(tmp_path: Path) -> None:
    whole = f"import time; data = b'x' * {BOUND + CHUNK_BYTES}; time.sleep(0.5)"
    little = "import time; time.sleep(0.5)"
    held, not_held = (peak(tmp_path, program=(PROGRAM[0], "-c", each)) for each in (whole, little))
    assert held - not_held > BOUND

"""Two cockpits and commands write to one profile at once: nobody is told of a lock, nothing is lost, and lanes are whole."""

import os
import subprocess
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.conftest import Say
from tests.e2e.stage import PROGRAM, cockpit, command, ok, surroundings
from tests.e2e.test_faults_processes import at_timeline, note

from ircockpit.core.errors import ExitCode
from ircockpit.store.log import Log

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no pseudo-terminal")

SHORT_S = 8.0
LONG_S = 600.0
COMPLAINTS = (b"locked", b"held by another program", b"NOT saved")


class Spoken(NamedTuple):
    """What commands have done beside the cockpits."""

    acknowledged: list[str]
    complaints: list[bytes]


def speak(home: Path, ident: str, spoken: Spoken, until: float) -> None:
    """Commands, one after the other: notes, incidents, evidence, triage."""
    number = 0
    while time.monotonic() < until:
        number += 1
        text = f"by command {number}"
        words = (
            ("note", ident, text), ("open", f"incident {number}"), ("triage", ident, "--harm", ("yes", "no")[number % 2]),
        )[0 if number % 3 else 1 + number // 3 % 2]  # fmt: skip
        done = subprocess.run(
            [*PROGRAM, *words], env=surroundings(home), capture_output=True, check=False, timeout=100
        )
        spoken.complaints.extend(each for each in COMPLAINTS if each in done.stdout + done.stderr)
        if done.returncode:
            spoken.complaints.append(done.stderr)
        elif words[0] == "note":
            spoken.acknowledged.append(text)


def hold_whole(home: Path) -> int:
    """The log is whole, every lane without gap or fork; how many lanes there are."""
    log = Log(home / "log.db")
    try:
        assert log.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert log.gaps() == []
        lanes: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for stored in log.since(0, 1_000_000):
            envelope = stored.event.envelope
            lanes[envelope.stream, envelope.device, envelope.epoch].append(envelope.n)
        assert [lane for lane in lanes.values() if lane != list(range(1, len(lane) + 1))] == []
        return len(lanes)
    finally:
        log.close()


def side_by_side(home: Path, seconds: float, say: Say) -> None:
    ident = str(ok(home, "open", "wrong dose")["short"])
    shown: list[str] = []
    with cockpit(home) as left, cockpit(home) as right:
        for screen in (left, right):
            at_timeline(screen)
        spoken = Spoken([], [])
        until = time.monotonic() + seconds
        speakers = [threading.Thread(target=speak, args=(home, ident, spoken, until))]
        for each in speakers:
            each.start()
        while time.monotonic() < until:
            for name, screen in (("left", left), ("right", right)):
                text = f"{name} {len(shown)}"
                note(screen, text)
                shown.append(text)
        for each in speakers:
            each.join(100)
        for screen in (left, right):
            assert not [each for each in COMPLAINTS if each in screen.raw]
    assert spoken.complaints == []
    there = Counter(str(row["text"]) for row in ok(home, "timeline", ident, "--limit", "100000"))
    assert [text for text in (*shown, *spoken.acknowledged) if there[text] != 1] == []
    lanes = hold_whole(home)
    assert command(home, "verify").code == ExitCode.OK
    say(
        f"{len(shown)} notes in two cockpits, {len(spoken.acknowledged)} by command, in {seconds:.0f} s; {lanes} lanes whole"
    )
    assert len(shown) > 2
    assert spoken.acknowledged


def test_two_cockpits_and_commands_write_at_once(tmp_path: Path, say: Say) -> None:
    side_by_side(tmp_path / "home", SHORT_S, say)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_cockpits_and_commands_write_for_ten_minutes(tmp_path: Path, say: Say) -> None:
    side_by_side(tmp_path / "home", LONG_S, say)

"""The ten jobs of the cheat sheet take the keys it says: pressed on a real terminal, one by one, and counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, ok
from tests.support.pty_screen import PtyScreen
from tools.jobs import JOBS, Job, Words, count, keys

from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import Entry
from ircockpit.features.catalogue import actions

ENTRIES: tuple[Entry, ...] = (*actions(), *GESTURES)
NEED_A_TARGET = ("stop the harm with the control that is offered first", "check that the control is in force")
"""Pressed on the way that tests/e2e/test_main_path.py walks with a real gateway."""
SHOWS = {
    "take an incident": "you have ",
    "triage it, all questions answered": "because: harm realised",
    "note what was said on the telephone": "noted in ",
    "see everything about an incident": " overview",
    "find an incident by a word": "1 incident",
    "take a file into custody": "E1",
    "see what the hub has not confirmed": " sync",
    "close an incident": "is closed",
}
HERE = [job for job in JOBS if job.title not in NEED_A_TARGET]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A profile with one incident, and a file beside it."""
    (tmp_path / "exhibit.txt").write_text("take forty")
    folder = tmp_path / "home"
    ok(folder, "open", "wrong dose")
    return folder


@pytest.fixture
def screen(home: Path) -> Iterator[PtyScreen]:
    with cockpit(home) as found:
        found.wait_for("? help")
        found.wait_idle(QUIET_MS)
        yield found


def press(screen: PtyScreen, job: Job, folder: Path) -> int:
    """Press what the job says; how many keys that were."""
    said = {"the file": str(folder / "exhibit.txt"), "the word": "dose"}
    pressed = 0
    for key in keys(job, ENTRIES):
        before = screen.received
        if isinstance(key, Words):
            screen.paste(said.get(key.what, f"words of {key.what}"))
        else:
            screen.press(key.lower() if len(key) > 1 else key)
            pressed += 1
        while screen.received == before:  # each is heard before the next one
            screen.wait_more()
        screen.wait_idle(QUIET_MS)
    return pressed


@pytest.mark.parametrize("job", HERE, ids=lambda job: job.title)
def test_a_job_takes_the_keys_it_says(screen: PtyScreen, tmp_path: Path, job: Job) -> None:
    assert press(screen, job, tmp_path) == count(keys(job, ENTRIES))
    screen.wait_for(SHOWS[job.title])


def test_one_key_less_does_not_do_it(screen: PtyScreen, tmp_path: Path, home: Path) -> None:
    (closing,) = (job for job in JOBS if job.title == "close an incident")
    press(screen, closing._replace(steps=closing.steps[:-1]), tmp_path)
    assert SHOWS[closing.title] not in screen.text()
    assert ok(home, "queue")["incidents"][0]["status"] == "open"


def test_there_are_ten_and_each_is_pressed_or_named() -> None:
    assert len(JOBS) == 10
    assert {job.title for job in JOBS} == SHOWS.keys() | {*NEED_A_TARGET}
    steps = {step for job in JOBS for step in job.steps if isinstance(step, str)}
    assert {step for step in steps if "." in step} <= {entry.id for entry in ENTRIES}
    assert all(count(keys(job, ENTRIES)) <= 8 for job in JOBS)

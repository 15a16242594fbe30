"""No act writes the whole screen more than once: not opening any screen or tab, not going back, not another size."""

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.stage import QUIET_MS, cockpit, surroundings
from tests.support.crowd import SEEN, fill
from tests.support.paints import full_repaints
from tests.support.pty_screen import PtyScreen

ROWS = 40
SIZES = ((80, 24), (120, 40))
TWICE = Path(__file__).with_name("twice_app.py")
HERE = "queue   "
"""The queue's first line; elsewhere more stands behind the word."""


class Step(NamedTuple):
    """A key, and what the first two lines show once it is done."""

    key: str
    shown: str


TABS = tuple(
    Step(key, f"[{key} {name}")
    for key, name in (
        ("8", "clocks"), ("7", "people"), ("6", "playbook"), ("5", "evidence"), ("4", "timeline"), ("1", "overview"),
    )
)  # fmt: skip
INCIDENT = (
    Step("enter", "[1 overview"), *TABS,
    Step("2", "triage"), Step("escape", "[1 overview"), Step("3", "> containment"), Step("q", "[1 overview"),
    Step("4", "[4 timeline"), Step("enter", "entry"), Step("q", "[4 timeline"), Step("q", HERE),
)  # fmt: skip
SCREENS = (
    Step("s", "sync"), Step("q", HERE), Step(",", "settings"), Step("q", HERE),
    Step("?", "help queue"), Step("q", HERE), Step("H", "handover"), Step("q", HERE),
    Step("D", "doctor"), Step("q", HERE), Step("d", HERE), Step("d", HERE),
    Step("x", "lens"), Step("q", HERE), Step("t", "triage"), Step("q", HERE), Step("!", "> containment"), Step("q", HERE),
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with incidents and signals."""
    home = tmp_path_factory.mktemp("repaints") / "home"
    fill(home, ROWS)
    return home


@pytest.fixture(params=SIZES, ids=str)
def queue(home: Path, request: pytest.FixtureRequest) -> Iterator[PtyScreen]:
    """The cockpit at rest at its queue."""
    with cockpit(home, request.param) as screen:
        yield at_rest(screen)


def at_rest(screen: PtyScreen) -> PtyScreen:
    screen.wait_for(lambda text: SEEN in text and "? help" in text)
    screen.wait_idle(QUIET_MS)
    return screen


def repaints(screen: PtyScreen, steps: Sequence[Step]) -> list[tuple[str, str, int]]:
    """Each step with how often it wrote the whole screen."""
    counts = []
    for key, shown in steps:
        before = screen.received
        screen.press(key)
        screen.wait_for(lambda text, shown=shown: shown in "\n".join(text.split("\n")[:2]))  # type: ignore[misc]
        while screen.received == before:
            screen.pump(0.05)
        screen.wait_idle(QUIET_MS)
        counts.append((key, shown, full_repaints(bytes(screen.raw[before:]), screen.screen.lines)))
    return counts


def resized(screen: PtyScreen, size: tuple[int, int]) -> int:
    """How often the whole screen was written for another size of the terminal."""
    before = screen.received
    screen.resize(*size)
    screen.wait_more()
    screen.wait_idle(QUIET_MS)
    return full_repaints(bytes(screen.raw[before:]), size[1])


def test_every_tab_and_every_screen_is_painted_once(queue: PtyScreen) -> None:
    steps = (*INCIDENT, *SCREENS)
    assert repaints(queue, steps) == [(*step, 1) for step in steps]


def test_another_size_is_painted_once(queue: PtyScreen) -> None:
    sizes = [(80, 30), (100, 30), (120, 40), (150, 40), (79, 24)]
    assert [resized(queue, size) for size in sizes] == [1] * len(sizes)
    queue.press("enter")
    queue.wait_for("[1 overview")
    queue.wait_idle(QUIET_MS)
    assert [resized(queue, size) for size in sizes] == [1] * len(sizes)


def test_control_a_second_paint_would_be_seen(home: Path) -> None:
    with PtyScreen([sys.executable, str(TWICE)], surroundings(home)) as screen:
        at_rest(screen)
        found = repaints(screen, (*INCIDENT, *SCREENS))
        assert max(count for _, _, count in found) > 1


def test_sizes_that_came_and_went_unseen_leave_nothing_behind(queue: PtyScreen) -> None:
    """A busy machine hears only of the last of many sizes, and that may be the one it knew."""
    columns, lines = queue.screen.columns, queue.screen.lines
    shown, before = queue.text(), queue.received
    queue.screen.resize(8, 30)
    queue.screen.resize(lines, columns)
    assert queue.text() != shown, "nothing was cut off, or this proves nothing"
    os.kill(queue.process.pid, signal.SIGWINCH)
    queue.wait_for(lambda text: text == shown)
    queue.wait_idle(QUIET_MS)
    assert full_repaints(bytes(queue.raw[before:]), lines) == 1

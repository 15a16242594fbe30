"""What the cockpit sends to a terminal stays few bytes, so that it is usable over a slow link."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, cockpit
from tests.support.crowd import SEEN, STEMS, fill
from tests.support.paints import full_repaints, paints_by_line
from tests.support.pty_screen import PtyScreen

ROWS = 400
KEYS = 100
MOST_PER_KEY = 600
"""Bytes of a held ``j`` on the average: two rows change, and the window moves at its edge."""
MOST_PER_PROMPT = 2_000
MOST_REPAINTS = 1
"""How often opening a prompt may write the whole screen anew."""
MOST_IDLE_PER_S = 200
IDLE_S = 3.0
TRUECOLOR = {"COLORTERM": "truecolor"}
CONTROLS = Path(__file__).resolve().parents[2] / "bench" / "_table_app.py"
RESTLESS = Path(__file__).with_name("restless_app.py")


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with a long queue."""
    home = tmp_path_factory.mktemp("crowd") / "home"
    fill(home, ROWS)
    return home


@pytest.fixture
def queue(crowded: Path) -> Iterator[PtyScreen]:
    """The cockpit at rest on the long queue."""
    with cockpit(crowded, env=TRUECOLOR) as screen:
        screen.wait_for("? help")  # what the early frame has not
        yield at_rest(screen)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[PtyScreen]:
    """Rows as long in a DataTable, with a modal for questions: what the budgets must be able to see."""
    rows = [["SEV1", f"{i}", STEMS[i % len(STEMS)].format(i), "7 people"] for i in range(ROWS)]
    (tmp_path / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    words = [sys.executable, str(CONTROLS), str(tmp_path / "rows.json")]
    with PtyScreen(words, TRUECOLOR) as screen:
        yield at_rest(screen)


def at_rest(screen: PtyScreen) -> PtyScreen:
    screen.wait_for(SEEN)
    screen.wait_idle(QUIET_MS)
    return screen


def bytes_per_key(screen: PtyScreen) -> float:
    """Bytes of one ``j`` of many, each pressed once the one before has begun to show."""
    before = screen.received
    for _ in range(KEYS):
        screen.press("j")
        screen.wait_more()
    screen.wait_idle(QUIET_MS)
    return (screen.received - before) / KEYS


def opening(screen: PtyScreen, key: str, asked: str) -> bytes:
    """Everything sent from a key until a line that begins so, after an id and a frame, is there."""
    before = screen.received
    screen.press(key)
    screen.wait_for(lambda text: any(re.match(rf"( \w+)* {asked}", line) for line in text.split("\n")))
    screen.wait_idle(QUIET_MS)
    return bytes(screen.raw[before:])


def from_the_top(screen: PtyScreen) -> float:
    """The same over the first rows of the list."""
    screen.press("g")
    screen.wait_idle(QUIET_MS)
    return bytes_per_key(screen)


def test_a_held_cursor_key_costs_few_bytes(queue: PtyScreen) -> None:
    # Where the machine stalls between two keys the detail is painted too: that only adds.
    assert 100 < min(from_the_top(queue) for _ in range(5)) <= MOST_PER_KEY


def test_a_table_that_scrolls_by_line_would_be_seen(table: PtyScreen) -> None:
    # Where the machine stalls some keys are painted together: that only saves.
    assert max(bytes_per_key(table) for _ in range(3)) > 4 * MOST_PER_KEY


@pytest.mark.parametrize(
    ("key", "asked"), [("/", "/ *$"), (":", ": *$"), ("n", "note:"), ("ctrl+p", "find *$")]
)
def test_a_prompt_costs_few_bytes_and_no_repaint(queue: PtyScreen, key: str, asked: str) -> None:
    sent = opening(queue, key, asked)
    assert 0 < len(sent) <= MOST_PER_PROMPT
    assert full_repaints(sent) <= MOST_REPAINTS


def test_a_modal_would_be_seen(table: PtyScreen) -> None:
    sent = opening(table, "n", " *your note")
    assert len(sent) > 4 * MOST_PER_PROMPT
    assert full_repaints(sent) > MOST_REPAINTS


def test_a_screen_that_comes_to_the_front_is_painted_once(queue: PtyScreen) -> None:
    for key, shown in (("enter", " timeline "), ("q", "Enter open")):
        before = queue.received
        queue.press(key)
        queue.wait_for(shown)
        queue.wait_idle(QUIET_MS)
        assert full_repaints(bytes(queue.raw[before:])) == 1


def test_a_screen_of_textual_is_painted_more_often(table: PtyScreen) -> None:
    before = table.received
    table.press("enter")
    table.wait_for("Back")
    table.wait_idle(QUIET_MS)
    assert full_repaints(bytes(table.raw[before:])) > 1


def test_nothing_is_sent_for_nothing(queue: PtyScreen) -> None:
    assert queue.pump_for(IDLE_S) / IDLE_S <= MOST_IDLE_PER_S


def test_an_indicator_that_moves_would_be_seen() -> None:
    with PtyScreen([sys.executable, str(RESTLESS)], TRUECOLOR) as screen:
        screen.wait_more()
        assert screen.pump_for(IDLE_S) / IDLE_S > 4 * MOST_IDLE_PER_S


def test_repaints_are_counted_by_their_lines() -> None:
    whole = b"".join(b"\x1b[%d;1Hx" % line for line in range(1, 25))
    assert full_repaints(whole + whole) == 2
    assert full_repaints(whole[:-7] + b"\x1b[1;1Hx") == 0
    assert paints_by_line(b"\x1b[3;1H\x1b[0m\x1b[3;7Hx")[3] == 1

"""Words that are readable for seconds, over a line of 64 kbit/s: a held key keeps them, and then they are gone."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from tests.e2e.slow_line import BYTES_PER_S
from tests.e2e.stage import PROGRAM, QUIET_MS, ok, surroundings
from tests.support.pty_screen import PtyScreen

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: terminals here are pseudo-terminals")

LINES = 12
WORDS = [f"sentence {number} of what nobody should read by chance, dose and all" for number in range(LINES)]
SECONDS = 5.0
"""For how long words are lifted where nothing is set."""
REPEAT_S = 0.04
HELD_S = 1.4 * SECONDS
LATE_S = 15.0
"""What a busy machine may take longer; the line itself is held to bytes."""
MOST_HELD = 1_000
MOST_BLURRED = 3_000
"""Bytes of the page once more, well under half a second of the line."""
SLOW_LINE, CARELESS = (Path(__file__).with_name(name) for name in ("slow_line.py", "careless_app.py"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with one signal of many lines."""
    folder = tmp_path_factory.mktemp("slow")
    signal = {"title": "wrong dose", "output": "\n".join(WORDS), "source": "monitor", "detector": "dosage"}
    (folder / "signals.jsonl").write_text(json.dumps(signal) + "\n")
    ok(folder / "home", "intake", str(folder / "signals.jsonl"))
    return folder / "home"


def opened(home: Path, *program: str) -> PtyScreen:
    """The cockpit behind the line."""
    return PtyScreen([sys.executable, str(SLOW_LINE), *(program or PROGRAM)], surroundings(home))


def lifted(screen: PtyScreen) -> None:
    """The words were asked for with a reason, and one key has made them readable."""
    screen.wait_for(lambda text: "wrong dose" in text and "? help" in text)
    screen.wait_idle(QUIET_MS)
    screen.press("v")
    screen.wait_for("why see it?")
    screen.send("to know what was said\r")
    screen.wait_for("blurred")
    screen.wait_idle(QUIET_MS)
    assert read(screen.text()) == 0
    screen.press("space")
    screen.wait_for(lambda text: read(text) == LINES)


def read(text: str) -> int:
    """How many of the sentences can be read."""
    return sum(f"sentence {number} of" in text for number in range(LINES))


def hold(screen: PtyScreen) -> tuple[float, int]:
    """Hold the key for longer than one press lasts; returns when it was pressed last, and the bytes it cost."""
    before, pressed = screen.received, time.monotonic()
    until = pressed + HELD_S
    while pressed < until:
        pressed = time.monotonic()
        screen.press("space")
        screen.pump_for(REPEAT_S)
        assert read(screen.text()) == LINES
    return pressed, screen.received - before


def test_a_held_key_keeps_them_and_then_they_are_overwritten(home: Path) -> None:
    with opened(home) as screen:
        lifted(screen)
        pressed, held = hold(screen)
        assert held <= MOST_HELD
        before = screen.received
        screen.wait_for(lambda text: read(text) == 0, timeout=SECONDS + LATE_S)
        assert time.monotonic() - pressed >= SECONDS
        screen.wait_idle(QUIET_MS)
        assert screen.received - before <= MOST_BLURRED < BYTES_PER_S / 2
        assert read(screen.text()) == 0
        assert "dose and all" not in screen.text()


def test_control_words_that_stay_would_be_seen(home: Path) -> None:
    with opened(home, sys.executable, str(CARELESS), "never") as screen:
        lifted(screen)
        with pytest.raises(TimeoutError):
            screen.wait_for(lambda text: read(text) < LINES, timeout=SECONDS + 1)


def test_control_a_page_that_paints_at_each_repeat_would_be_seen(home: Path) -> None:
    with opened(home, sys.executable, str(CARELESS), "often") as screen:
        lifted(screen)
        _, held = hold(screen)
        assert held > 4 * MOST_HELD

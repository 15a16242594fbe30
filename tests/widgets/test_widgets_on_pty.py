"""The widgets on a real terminal: what is seen is right, few bytes make it so, and nothing hostile gets through."""

import json
import re
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.support.pty_screen import PtyScreen
from tests.widgets.widgets_demo import FORBIDDEN, POINTER_SHAPE

DEMO = Path(__file__).with_name("widgets_demo.py")
SOURCES = DEMO.parents[2] / "src"
TRUECOLOR = {"COLORTERM": "truecolor"}


def demo(*words: str, env: dict[str, str] | None = None, size: tuple[int, int] = (80, 24)) -> PtyScreen:
    """The demo app, at rest; its environment is a true-colour terminal unless said otherwise."""
    surroundings = {"PYTHONPATH": str(SOURCES), **(TRUECOLOR if env is None else env)}
    screen = PtyScreen([sys.executable, str(DEMO), *words], surroundings, size)
    screen.wait_for(lambda text: "quit" in text or "criteria" in text)
    screen.wait_idle(150)
    return screen


@pytest.fixture
def ten_thousand() -> Iterator[PtyScreen]:
    with demo("10000") as screen:
        yield screen


def cursor_lines(screen: PtyScreen) -> list[int]:
    """Lines that look like the one under the cursor, by marker and by light; both must agree."""
    marked = [y for y, line in enumerate(screen.lines()) if line.startswith(" > ")]
    assert marked == [y for y in range(24) if screen.lit(y)]
    return marked


def stands_on(key: str, text: str) -> bool:
    return re.search(rf"^ > .* {key} ", text, re.MULTILINE) is not None


def test_after_scrolling_the_one_lit_row_is_the_right_one(ten_thousand: PtyScreen) -> None:
    screen = ten_thousand
    expected = 1
    for key, delta in [
        *[("j", 1)] * 30,
        ("ctrl+d", 10),
        *[("k", -1)] * 14,
        ("pagedown", 21),
        *[("up", -1)] * 5,
    ]:
        screen.press(key)
        expected += delta
        if expected % 50 == 0:
            expected += 1 if delta > 0 else -1
        screen.wait_for(partial(stands_on, f"k{expected}"))
        screen.wait_idle(40)
        (y,) = cursor_lines(screen)
        assert screen.lines()[y].split()[2] == f"k{expected}"
        assert screen.cursor == (1, y)
    shown = [int(number) for number in re.findall(r"  k(\d+) ", screen.text())]
    every = range(shown[0], shown[-1] + 1)
    assert shown == [number for number in every if number % 50], "a stale line was left behind"


def test_the_end_and_the_top(ten_thousand: PtyScreen) -> None:
    screen = ten_thousand
    screen.press("G")
    screen.wait_for("k9999 ")
    screen.wait_idle()
    assert cursor_lines(screen) == [21]
    screen.press("g")
    screen.wait_for("k1 ")
    screen.wait_idle()
    assert cursor_lines(screen) == [2]
    assert screen.lines()[1].startswith(" block 0 ---")


@pytest.mark.parametrize(
    ("env", "most"), [(TRUECOLOR, 600), ({"TERM": "xterm"}, 500), ({"NO_COLOR": "1"}, 500)], ids=str
)
def test_a_cursor_key_costs_few_bytes(env: dict[str, str], most: int) -> None:
    with demo("10000", env=env) as screen:
        before = screen.received
        for _ in range(100):
            screen.press("j")
            screen.wait_idle(25)
        screen.wait_idle()
        assert 100 < (screen.received - before) / 100 <= most
        assert screen.typed == 100


def test_a_change_in_one_row_repaints_that_row_only(ten_thousand: PtyScreen) -> None:
    before = ten_thousand.received
    ten_thousand.press("r")
    ten_thousand.wait_for("now")
    ten_thousand.wait_idle()
    assert 0 < ten_thousand.received - before < 200


def test_prompts_cost_little(ten_thousand: PtyScreen) -> None:
    screen = ten_thousand
    for key, shown, most, leave in ((":", " :", 300, "backspace"), ("!", "press f to send", 1_500, "n")):
        before = screen.received
        screen.press(key)
        screen.wait_for(shown)
        screen.wait_idle(100)
        assert screen.received - before <= most
        time.sleep(0.3)
        screen.press(leave)
        screen.wait_for("left")
        screen.wait_idle(100)


def test_a_million_rows_are_read_a_page_at_a_time(tmp_path: Path) -> None:
    reports = []
    for rows in ("16384", "1048576"):
        report = tmp_path / rows
        with demo(rows, "--report", str(report)) as screen:
            screen.press(*"jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj", "ctrl+d", "G", "k", "g")
            screen.wait_idle()
            screen.press("q")
            assert screen.wait_exit() == 0
        reports.append(json.loads(report.read_text()))
    assert len(reports[0]["calls"]) == len(reports[1]["calls"]) <= 6
    assert reports[0]["counted"] == reports[1]["counted"] <= 3


def test_nothing_is_sent_while_nothing_happens(ten_thousand: PtyScreen) -> None:
    ten_thousand.press("j", ":")
    ten_thousand.wait_idle(200)
    assert ten_thousand.pump(3) == 0


def test_without_colour_the_cursor_row_is_reversed_and_no_colour_is_sent() -> None:
    with demo("100", env={"NO_COLOR": "1"}) as screen:
        screen.press("j")
        screen.wait_idle()
        (y,) = cursor_lines(screen)
        assert screen.cell(0, y).reverse
        assert not re.search(rb"\x1b\[(\d+;)*(3[0-8]|4[0-8]|9\d|10\d)[;m]", bytes(screen.raw))


def test_sixteen_colours_get_no_others() -> None:
    with demo("100", env={"TERM": "xterm"}) as screen:
        assert not re.search(rb"[34]8;[25];", bytes(screen.raw))
        assert re.search(rb"\x1b\[1;31m", bytes(screen.raw))


def test_no_mouse_is_asked_for(ten_thousand: PtyScreen) -> None:
    assert not re.search(rb"\x1b\[\?100[0235]h", bytes(ten_thousand.raw))


def asks_on_line(lines: int, text: str) -> bool:
    """Whether the prompt is on the last of so many lines."""
    shown = text.split("\n")
    return len(shown) == lines and "press f to send" in shown[-1]


def test_resizing_repaints_rightly(ten_thousand: PtyScreen) -> None:
    screen = ten_thousand
    screen.press("j", "j", "!")
    screen.wait_for("press f to send")
    for columns, lines in ((100, 40), (60, 15), (80, 24)):
        screen.resize(columns, lines)
        screen.wait_for(partial(asks_on_line, lines))
        screen.wait_idle(150)
        assert screen.lines()[0].endswith("UTC")
        assert screen.text().count(" > ") >= 1
    time.sleep(0.3)
    screen.press("n")
    screen.wait_for("left stop")
    screen.wait_idle()
    assert cursor_lines(screen) == [4]


def test_keys_typed_ahead_of_a_prompt_land_in_it(ten_thousand: PtyScreen) -> None:
    ten_thousand.send(":quit j!\r")
    ten_thousand.wait_for("command got: quit j!|")


def test_pasting_into_a_prompt(ten_thousand: PtyScreen) -> None:
    ten_thousand.press(":")
    ten_thousand.paste("né 漢字 \u202egnp\x9b31m\nx")
    ten_thousand.press("enter")
    ten_thousand.wait_for("command got: né 漢字 \ufffdgnp\ufffd31m x|")
    assert leaked(bytes(ten_thousand.raw)) == []


def stopped(screen: PtyScreen, *keys: str, wait: float = 0.4) -> str:
    """The last line after opening the confirmation, waiting, and pressing keys in one go."""
    screen.press("!")
    screen.wait_for("press f to send")
    time.sleep(wait)
    screen.press(*keys)
    screen.wait_idle(200)
    return screen.lines()[-1]


def test_a_confirmation_is_not_pressed_by_accident(ten_thousand: PtyScreen) -> None:
    last = stopped(ten_thousand, "enter", "space", "!", "!", "enter", "y")
    assert last.startswith(" press f to send")
    ten_thousand.press("n")
    ten_thousand.wait_for("left stop")


def test_typing_on_does_not_confirm(ten_thousand: PtyScreen) -> None:
    ten_thousand.send("!f")
    ten_thousand.wait_for("too early")
    for _ in range(15):
        time.sleep(0.033)
        ten_thousand.send("f")
    ten_thousand.wait_for("key held down")
    ten_thousand.wait_idle()
    assert "sent stop" not in ten_thousand.text()


def test_the_control_confirms(ten_thousand: PtyScreen) -> None:
    assert stopped(ten_thousand, "f") == " - sent stop"


def test_the_prompt_is_the_last_line_whatever_the_content_says(ten_thousand: PtyScreen) -> None:
    assert stopped(ten_thousand).startswith(" press f to send")
    assert ten_thousand.lines()[-2] == " press x to cancel   (nothing is done)"


WITHOUT = frozenset(("--no-gate", "--no-paint-gate", "--no-net"))
"""What takes each of the three layers away."""


def leaked(raw: bytes) -> list[bytes]:
    """What of the forbidden stands in the bytes that a program wrote."""
    own = raw.replace(POINTER_SHAPE, b"")
    return [bad for bad in FORBIDDEN if bad in own]


def hostile(*words: str) -> bytes:
    """What the demo with hostile rows sends: its list, a confirmation, a prompt, a scroll."""
    with demo("1000", "--hostile", *words) as screen:
        screen.press("!")
        screen.wait_idle(400)
        screen.press("n", "ctrl+d", "ctrl+d", "G")
        screen.wait_idle(200)
        assert screen.process.poll() is None
        return bytes(screen.raw)


@pytest.mark.parametrize(
    "words",
    [(), WITHOUT - {"--no-gate"}, WITHOUT - {"--no-paint-gate"}, WITHOUT - {"--no-net"}],
    ids=["all three", "gate alone", "painting alone", "net alone"],
)
def test_hostile_text_stays_text(words: frozenset[str]) -> None:
    raw = hostile(*words)
    assert leaked(raw) == []
    assert b"[/foo] [b]bold[/b]" in raw
    assert b"[@click=app.quit]press me[" in raw


def test_the_control_leaks_without_any_of_them() -> None:
    raw = hostile(*WITHOUT)
    assert leaked(raw) == list(FORBIDDEN)


def test_a_form_in_five_keys_and_its_words_in_one_more() -> None:
    with demo("0", "--form") as screen:
        screen.send("1321")
        text = screen.wait_for("4 of 4 answered")
        assert "[1]" in text
        assert ">why" not in text, "the next key is no text"
        screen.press("down")
        screen.wait_for(">why")
        screen.send("they\x7f said so")
        screen.wait_for("the said so")
        screen.wait_idle()
        assert screen.cursor == (11 + len("the said so"), 10)


@pytest.mark.parametrize(
    ("env", "size", "word"), [({"TERM": "dumb"}, (80, 24), "TERM=dumb"), (TRUECOLOR, (50, 10), "50x10")]
)
def test_a_terminal_that_cannot_is_told_so(env: dict[str, str], size: tuple[int, int], word: str) -> None:
    with PtyScreen([sys.executable, str(DEMO), "5"], {"PYTHONPATH": str(SOURCES), **env}, size) as screen:
        assert screen.wait_exit() == 2
        assert word.encode() in screen.raw
        assert b"ircockpit queue" in screen.raw
        assert b"\x1b[?1049h" not in screen.raw

"""Columns stay straight whatever stands in them, in a terminal that takes other widths for true than we do."""

import ctypes
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.hostile_profile import spoken
from tests.e2e.stage import PROGRAM, QUIET_MS, surroundings
from tests.support.pty_screen import PtyScreen

from ircockpit.inert import gate
from ircockpit.render.span import Span, plain
from ircockpit.render.wrap import wrap

TITLES = {
    "plain": "plain words",
    "hindi": "गलत दवा की खुराक दी गई",
    "tamil": "தவறான மருந்து அளவு கொடுக்கப்பட்டது",
    "khmer": "កំហុសក្នុងការផ្តល់ថ្នាំ",
    "thai": "ให้ยาผิดขนาดที่ร้าน",
    "hebrew": "שָׁלוֹם מינון שגוי",
    "arabic": "جرعة دواء خاطئة",
    "wide": "返金が二重に支払われた件について調べる",
    "family": "👩\u200d👩\u200d👧\u200d👦 and 👍🏽 told",
    "flags": "🇩🇪🇯🇵 and 🏴\U000e0067\U000e0062\U000e007f users",
    "variation": "❤\ufe0f 1\ufe0f\u20e3 ✈\ufe0e ☺ wrong",
    "ambiguous": "¡±×÷ ①②③ αβγ ■□◆ ※…",
    "flood": "e" + "\u0301" * 80 + "x",
    "spacing flood": "क" + "ा" * 80 + "x",
    "trigrams": "☰☱☲☳ ䷀䷁ \U0001d306\U0001d307 quiet",
    "new emoji": "\U0001fae9\U0001fac6\U0001fabe drawn late",
    "long": "x" * 120,
}  # fmt: skip
"""Titles by what is difficult about them."""
UTF8 = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
STATE = "□ not stopped"


class Mux(NamedTuple):
    """A tmux of the test's own."""

    words: list[str]

    def start(self, argv: list[str]) -> list[str]:
        """The words that run a program in it."""
        return [*self.words, "-f", os.devnull, "new-session", *argv]

    def shows(self) -> list[str]:
        """The lines of its screen, as it holds them."""
        done = subprocess.run([*self.words, "capture-pane", "-p"], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()


@pytest.fixture
def mux(need_program: Callable[[str, str], str]) -> Iterator[Mux]:
    """Tmux without settings; it asks the C library for the width of a character."""
    words = [need_program("tmux", "Debian: tmux"), "-u", "-L", f"ircockpit-{secrets.token_hex(4)}"]
    yield Mux(words)
    subprocess.run([*words, "kill-server"], capture_output=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile with one incident for each title."""
    home = tmp_path_factory.mktemp("columns") / "home"
    for title in TITLES.values():
        assert spoken(home, "open", "--impact", title[:40], "--", title).code == 0
    return home


@pytest.fixture(scope="module")
def width() -> Callable[[str], int]:
    """Cells of a text by the C library, as tmux asks it."""
    libc = ctypes.CDLL(None)
    libc.setlocale(0, b"C.UTF-8")
    return lambda text: sum(max(int(libc.wcwidth(ctypes.c_wchar(char))), 0) for char in text)


def columns(lines: list[str], width: Callable[[str], int]) -> list[int]:
    """Where the state stands in each line that has one."""
    return [width(line.partition(STATE)[0]) for line in lines if STATE in line]


@pytest.mark.parametrize("size", [(80, 40), (120, 40)], ids=str)
def test_columns_of_the_queue_stand_straight_in_tmux(
    home: Path, mux: Mux, size: tuple[int, int], width: Callable[[str], int]
) -> None:
    with PtyScreen(mux.start(list(PROGRAM)), surroundings(home, UTF8), size) as screen:
        screen.wait_for("? help", timeout=60, early=True)
        screen.wait_idle(QUIET_MS)
        for keys in ("", *"jjjjjj", "G", "kkk"):
            screen.send(keys)
            screen.wait_idle(QUIET_MS)
            lines = mux.shows()
            found = columns(lines, width)
            assert len(found) == len(TITLES), lines
            assert len(set(found)) == 1, lines
        screen.send("q")
        screen.wait_exit()


def test_control_rows_padded_by_our_count_alone_are_crooked_there(
    mux: Mux, tmp_path: Path, width: Callable[[str], int]
) -> None:
    path = tmp_path / "rows"
    titles = [gate.line(title, 30) for title in TITLES.values()]
    path.write_text("".join(f"{title}{' ' * (32 - gate.cells(title))}{STATE}\n" for title in titles))
    with PtyScreen(mux.start(["sh", "-c", f"cat {path}; sleep 60"]), UTF8, (80, 40)) as screen:
        screen.wait_for(lambda text: text.count(STATE) == len(TITLES), early=True)
        assert len(set(columns(mux.shows(), width))) > 1


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_folded_lines_fit_where_they_are_drawn_widest(title: str, width: Callable[[str], int]) -> None:
    """What must be read to the end is not pushed off the screen by marks that take a cell."""
    line = (Span("sends ", "dim"), Span(gate.clean(f"{title} " * 12)), Span("to http://10.0.4.2/"))
    pieces = wrap(line, 60, 11)
    assert all(width(plain(piece)) <= 60 for piece in pieces)
    whole = "".join(plain(piece).strip() for piece in pieces).replace(" ", "")
    assert whole == plain(line).replace(" ", "")


def test_control_counted_as_the_newest_tables_do_it_would_be_pushed_off(width: Callable[[str], int]) -> None:
    text = gate.clean(TITLES["spacing flood"] * 20)
    assert width(gate.head(text, 60)) > 60
    assert gate.settled(TITLES["plain"])
    assert gate.settled("Grüße, Привет, 返金")
    assert not gate.settled(gate.clean(TITLES["hindi"]))

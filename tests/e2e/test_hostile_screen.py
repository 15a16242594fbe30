"""Every screen of the cockpit on a real terminal, over a profile that is hostile throughout."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.e2e.hostile_profile import HostileProfile
from tests.e2e.stage import cockpit
from tests.support.byte_stream import Taken, take_apart
from tests.support.hostile import ASK, EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.pty_screen import PtyScreen

from ircockpit.features.queue.due import MOST

QUIET_MS = 120
"""Nothing is confirmed here, so only the screen has to have come to rest."""
STATES = frozenset("□◐■◇✕?")
PASTED = PAYLOADS["osc clipboard"] + PAYLOADS["bidi override"] + PAYLOADS["tag characters"] + "\x9b31m\x00"


class Seen(NamedTuple):
    """One screen: its lines, and its cells as the model of the terminal holds them."""

    lines: list[str]
    cells: list[list[str]]


class Walked(NamedTuple):
    """What a walk through the cockpit showed and sent."""

    seen: dict[str, Seen]
    sent: Taken


class Walk:
    """Goes from screen to screen, keeping what each shows once it has come to rest."""

    def __init__(self, screen: PtyScreen) -> None:
        self.screen = screen
        self.seen: dict[str, Seen] = {}

    def go(self, name: str, keys: str, until: str | Callable[[str], bool]) -> None:
        """Type keys, wait for what the screen must show then, and keep it."""
        self.screen.send(keys)
        try:
            self.screen.wait_for(until)
        except TimeoutError as error:
            raise AssertionError(f"on the way to {name!r}: {error}") from None
        self.screen.wait_idle(QUIET_MS)
        self.keep(name)

    def keep(self, name: str) -> None:
        screen = self.screen.screen
        cells = [[screen.buffer[y][x].data for x in range(screen.columns)] for y in range(screen.lines)]
        self.seen[name] = Seen(self.screen.lines(), cells)


def on(where: str) -> Callable[[str], bool]:
    """Whether the first line says that this is the screen, at the end of the way that led there.

    The frame that stands there before the app does tells no time.
    """
    here = rf" (?:[^\n]* > |…)?{re.escape(where)} (?!>)[^\n]*\d\d:\d\d UTC(?:\n|$)"
    return lambda text: re.match(here, text) is not None


def at_the_end(words: str) -> Callable[[str], bool]:
    """Whether the last line holds these words."""
    return lambda text: words in text.rsplit("\n", 1)[-1]


def through_everything(walk: Walk, profile: HostileProfile) -> None:
    queue, overview = on("queue"), on(f"{profile.incident} > overview")
    walk.go("queue", "", queue)
    walk.go("what is due", "G", lambda text: "\n is due " in text)
    walk.go(
        "queue at its end", "k" * MOST, lambda text: re.search(r"^ > .*x  ", text, re.MULTILINE) is not None
    )
    walk.go("signals", "\r", on("signals"))
    walk.go("back", "q", queue)
    for times in range(6):
        walk.go(f"signals {times}", "kkkkk", queue)
    walk.go("review", "r", "dismiss, with a reason")
    walk.go("review left", "n", lambda text: "nothing is done" in text)
    walk.go("filtered", f"/{MARK} press", lambda text: f"/ {MARK} press" in text)
    walk.go("found", "\r", queue)
    walk.go("unfiltered", "\x1b", lambda text: "/ open" in text)
    walk.go("triaged", "/SEV2", lambda text: "/ SEV2" in text and text.count("SEV2") > 9)
    walk.go("triaged, later", "\rG", queue)
    walk.go("unfiltered again", "\x1b", lambda text: "/ open" in text)
    walk.go("filter of this incident", f"/{profile.incident}", lambda text: "1 incident," in text)
    walk.go(
        "its detail",
        "\rg",
        lambda text: re.search(rf"^ {profile.incident}  ", text, re.MULTILINE) is not None,
    )
    walk.go("timeline", "\r", overview)
    # The newest, then from the oldest up: what people typed stands there.
    for page, key in enumerate(("\x15", "\x15", "g", *("\x04",) * 7, "G", *("\x15",) * 12)):
        walk.go(f"timeline {page}", key, overview)
    walk.go("entry", "\r", on("entry"))
    walk.go("entry, its end", "G", on("entry"))
    walk.go("timeline again", "q", overview)
    walk.go("lens", "x", "raw, every trick between ‹ and ›")
    walk.go("lens left", "q", overview)
    for tab in ("4 timeline", "5 evidence", "6 playbook", "7 people", "8 clocks", "1 overview"):
        walk.go(f"tab {tab[2:]}", tab[0], on(f"{profile.incident} > {tab[2:]}"))
    walk.go("disagreement", "X", " which title holds")
    walk.go("disagreement left", "n", lambda text: "nothing is done" in text)
    for name, key, title in (
        ("exhibits", "e", "evidence list"),
        ("fact page", "i", "show"),
        ("long timeline", "L", "timeline"),
    ):
        walk.go(name, key, on(title))
        walk.go(f"{name} left", "q", overview)
    walk.go("triage", "t", "Has harm happened?")
    walk.go("triage left", "q", overview)
    walk.go("stop", "!", on("containment"))
    walk.go("stop refused", "3", "cannot be reached")
    walk.go("stop left", "q", overview)
    walk.go("note", "n", "note:")
    walk.screen.paste(PASTED)
    walk.go("note typed", "", lambda text: text.count(MARK) > 2)
    walk.go("noted", "\r", "noted in")
    walk.go("help", "?", on("help"))
    walk.go("help left", "q", overview)
    for number, words in enumerate(
        (f"[/foo]{MARK}", f"show {MARK}[bold]", "system show bot", "system list", "contain connectors")
    ):
        walk.go(
            f"command {number}",
            f":{words}",
            at_the_end(words[-20:]),
        )
        walk.go(f"answer {number}", "\r", lambda text: not text.rsplit("\n", 1)[-1].startswith(" :"))
        walk.screen.send("q" if number > 1 else "")
        walk.screen.wait_idle(QUIET_MS)
    walk.go("pasted command", ":", " :")
    walk.screen.paste("show " + PASTED)
    walk.go("pasted", "", MARK)
    walk.go("refused", "\r", lambda text: not text.rsplit("\n", 1)[-1].startswith(" :"))


@pytest.fixture(scope="module")
def walked(hostile: HostileProfile, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    home = tmp_path_factory.mktemp("walk") / "home"
    shutil.copytree(hostile.home, home)
    with cockpit(home, env={"IRCOCKPIT_A11Y": "1"}) as screen:
        walk = Walk(screen)
        through_everything(walk, hostile)
        screen.send(":q\r")
        assert screen.wait_exit() == 0
        return Walked(walk.seen, take_apart(bytes(screen.raw)))


def test_only_our_own_sequences_reach_the_terminal(walked: Walked) -> None:
    assert walked.sent.foreign == []
    assert walked.sent.undecodable == ()
    assert dangers(walked.sent.words, newline=True) == []


def test_every_screen_shows_what_the_gate_says(walked: Walked) -> None:
    everything = "\n".join(line for seen in walked.seen.values() for line in seen.lines)
    for shown in ("␛]52;c;", "␛[2J", "[/foo]", "[@click=", "[bold", "␊", "␍", "␈", "�2J", f"{MARK}�gnp.exe"):
        assert shown in everything, shown
    silent = {"review", "review left", "help", "help left", "answer 4", "refused"}
    for name, seen in walked.seen.items():
        if name not in silent and "left" not in name:
            assert MARK in "\n".join(seen.lines), (name, seen.lines)


def test_columns_stay_where_they_are(walked: Walked) -> None:
    checked = 0
    for name in ("queue", "queue at its end", "filtered", "found", "triaged", "triaged, later"):
        columns = set()
        for row in walked.seen[name].cells[2:-1]:
            if "".join(row[3:6]) == "SEV":
                glyphs = [x for x, cell in enumerate(row[:-1]) if cell in STATES and row[x + 1] == " "]
                assert glyphs, "".join(row)
                columns.add(glyphs[-1])
                checked += 1
        assert len(columns) <= 1, (name, columns, walked.seen[name].lines)
    assert checked > 8


def test_times_of_the_timeline_stand_below_each_other(walked: Walked) -> None:
    rows = [
        row
        for name, seen in walked.seen.items()
        if re.fullmatch(r"timeline \d", name)
        for row in seen.cells[1:-1]
    ]
    timed = [row for row in rows if re.fullmatch(r"\d\d:\d\d:\d\d", "".join(row[3:11]))]
    assert len(timed) > 30
    for row in timed:
        assert (row[11], row[12], row[21], row[22].isalpha()) == (" ", " ", " ", True), "".join(row)


def test_first_and_last_line_are_the_cockpits_own(walked: Walked) -> None:
    """Nothing from outside begins the last line: a question of ours stands there alone, under a rule of ours."""
    for name, seen in walked.seen.items():
        last = seen.lines[-1]
        assert not last.startswith((" press ", " type ")), (name, last)
        assert ASK[:20] not in last[:24], (name, last)
        assert re.search(r"\d\d:\d\d UTC$", seen.lines[0]), (name, seen.lines[0])
    assert any(ASK[:15] in line for seen in walked.seen.values() for line in seen.lines[1:-1]), "the control"


def test_other_peoples_versions_stand_above_the_question(walked: Walked) -> None:
    seen = walked.seen["disagreement"]
    assert MARK not in seen.lines[-1]
    assert seen.lines[-1].startswith(" which title holds")
    assert sum(MARK in line for line in seen.lines[-8:-1]) >= 2, seen.lines


@pytest.fixture
def raw_text(tmp_path: Path) -> Iterator[PtyScreen]:
    path = tmp_path / "hostile.txt"
    path.write_text(EVERYTHING)
    with PtyScreen(["cat", str(path)]) as screen:
        screen.wait_exit()
        yield screen


def test_control_a_file_shown_raw_is_caught(raw_text: PtyScreen) -> None:
    taken = take_apart(bytes(raw_text.raw))
    assert "\x1b]52;c;cm0gLXJmIH4=\x07" in taken.foreign
    assert len(taken.foreign) > 25
    assert len(set(dangers(taken.words, newline=True))) > 80


UNGUARDED = """
import sys
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static(open(sys.argv[1], newline="").read(), markup=False)
    def on_ready(self):
        self.set_timer(0.2, self.exit)

Bare().run(mouse=False)
"""


def test_control_a_bare_widget_is_caught(tmp_path: Path) -> None:
    """The library paints what it is given; were the gate gone, the harness would say so."""
    path = tmp_path / "hostile.txt"
    path.write_text(PAYLOADS["osc clipboard"] + PAYLOADS["eight-bit csi"] + PAYLOADS["bidi override"])
    with PtyScreen([sys.executable, "-c", UNGUARDED, str(path)]) as screen:
        screen.wait_exit()
        taken = take_apart(bytes(screen.raw))
    assert "\x1b]" in taken.foreign
    assert {"U+009B", "U+202E"} <= set(dangers(taken.words, newline=True))

"""What is copied, on real terminals: the one sequence that leaves, and what reaches the terminal through tmux and screen."""

import base64
import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.hostile_profile import spoken
from tests.e2e.stage import PROGRAM, QUIET_MS, cockpit, command, surroundings
from tests.support.byte_stream import take_apart
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.pty_screen import PtyScreen

TAKEN = re.compile(rb"\x1b\]52;c?;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")
"""What a terminal takes into its clipboard; tmux writes it without naming the clipboard."""
UTF8 = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A profile with one incident of which everything is said."""
    title, impact = PAYLOADS["osc clipboard"] + PAYLOADS["bidi override"], EVERYTHING.replace("\0", "")[:300]
    assert spoken(tmp_path / "home", "open", "--impact", impact, "--", title).code == 0
    return tmp_path / "home"


def clipboards(screen: PtyScreen) -> list[str]:
    """What the terminal was asked to take, one text for each time."""
    return [base64.b64decode(raw, validate=True).decode() for raw in TAKEN.findall(bytes(screen.raw))]


def copied(home: Path) -> str:
    """What the file says was copied."""
    return (home / "copied.txt").read_text().removesuffix("\n")


def test_one_sequence_leaves_and_it_holds_gated_text(home: Path) -> None:
    with cockpit(home) as screen:
        screen.wait_for("? help")
        screen.wait_idle(QUIET_MS)
        assert clipboards(screen) == [], "nothing is copied unasked"
        screen.press("Y")
        screen.wait_for("nobody can tell")
        screen.press("enter")
        screen.wait_for("[1 overview]")
        screen.wait_idle(QUIET_MS)
        screen.press("Y")
        screen.wait_for(lambda _: len(clipboards(screen)) == 2)
        screen.press("q", "q")
        assert screen.wait_exit() == 0
        first, second = clipboards(screen)
        assert second == copied(home)
        assert MARK in first
        for text in (first, second):
            assert dangers(text, newline=True) == []
        ours = [each for each in take_apart(bytes(screen.raw)).foreign if TAKEN.fullmatch(each.encode())]
        assert take_apart(bytes(screen.raw)).foreign == ours
        assert len(ours) == 2


def test_a_command_sends_it_to_its_terminal_and_never_to_a_pipe(home: Path) -> None:
    short = str(spoken(home, "queue", "--json").data["incidents"][0]["short"])
    words = ["copy", short, "--record"]
    with PtyScreen([*PROGRAM, *words], surroundings(home)) as screen:
        assert screen.wait_exit() == 0
        assert clipboards(screen) == [copied(home)]
        sequences = take_apart(bytes(screen.raw))
        assert len(sequences.foreign) == 1
        assert dangers(sequences.words, newline=True) == []
    done = command(home, *words)
    assert done.out.decode().removesuffix("\n") == copied(home)
    assert b"\x1b" not in done.out + done.err


@pytest.fixture
def inside(need_program: Callable[[str, str], str]) -> Iterator[Callable[[str, list[str]], list[str]]]:
    """Words that run a program inside tmux or screen, each as it is without settings."""
    ends: list[list[str]] = []

    def words(name: str, argv: list[str]) -> list[str]:
        path, mine = need_program(name, name), f"ircockpit-{secrets.token_hex(4)}"
        if name == "tmux":
            ends.append([path, "-L", mine, "kill-server"])
            return [path, "-L", mine, "-f", os.devnull, "new-session", *argv]
        ends.append([path, "-S", mine, "-X", "quit"])
        return [path, "-c", os.devnull, "-U", "-S", mine, *argv]

    yield words
    for end in ends:
        subprocess.run(end, capture_output=True, check=False)


@pytest.mark.parametrize("name", ["tmux", "screen"])
def test_it_reaches_the_terminal_around(
    name: str, home: Path, inside: Callable[[str, list[str]], list[str]]
) -> None:
    with PtyScreen(inside(name, list(PROGRAM)), surroundings(home, UTF8)) as screen:
        screen.wait_for("? help", timeout=60, early=True)
        screen.wait_idle(QUIET_MS)
        screen.press("Y")
        screen.wait_for("nobody can tell", early=True)
        screen.wait_for(lambda _: bool(clipboards(screen)), early=True)
        assert clipboards(screen) == [copied(home)]
        screen.press("q")
        screen.wait_exit()


@pytest.mark.parametrize("name", ["tmux", "screen"])
def test_control_sent_as_it_is_it_does_not(
    name: str, tmp_path: Path, inside: Callable[[str, list[str]], list[str]]
) -> None:
    path = tmp_path / "sequence"
    path.write_text(PAYLOADS["osc clipboard"])
    with PtyScreen(inside(name, ["sh", "-c", f"cat {path}; echo; sleep 1"]), UTF8) as screen:
        screen.wait_for(MARK, early=True)
        screen.wait_exit()
        assert clipboards(screen) == []

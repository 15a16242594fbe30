"""What a start shows before anybody has pressed a key: the early frame, and settings that somebody else has planted."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from tests.e2e.hostile_profile import HostileProfile
from tests.e2e.stage import QUIET_MS, cockpit
from tests.support.byte_stream import take_apart
from tests.support.hostile import ASK, EVERYTHING, MARK, PAYLOADS, dangers
from tests.support.pty_screen import PtyScreen

SIZES = ((60, 15), (80, 24), (120, 40))


@pytest.fixture
def home(hostile: HostileProfile, tmp_path: Path) -> Path:
    """A copy of the hostile profile."""
    shutil.copytree(hostile.home, tmp_path / "home")
    return tmp_path / "home"


def harmless(screen: PtyScreen) -> None:
    """All bytes so far are words or sequences of ours."""
    sent = take_apart(bytes(screen.raw))
    assert sent.foreign == []
    assert sent.undecodable == ()
    assert dangers(sent.words, newline=True) == []


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_frame_before_the_app_is_inert(home: Path, size: tuple[int, int]) -> None:
    for _ in ("the page is made", "the page is kept"):
        with cockpit(home, size) as screen:
            screen.wait_for(MARK, early=True)
            assert not screen.lines()[-1].startswith((" press ", " type "))
            screen.wait_for("UTC")
            screen.wait_idle(QUIET_MS)
            harmless(screen)
            screen.send(":q\r")
            assert screen.wait_exit() == 0
            harmless(screen)


def test_planted_settings_are_told_in_a_sentence_and_nothing_else(home: Path) -> None:
    planted = [
        ASK,
        PAYLOADS["osc clipboard"],
        PAYLOADS["bidi override"],
        "[@click=app.quit]",
        EVERYTHING[:200],
    ]
    lines = [f"{json.dumps(f'{number} {text}')} = {json.dumps(text)}" for number, text in enumerate(planted)]
    keys = [f"{json.dumps(text)} = {json.dumps(text)}" for text in planted]
    keys += [f'"move.down" = {json.dumps(planted)}', f'"incident.note" = {json.dumps("press f to send")}']
    theme, times = json.dumps(ASK), json.dumps(PAYLOADS["dcs"])
    text = "\n".join([*lines, f"theme = {theme}", f"times = {times}", "[keys]", *keys])
    assert tomllib.loads(text)["theme"] == ASK, "what is planted is read"
    (home / "config.toml").write_text(text)
    with cockpit(home) as screen:
        screen.wait_for(lambda text: text.rsplit("\n", 1)[-1].startswith(" - "))
        screen.wait_idle(QUIET_MS)
        assert not screen.lines()[-1].startswith((" press ", " type "))
        screen.press(",")
        screen.wait_for("theme")
        screen.wait_idle(QUIET_MS)
        assert not screen.lines()[-1].startswith((" press ", " type "))
        screen.press("j")
        screen.wait_idle(QUIET_MS)
        harmless(screen)
        screen.send(":q\r")
        assert screen.wait_exit() == 0
        harmless(screen)


def test_control_raw_words_on_the_same_terminal_are_caught(tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_text(EVERYTHING)
    with PtyScreen(["cat", str(path)]) as screen:
        screen.wait_exit()
        with pytest.raises(AssertionError):
            harmless(screen)

"""The cockpit opens whatever its settings say, tells in one sentence what it does not use, and keeps to the rest."""

from pathlib import Path

import pytest
from tests.e2e.stage import cockpit, ok
from tests.support.pty_screen import PtyScreen


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A profile with one incident."""
    folder = tmp_path / "home"
    ok(folder, "open", "wrong dose")
    return folder


def last(screen: PtyScreen) -> str:
    return screen.text().splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = [", "is not TOML"),
        ('theme = "pink"', "theme cannot be pink: it is one of auto, dark, light"),
        ("[keys]\ncolour = 7", "keys.colour cannot be 7: it is a key or a list of keys"),
        ('[keys]\nmove.down = "n"', "n is both incident.note and move.down; move.down as before"),
        (
            'theme = "pink"\nmouse = 3\nascii = 3',
            "settings: 3 things are not used, ircockpit doctor names them",
        ),
        ('theme = "\x1b]0;owned\x07"', "is not TOML"),
    ],
)
def test_it_opens_and_says_what_it_does_not_use(home: Path, text: str, said: str) -> None:
    (home / "config.toml").write_text(text, "utf-8")
    with cockpit(home, (120, 24)) as screen:
        screen.wait_for(said)
        assert "wrong dose" in screen.text()
        screen.press("j")
        screen.wait_for(lambda text: said not in text and "? help" in text)
    assert b"owned" not in screen.raw


def test_a_file_it_cannot_read(home: Path) -> None:
    (home / "config.toml").mkdir()
    with cockpit(home) as screen:
        screen.wait_for("config.toml cannot be read (Is a directory)")


def test_own_keys_work_are_shown_and_leave_the_old_ones_free(home: Path) -> None:
    (home / "config.toml").write_text('[keys]\nincident.note = "ctrl+y"\nhelp.show = "ctrl+g"\n', "utf-8")
    with cockpit(home) as screen:
        screen.wait_for("ctrl+g help")
        screen.press("ctrl+y")
        screen.wait_for("note:")
        screen.press("escape")
        screen.wait_for("left; nothing is done")
        screen.press("n")
        screen.wait_for("ctrl+g help")
        assert "note:" not in last(screen)


def test_without_a_file_nothing_is_said(home: Path) -> None:
    with cockpit(home) as screen:
        screen.wait_for("? help")
        assert "config" not in screen.text()


def test_plain_is_without_colour(home: Path) -> None:
    (home / "config.toml").write_text('theme = "plain"', "utf-8")
    with cockpit(home) as screen:
        screen.wait_for("? help")
    assert b"38;5;" not in screen.raw
    (home / "config.toml").write_text('theme = "dark"', "utf-8")
    with cockpit(home) as screen:
        screen.wait_for("? help")
    assert b"38;5;" in screen.raw


def test_doctor_names_everything_that_is_not_used(home: Path) -> None:
    assert not [line for line in ok(home, "doctor") if line["about"] == "settings"]
    (home / "config.toml").write_text('mouse = 3\n[keys]\nmove.down = "n"\n', "utf-8")
    told = [line["what"] for line in ok(home, "doctor") if line["about"] == "settings"]
    assert told == [
        "config.toml: mouse cannot be 3: it is true or false",
        "keys: n is both incident.note and move.down; move.down as before",
    ]


def test_ascii_is_ascii_from_the_first_frame_on(home: Path) -> None:
    ok(home, "open", "Größe der Dosis …")
    for text, plain in (("ascii = true", True), ("", False)):
        (home / "config.toml").write_text(text, "utf-8")
        for _ in range(2):  # the second start paints the page that the first one kept
            with cockpit(home) as screen:
                screen.wait_for("? help")
                screen.press("enter")
                screen.wait_for("overview")
                screen.press("q")
                screen.wait_for("Enter open")
                screen.press("q")
                screen.wait_exit()
            assert bytes(screen.raw).isascii() is plain
        assert (b"Grosse" in screen.raw or b"Grose" in screen.raw) is plain

"""Settings: what is set holds, what is wrong gives its default and one sentence, and nothing keeps the cockpit shut."""

import os
from pathlib import Path

import pytest

from ircockpit.store.settings import LARGEST, Care, Settings, read

DEFAULT = Settings()


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_is_set_holds(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        theme = "light"
        times = "local"
        ascii = true
        mouse = true
        [keys]
        incident.take = "K"
        "move.down" = ["e", "down"]
        move.up = []
        [care]
        blur = false
        reveal_seconds = 9
        shift_hours = 12
        update_minutes = 15
        """,
    )
    found, wrong = read(path)
    assert wrong == ()
    assert found == Settings(
        theme="light", times="local", ascii=True, mouse=True, care=Care(False, 9, 12, 15),
        keys={"incident.take": ("K",), "move.down": ("e", "down"), "move.up": ()},
    )  # fmt: skip


def test_no_file_is_nothing_to_complain_about(tmp_path: Path) -> None:
    assert read(tmp_path / "config.toml") == (DEFAULT, ())
    assert read(written(tmp_path, "")) == (DEFAULT, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "pink"', "config.toml: theme cannot be pink: it is one of auto, dark, light, night, contrast, clear, plain"),
        ("theme = 7", "config.toml: theme cannot be 7: it is one of auto, dark, light, night, contrast, clear, plain"),
        ('ascii = "yes"', "config.toml: ascii cannot be yes: it is true or false"),
        ("ascii = 1", "config.toml: ascii cannot be 1: it is true or false"),
        ("care = 3", "config.toml: care cannot be 3: it is a table"),
        ("keys = 3", "config.toml: keys cannot be 3: it is a table"),
        ("[care]\nreveal_seconds = 0", "config.toml: care.reveal_seconds cannot be 0: it is a whole number from 1 to 60"),
        ("[care]\nshift_hours = true", "config.toml: care.shift_hours cannot be True: it is a whole number from 1 to 24"),
        ("[care]\nblurr = true", "config.toml: there is no setting care.blurr"),
        ("colour = 1", "config.toml: there is no setting colour"),
        ("[keys]\nincident.take = 3", "config.toml: keys.incident.take cannot be 3: it is a key or a list of keys"),
        ('[keys]\na = ["x", 3]', "config.toml: keys.a cannot be ['x', 3]: it is a key or a list of keys"),
        ("theme = ", "config.toml is not TOML, at end of document; the defaults hold"),
        ('ascii = true\ntheme = "light', "config.toml is not TOML, at end of document; the defaults hold"),
        ("=", "config.toml is not TOML, at line 1, column 1; the defaults hold"),
        ("a = " + "[" * 5000, "config.toml is not TOML, too deep; the defaults hold"),
        (b"theme = '\xff'", "config.toml is not UTF-8 text; the defaults hold"),
        ("#" * (LARGEST + 1), "config.toml is larger than 64 KiB; the defaults hold"),
    ],
)  # fmt: skip
def test_what_is_wrong_gives_the_default_and_one_sentence(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    assert read(written(tmp_path, text)) == (DEFAULT, (said,))


def test_one_wrong_value_takes_nothing_else_away(tmp_path: Path) -> None:
    found, wrong = read(written(tmp_path, 'theme = "light"\nmouse = 3\n[care]\nblur = 1\nshift_hours = 6\n'))
    assert (found.theme, found.mouse, found.care) == ("light", False, Care(shift_hours=6))
    assert len(wrong) == 2


def test_a_long_word_is_not_repeated_in_full(tmp_path: Path) -> None:
    _, (said,) = read(written(tmp_path, f'theme = "{"p" * 500}"'))
    assert len(said) < 140


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert read(tmp_path / "config.toml") == (
        DEFAULT, ("config.toml cannot be read (Is a directory); the defaults hold",),
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="elsewhere: root reads everything")
def test_a_file_one_may_not_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'theme = "light"')
    path.chmod(0)
    assert read(path) == (DEFAULT, ("config.toml cannot be read (Permission denied); the defaults hold",))

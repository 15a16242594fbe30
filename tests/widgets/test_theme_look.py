"""Which look a terminal gets, and which terminals get none."""

import subprocess
import sys

import pytest

from ircockpit.core.errors import ExitCode, UsageError
from ircockpit.render.span import ROLES
from ircockpit.screens.theme import Depth, depth, is_light, look, terminal_check
from ircockpit.widgets.ink import Ink

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (XTERM, Depth.PALETTE),
        ({"TERM": "tmux-256color"}, Depth.PALETTE),
        ({**XTERM, "COLORTERM": "truecolor"}, Depth.TRUE),
        ({"TERM": "xterm"}, Depth.ANSI),
        ({"TERM": "linux"}, Depth.ANSI),
        ({"TERM": "vt100"}, Depth.NONE),
        ({**XTERM, "COLORTERM": "truecolor", "NO_COLOR": "1"}, Depth.NONE),
        ({**XTERM, "NO_COLOR": ""}, Depth.PALETTE),
    ],
)
def test_depth(env: dict[str, str], expected: Depth) -> None:
    assert depth(env) is expected


@pytest.mark.parametrize(
    ("env", "wish", "expected"),
    [
        ({}, "", False),
        ({"COLORFGBG": "15;0"}, "", False),
        ({"COLORFGBG": "0;15"}, "", True),
        ({"COLORFGBG": "0;default;7"}, "", True),
        ({"COLORFGBG": "7;8"}, "", False),
        ({"COLORFGBG": "rubbish"}, "", False),
        ({"COLORFGBG": "0;15"}, "dark", False),
        ({}, "light", True),
    ],
)
def test_ground(env: dict[str, str], wish: str, expected: bool) -> None:
    assert is_light(env, wish) is expected


@pytest.mark.parametrize("wish", ["dark", "light"])
@pytest.mark.parametrize("env", [XTERM, {"TERM": "xterm"}, {"NO_COLOR": "1"}])
def test_every_role_has_an_ink_and_the_cursor_is_seen(env: dict[str, str], wish: str) -> None:
    chosen = look(env, wish)
    assert set(ROLES) <= set(chosen.palette.roles)
    assert chosen.palette.cursor.marks_blanks
    assert chosen.theme == f"ansi-{wish}"


def test_no_colour_means_none() -> None:
    palette = look({"NO_COLOR": "1"}).palette
    inks = [*palette.roles.values(), palette.cursor]
    assert all(ink.color is None and ink.ground is None for ink in inks)


def test_sixteen_colours_stay_among_the_terminals_own() -> None:
    palette = look({"TERM": "xterm"}).palette
    assert all(
        (ink.color or 0) < 16 and ink.ground is None for ink in [*palette.roles.values(), palette.cursor]
    )


@pytest.mark.parametrize("wish", ["dark", "light"])
def test_one_accent_three_severities_one_warning(wish: str) -> None:
    roles = look(XTERM, wish).palette.roles
    colours = {ink.color for ink in roles.values() if ink.color is not None} - {roles["dim"].color}
    assert colours == {roles[name].color for name in ("accent", "sev1", "sev2", "sev3", "warn")}
    assert len(colours) == 5
    assert roles["text"] == Ink()


@pytest.mark.parametrize(
    ("env", "isatty", "size", "word"),
    [
        (XTERM, False, (80, 24), "not one"),
        ({"TERM": "dumb"}, True, (80, 24), "TERM=dumb"),
        ({}, True, (80, 24), "not set"),
        (XTERM, True, (59, 24), "59x24"),
        (XTERM, True, (80, 14), "80x14"),
    ],
)
def test_where_no_screen_can_be_the_command_is_named(
    env: dict[str, str], isatty: bool, size: tuple[int, int], word: str
) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        terminal_check(env, isatty, size)
    assert "ircockpit queue" in caught.value.fix
    assert caught.value.code is ExitCode.USAGE


def test_an_ordinary_terminal_passes() -> None:
    terminal_check(XTERM, True, (60, 15))


def test_the_look_is_decided_without_textual() -> None:
    program = (
        "import sys, ircockpit.screens.theme as t; t.look({}); "
        "sys.exit(bool({'textual', 'rich', 'asyncio'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

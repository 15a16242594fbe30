"""Which look a terminal gets, and which terminals get none."""

import subprocess
import sys

import pytest

from ircockpit.core.errors import ExitCode, UsageError
from ircockpit.render.span import ROLES
from ircockpit.screens.theme import Depth, depth, is_light, look, terminal_check
from ircockpit.store.settings import THEMES
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


@pytest.mark.parametrize("wish", THEMES)
@pytest.mark.parametrize("ground", ["0;15", "15;0"])
@pytest.mark.parametrize("env", [XTERM, {"TERM": "xterm"}, {"NO_COLOR": "1"}])
def test_every_role_has_an_ink_and_the_cursor_is_seen(env: dict[str, str], ground: str, wish: str) -> None:
    chosen = look({**env, "COLORFGBG": ground}, wish)
    assert set(ROLES) <= set(chosen.palette.roles)
    assert chosen.palette.cursor.marks_blanks
    light = wish == "light" or (wish not in ("dark", "night") and ground == "0;15")
    assert (chosen.light, chosen.theme) == (light, "ansi-light" if light else "ansi-dark")


def _luminance(number: int) -> float:
    """Relative luminance (WCAG 2.2) of a colour of the 256-colour palette's cube or greys."""
    if number >= 232:
        rgb = [8 + 10 * (number - 232)] * 3
    else:
        steps = (0, 95, 135, 175, 215, 255)
        rgb = [steps[(number - 16) // each % 6] for each in (36, 6, 1)]
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: int, other: int) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _too_faint(wish: str, ground: str) -> list[str]:
    """Roles that fall below the contrast of 4.5 (WCAG 2.2, 1.4.3) on black or on white."""
    palette = look({**XTERM, "COLORFGBG": ground}, wish).palette
    behind = 231 if ground == "0;15" else 16
    pairs = {name: (ink.color, behind) for name, ink in palette.roles.items()}
    pairs["cursor"] = (palette.cursor.color, palette.cursor.ground or behind)
    return [name for name, (ink, ground) in pairs.items() if ink is not None and _contrast(ink, ground) < 4.5]


GROUNDS = {"dark": ["15;0"], "light": ["0;15"], "night": ["15;0"]}
"""What is behind a look that is made for one of them alone."""


@pytest.mark.parametrize(
    ("wish", "ground"), [(wish, ground) for wish in THEMES for ground in GROUNDS.get(wish, ["0;15", "15;0"])]
)
def test_every_colour_stands_out_from_what_is_behind_it(wish: str, ground: str) -> None:
    assert _too_faint(wish, ground) == []


def test_the_measure_of_contrast_sees_a_faint_colour() -> None:
    assert _contrast(231, 16) == pytest.approx(21)
    assert _too_faint("dark", "0;15")  # the dark theme on white


def test_an_unknown_wish_is_as_none() -> None:
    assert look(XTERM, "rainbow") == look(XTERM)


def test_plain_has_no_colours_where_there_are_some() -> None:
    assert look({**XTERM, "COLORTERM": "truecolor"}, "plain").palette == look({"NO_COLOR": "1"}).palette


def test_no_colour_means_none() -> None:
    palette = look({"NO_COLOR": "1"}).palette
    inks = [*palette.roles.values(), palette.cursor]
    assert all(ink.color is None and ink.ground is None for ink in inks)


def test_sixteen_colours_stay_among_the_terminals_own() -> None:
    palette = look({"TERM": "xterm"}).palette
    assert all(
        (ink.color or 0) < 16 and ink.ground is None for ink in [*palette.roles.values(), palette.cursor]
    )


@pytest.mark.parametrize("wish", ["dark", "light", "clear"])
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

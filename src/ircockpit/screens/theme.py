"""How roles look on this terminal, and whether there is one; imports neither Textual nor Rich.

The background is always the terminal's own. Colours come from the 256-colour palette also where true
colour is at hand: they are as exact there and cost 9 bytes instead of 17, on every run of every row.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from ircockpit.core.errors import UsageError
from ircockpit.inert.output import is_unicode
from ircockpit.widgets.ink import Ink, Palette

LEAST_WIDTH = 60
LEAST_HEIGHT = 15
_NOT_SCREENS = frozenset({"", "dumb", "unknown"})


class Depth(IntEnum):
    """How many colours the terminal shows, as bits."""

    NONE = 0
    ANSI = 4
    PALETTE = 8
    TRUE = 24


class Look(NamedTuple):
    """Everything that is decided about appearance before the app starts."""

    depth: Depth
    light: bool
    palette: Palette
    theme: str
    """The native ANSI theme of Textual underneath."""


def depth(env: Mapping[str, str]) -> Depth:
    """Colours by the environment: NO_COLOR (no-color.org: set and not empty), COLORTERM, TERM."""
    if env.get("NO_COLOR"):
        return Depth.NONE
    term = env.get("TERM", "").lower()
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return Depth.TRUE
    if term.endswith(("-256color", "-kitty")):
        return Depth.PALETTE
    if term.endswith(("-mono", "-m")) or term in ("vt100", "vt220", "vt320"):
        return Depth.NONE
    return Depth.ANSI


def is_light(env: Mapping[str, str], wish: str = "") -> bool:
    """Whether the background is light: by ``wish`` where it says so, else by COLORFGBG, else not.

    COLORFGBG is ``fg;bg`` or ``fg;default;bg`` (rxvt, Konsole); 7 and 9 to 15 are light backgrounds.
    """
    if wish in ("light", "dark", "night"):
        return wish == "light"
    ground = env.get("COLORFGBG", "").rpartition(";")[2]
    return ground.isdecimal() and (ground == "7" or 9 <= int(ground) <= 15)


def look(env: Mapping[str, str], wish: str = "", *, plain_letters: bool = False) -> Look:
    """What to look like in this environment; ``wish`` is a theme of the settings, and any other word is ``auto``.

    ``plain_letters`` draws with ASCII alone, as is done in any case where the terminal has nothing else.
    """
    colours = Depth.NONE if wish == "plain" else depth(env)
    light = is_light(env, wish)
    if colours is Depth.NONE:
        palette = _NONE
    elif colours is Depth.ANSI:
        palette = _ANSI_LIGHT if light else _ANSI_DARK
    else:
        palette = _WISHED.get((wish, light)) or (_LIGHT if light else _DARK)
    palette = palette._replace(ascii=plain_letters or not is_unicode(None, env.get("TERM", "")))
    return Look(colours, light, palette, "ansi-light" if light else "ansi-dark")


def terminal_check(
    env: Mapping[str, str], isatty: bool, size: tuple[int, int], *, twin: str = "ircockpit queue"
) -> None:
    """Raise :class:`UsageError`, naming the command ``twin``, where screens cannot be shown.

    ``isatty`` says whether both input and output are a terminal, ``size`` is (columns, lines).
    """
    fix = f"Use the commands, they do all that the screens do: {twin}; ircockpit --help lists them."
    if not isatty:
        raise UsageError("Screens need a terminal, and input or output is not one.", fix=fix)
    term = env.get("TERM", "")
    if term.lower() in _NOT_SCREENS:
        named = f"TERM={term} says it" if term else "TERM is not set, so it"
        raise UsageError(f"Screens need a terminal that can move its cursor; {named} cannot.", fix=fix)
    columns, lines = size
    if columns < LEAST_WIDTH or lines < LEAST_HEIGHT:
        raise UsageError(
            f"Screens need {LEAST_WIDTH}x{LEAST_HEIGHT} characters; this terminal has {columns}x{lines}.",
            fix=f"Make it larger. {fix}",
        )


_TEXT = Ink()


def _palette(
    *, accent: Ink, sev1: Ink, sev2: Ink, sev3: Ink, warn: Ink, dim: Ink, cursor: Ink, text: Ink = _TEXT
) -> Palette:
    """One accent, three severities, one warning; all other roles are one of these, or bold, or plain."""
    bold = text._replace(bold=True)
    return Palette(
        {
            "text": text,
            "dim": dim,
            "accent": accent,
            "key": accent._replace(bold=True),
            "title": bold,
            "sev1": sev1,
            "sev2": sev2,
            "sev3": sev3,
            "sev4": text,
            "ok": accent,
            "warn": warn,
            "bad": sev1,
            "info": text,
            "caret": Ink(reverse=True),
        },
        cursor,
    )


_BOLD = Ink(bold=True)
_REVERSE = Ink(reverse=True)
_DARK = _palette(
    accent=Ink(80), sev1=Ink(203, bold=True), sev2=Ink(208), sev3=Ink(180), warn=Ink(227), dim=Ink(245),
    cursor=Ink(255, 238, bold=True),
)  # fmt: skip
_LIGHT = _palette(
    accent=Ink(24), sev1=Ink(160, bold=True), sev2=Ink(130), sev3=Ink(94), warn=Ink(127), dim=Ink(242),
    cursor=Ink(16, 252, bold=True),
)  # fmt: skip
# Amber and red on what the terminal has behind them; also what is plain elsewhere is toned down.
_NIGHT = _palette(
    accent=Ink(179), sev1=Ink(203, bold=True), sev2=Ink(208), sev3=Ink(137), warn=Ink(221), dim=Ink(101),
    cursor=Ink(223, 236, bold=True), text=Ink(180),
)  # fmt: skip
_CONTRAST_DARK = _palette(
    accent=Ink(51, bold=True), sev1=Ink(210, bold=True), sev2=Ink(214, bold=True), sev3=Ink(229, bold=True),
    warn=Ink(226, bold=True), dim=Ink(252), cursor=Ink(16, 231, bold=True), text=Ink(231),
)  # fmt: skip
_CONTRAST_LIGHT = _palette(
    accent=Ink(18, bold=True), sev1=Ink(124, bold=True), sev2=Ink(88, bold=True), sev3=Ink(52, bold=True),
    warn=Ink(90, bold=True), dim=Ink(236), cursor=Ink(231, 16, bold=True), text=Ink(16),
)  # fmt: skip
# After Okabe and Ito, "Color Universal Design" (2008): vermilion, orange, sky blue, yellow, reddish purple.
_CLEAR_DARK = _palette(
    accent=Ink(75), sev1=Ink(202, bold=True), sev2=Ink(214), sev3=Ink(175), warn=Ink(228), dim=Ink(245),
    cursor=Ink(255, 238, bold=True),
)  # fmt: skip
_CLEAR_LIGHT = _palette(
    accent=Ink(25), sev1=Ink(130, bold=True), sev2=Ink(94), sev3=Ink(29), warn=Ink(90), dim=Ink(242),
    cursor=Ink(16, 252, bold=True),
)  # fmt: skip
_ANSI_DARK = _palette(
    accent=Ink(6), sev1=Ink(1, bold=True), sev2=Ink(3), sev3=Ink(), warn=Ink(5, bold=True), dim=Ink(),
    cursor=_REVERSE,
)  # fmt: skip
_ANSI_LIGHT = _palette(
    accent=Ink(4), sev1=Ink(1, bold=True), sev2=Ink(5), sev3=Ink(), warn=Ink(5, bold=True), dim=Ink(),
    cursor=_REVERSE,
)  # fmt: skip
_NONE = _palette(
    accent=Ink(), sev1=_BOLD, sev2=Ink(), sev3=Ink(), warn=_BOLD, dim=Ink(),
    cursor=_REVERSE,
)  # fmt: skip
_WISHED = {
    ("night", False): _NIGHT,
    ("contrast", False): _CONTRAST_DARK, ("contrast", True): _CONTRAST_LIGHT,
    ("clear", False): _CLEAR_DARK, ("clear", True): _CLEAR_LIGHT,
}  # fmt: skip

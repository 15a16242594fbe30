"""How a role looks, as plain data: the early frame writes it as SGR, the widgets turn it into a style."""

from collections.abc import Mapping
from typing import NamedTuple


class Ink(NamedTuple):
    """Colours by their number in the 256-colour palette (0 to 15: the terminal's own), and attributes."""

    color: int | None = None
    ground: int | None = None
    bold: bool = False
    underline: bool = False
    dim: bool = False
    reverse: bool = False

    @property
    def marks_blanks(self) -> bool:
        """Whether a space in this ink differs from a space in none."""
        return self.ground is not None or self.underline or self.reverse

    def sgr(self) -> str:
        """Parameters of the SGR sequence (ECMA-48 8.3.117), ``1;38;5;203``; empty for plain ink."""
        codes = [
            code
            for code, on in (("1", self.bold), ("2", self.dim), ("4", self.underline), ("7", self.reverse))
            if on
        ]
        if self.color is not None:
            codes.append(_color(self.color, 30))
        if self.ground is not None:
            codes.append(_color(self.ground, 40))
        return ";".join(codes)


PLAIN_INK = Ink()
CARET_ROLE = "caret"
"""The role of the cell the text cursor stands on; a palette that lacks it shows it reversed."""


class Palette(NamedTuple):
    """The ink of every role, and of the row under the cursor."""

    roles: Mapping[str, Ink]
    cursor: Ink = Ink(reverse=True)
    ascii: bool = False
    """Whether every sign and letter beyond ASCII is drawn as one that is in it, in as many cells."""

    def ink(self, role: str) -> Ink:
        """The ink of a role; a role without one is plain."""
        known = self.roles.get(role)
        if known is not None:
            return known
        return Ink(reverse=True) if role == CARET_ROLE else PLAIN_INK


COLOURLESS = Palette({})
"""What an app that states no palette gets; everything is said in words."""


def _color(number: int, base: int) -> str:
    if number < 8:
        return str(base + number)
    if number < 16:
        return str(base + 52 + number)
    return f"{base + 8};5;{number}"

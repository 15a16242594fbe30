"""What is sent to a terminal so that it takes a text into its clipboard: gated, in base64, and as what is around wants it."""

from base64 import b64encode
from collections.abc import Mapping

from ircockpit.inert import gate

SCREEN_PIECE = 700
"""Bytes of one device control string that GNU screen 4.9 passes on; of one of 4,000 it passes on nothing."""


def sequence(text: str, env: Mapping[str, str]) -> str:
    """OSC 52 with the text, ended by BEL; inside GNU screen in pieces that it hands through to its terminal.

    Raises :class:`~ircockpit.core.errors.BadInput` for a text no terminal clipboard takes.
    """
    whole = f"\x1b]52;c;{b64encode(gate.clipboard(text).encode()).decode('ascii')}\x07"
    if not env.get("STY"):
        return whole
    pieces = (whole[at : at + SCREEN_PIECE] for at in range(0, len(whole), SCREEN_PIECE))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)

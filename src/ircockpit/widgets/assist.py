"""What may help with a line while it is typed at the prompt: further keys, and lines above it."""

from collections.abc import Sequence
from typing import Protocol

from ircockpit.render.span import Line
from ircockpit.widgets.edit_line import EditLine


class Assist(Protocol):
    """A helper of one question; the prompt bar asks it before its own keys of the line."""

    def key(self, name: str, line: EditLine) -> bool:
        """Do what a key means to it, with the line as it stands; False where that is nothing."""

    def above(self, text: str, width: int) -> Sequence[Line]:
        """The lines above the question for what stands in it, gated."""

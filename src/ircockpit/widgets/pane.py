"""A block of lines that changes cheaply: the detail under a list, a header, a page of text."""

from collections.abc import Iterable

from ircockpit.render.span import Line
from ircockpit.widgets.paint import Drawn, LineWidget


class Pane(LineWidget):
    """Lines from the top; as high as they are many unless the style fixes its height.

    A fixed height keeps the screen still while the content changes.
    """

    def __init__(self, lines: Iterable[Line] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._drawn = tuple(Drawn(line) for line in lines)

    def show(self, lines: Iterable[Line]) -> int:
        """Show these gated lines; returns how many had changed and are repainted."""
        return self.draw([Drawn(line) for line in lines])

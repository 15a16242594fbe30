"""The last net before the terminal: text that reached a widget past the gate is made harmless here."""

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip


class LastNet(LineFilter):
    """Passes the text of every painted segment through ``clean``, which returns clean text as it is.

    What it catches is a defect elsewhere, and columns were counted with the raw text: the line is cut
    to the cells it had, so that nothing is pushed into a neighbour.
    """

    def __init__(self, clean: Callable[[str], str]) -> None:
        super().__init__()
        self._clean = clean

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Textual calls this for every line it is about to paint."""
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        cleaned = [
            segment if segment.control else Segment(self._clean(segment.text), segment.style)
            for segment in segments
        ]
        if all(new.text == old.text for new, old in zip(cleaned, segments, strict=True)):
            return segments
        width = sum(cell_len(segment.text) for segment in segments if not segment.control)
        return list(Strip(cleaned).adjust_cell_length(width))

"""Words that are there and not readable: every line as long as before, so that nothing moves when they are lifted."""

from ircockpit.inert.foreign import SHADE
from ircockpit.render.span import Line, Span, cells

SPOKEN = "blurred"


def blurred(line: Line, *, spoken: bool = False) -> Line:
    """The line with every letter as a shade, blanks where they were; as many cells.

    ``spoken`` is for screen readers: the word instead of shades, once a line, and blanks after it.
    """
    return tuple(Span(_spoken(span.text) if spoken else _shaded(span.text), "dim") for span in line)


def _shaded(text: str) -> str:
    return " ".join(SHADE * cells(word) for word in text.split(" "))


def _spoken(text: str) -> str:
    size = cells(text)
    return (SPOKEN[:size] if text.strip() else "").ljust(size)

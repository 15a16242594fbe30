"""A line folded to the cells there are: broken at blanks, no word left out, however wide a terminal draws it."""

from ircockpit.inert.gate import most_cells
from ircockpit.render.span import Line, Span


def wrap(line: Line, width: int, indent: int = 0) -> list[Line]:
    """The line in pieces of at most ``width`` cells, broken at blanks where there are some.

    Nothing is left out but the blanks at a break; continuation lines start with ``indent`` spaces.
    """
    pieces: list[Line] = []
    now: list[Span] = []
    used = 0
    start = 0
    room = max(width, indent + 1)
    for word in (word for span in line for word in _words(span)):
        for part in _chopped(word, room - indent):
            size = most_cells(part.text)
            if used + size > room and used > start:
                pieces.append(tuple(now))
                now = [Span(" " * indent)] if indent else []
                used = start = indent
                if part.text.isspace():
                    continue
            now.append(part)
            used += size
    if now or not pieces:
        pieces.append(tuple(now))
    return [_joined(piece) for piece in pieces]


def _words(span: Span) -> list[Span]:
    """The span's words and the blanks between them, each a span."""
    out: list[Span] = []
    for word in span.text.split(" "):
        if out:
            out.append(Span(" ", span.role))
        out.append(Span(word, span.role))
    return [piece for piece in out if piece.text]


def _chopped(word: Span, width: int) -> list[Span]:
    if most_cells(word.text) <= width:
        return [word]
    parts: list[Span] = []
    now = ""
    used = 0
    for char in word.text:
        size = most_cells(char)
        if used + size > width and now:
            parts.append(Span(now, word.role))
            now, used = "", 0
        now += char
        used += size
    return [*parts, Span(now, word.role)]


def _joined(line: Line) -> Line:
    out: list[Span] = []
    for span in line:
        if out and out[-1].role == span.role:
            out[-1] = Span(out[-1].text + span.text, span.role)
        else:
            out.append(span)
    return tuple(out)

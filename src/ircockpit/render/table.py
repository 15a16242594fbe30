"""Columns for the output of commands: one row a line, never wrapped, cut with a mark where they must."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ircockpit.inert import gate
from ircockpit.render.span import Align, Line, Span, fit

GAP = 2
"""Spaces between columns."""
NARROWEST = 4
"""Cells below which no column is squeezed; a table that still does not fit is cut at the right."""


class Column(NamedTuple):
    """One column: its heading, its width in cells (None: as its content needs), alignment and role."""

    title: str
    width: int | None = None
    align: Align = "left"
    role: str = "text"
    """Role of cells given as plain text; a cell given as a span keeps its own."""


Cell = str | Span


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    width: int | None = None,
    *,
    header: bool = True,
) -> list[Line]:
    """The rows as lines, headings first; every cell passes the gate and stays on its line.

    ``width`` is the room in cells; the widest columns without a width of their own give way first.
    Without it each column is as wide as its widest cell. Rows shorter than the columns end early,
    cells beyond the columns are left out, and no line ends in spaces.
    """
    body = [
        [_span(cell, column, width) for cell, column in zip(row, columns, strict=False)]
        for row in rows
    ]  # fmt: skip
    if header:
        body.insert(0, [Span(gate.line(column.title), "dim") for column in columns])
    widths = _widths(columns, body)
    if width is not None:
        widths = _squeezed(columns, widths, width)
    return [_line(columns, row, widths) for row in body]


def _span(cell: Cell, column: Column, room: int | None) -> Span:
    if isinstance(cell, Span):
        return Span(gate.line(cell.text, room), cell.role)
    return Span(gate.line(cell, room), column.role)


def _widths(columns: Sequence[Column], body: Sequence[Sequence[Span]]) -> list[int]:
    widths = []
    for index, column in enumerate(columns):
        if column.width is not None:
            widths.append(column.width)
        else:
            widths.append(max((gate.cells(row[index].text) for row in body if index < len(row)), default=0))
    return widths


def _squeezed(columns: Sequence[Column], widths: list[int], room: int) -> list[int]:
    """Widths with the widest flexible columns levelled down until all fit, none below the narrowest."""
    flexible = [i for i, column in enumerate(columns) if column.width is None]
    excess = sum(widths) + GAP * (len(widths) - 1) - room
    squeezed = list(widths)
    while excess > 0:
        widest = max(flexible, key=lambda i: squeezed[i], default=None)
        if widest is None or squeezed[widest] <= NARROWEST:
            return _cut_right(squeezed, room)
        squeezed[widest] -= 1
        excess -= 1
    return squeezed


def _cut_right(widths: list[int], room: int) -> list[int]:
    kept = []
    for width in widths:
        kept.append(max(0, min(width, room)))
        room -= width + GAP
    return kept


def _line(columns: Sequence[Column], row: Sequence[Span], widths: Sequence[int]) -> Line:
    spans: list[Span] = []
    for index, cell in enumerate(row):
        if index and widths[index]:
            _add(spans, Span(" " * GAP, cell.role))
        _add(spans, Span(fit(cell.text, widths[index], columns[index].align), cell.role))
    while spans and not spans[-1].text.rstrip():
        spans.pop()
    if spans:
        spans[-1] = spans[-1]._replace(text=spans[-1].text.rstrip())
    return tuple(spans)


def _add(spans: list[Span], span: Span) -> None:
    """One span for one run of a role: fewer bytes when the line is drawn."""
    if spans and spans[-1].role == span.role:
        spans[-1] = spans[-1]._replace(text=spans[-1].text + span.text)
    elif span.text:
        spans.append(span)

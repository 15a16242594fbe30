"""Answers that are tables: CSV, and columns parted by blanks, as rows of texts by the name of their column."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Literal

from ircockpit.core.errors import BadInput

Form = Literal["csv", "table"]

MAX_ROWS = 20_000


def lines_of(text: str) -> list[str]:
    """The lines of an answer, by the ends that a server writes: another one within a value makes no line of it."""
    return text.replace("\r\n", "\n").split("\n")


def rows(text: str, form: Form) -> list[dict[str, str]]:
    """The rows of a table; the names of its columns stand in its first line, after ``# `` where that begins it.

    A ``table`` is parted by blanks, and what stands above a line that begins with ``#`` is not part of it. A column
    without a name is left out. Raises :class:`BadInput` for what has no header, two columns of one name, or too
    many rows.
    """
    found = _csv(text) if form == "csv" else _blanks(text)
    header = next(found, None)
    if header is None:
        raise BadInput("the answer is no table: it has no line of names")
    names = [header[0].removeprefix("#").strip(), *(name.strip() for name in header[1:])]
    named = [name for name in names if name]
    if not named or len(set(named)) != len(named):
        raise BadInput("the answer is no table: its columns have no names, or two have the same")
    return list(_rows(names, found))


def _rows(names: list[str], found: Iterable[list[str]]) -> Iterator[dict[str, str]]:
    for number, cells in enumerate(found):
        if number >= MAX_ROWS:
            raise BadInput(f"the answer is a table of more than {MAX_ROWS:,} rows")
        yield {name: cell for name, cell in zip(names, cells, strict=False) if name}


def _csv(text: str) -> Iterator[list[str]]:
    try:
        yield from (row for row in csv.reader(StringIO(text, newline=""), strict=True) if row)
    except csv.Error as error:
        raise BadInput(f"the answer is no CSV: {error}") from None


def _blanks(text: str) -> Iterator[list[str]]:
    lines = [line for line in lines_of(text) if line.strip()]
    begins = next((number for number, line in enumerate(lines) if line.startswith("#")), 0)
    for line in lines[begins:]:
        yield line.removeprefix("#").split()

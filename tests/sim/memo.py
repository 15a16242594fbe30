"""Answers remembered: what only depends on its bytes is computed once in a process, however many worlds ask it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

from ircockpit.hub import authority, court, generations, members
from ircockpit.ledger import certificate, checkpoint, event, note, receipt, roster, signing
from ircockpit.sync import histories, intake, page

PURE: tuple[tuple[ModuleType, str], ...] = (
    (signing, "verify_foreign"), (note, "verify_foreign"), (event, "decode"), (certificate, "decode"),
    (roster, "decode"), (members, "decode"), (authority, "decode"), (receipt, "decode"), (court, "signed"),
    (checkpoint, "parse_and_verify"), (checkpoint, "read_origin"), (generations, "parse_and_verify"),
    (histories, "parse_and_verify"),
)  # fmt: skip
"""Functions of their arguments alone whose results nobody can change. Every signature is still verified once."""
MOST = 20_000

Row = Mapping[str, Any]


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, the pure functions answer from memory what they were asked before."""
    with ExitStack() as stack:
        for module, name in PURE:
            stack.enter_context(patch.object(module, name, lru_cache(MOST)(getattr(module, name))))
        read = _rows_remembered(page.read_row)
        for module in (page, intake):
            stack.enter_context(patch.object(module, "read_row", read))
        yield


def _rows_remembered(real: Callable[[Row, str], page.Arrival]) -> Callable[[Row, str], page.Arrival]:
    """A row is an object that can be changed: it is known again by its words."""
    known: dict[str, page.Arrival] = {}

    def read_row(row: Row, stream: str) -> page.Arrival:
        words = repr((stream, row))
        found = known.get(words)
        if found is None:
            if len(known) >= MOST:
                known.clear()
            found = known[words] = real(row, stream)
        return found

    return read_row

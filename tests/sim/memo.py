"""Answers remembered: what only depends on its bytes is computed once in a process, however many worlds ask it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from types import ModuleType
from unittest.mock import patch

from ircockpit.hub import members
from ircockpit.ledger import certificate, event, note, roster, signing

PURE: tuple[tuple[ModuleType, str], ...] = (
    (signing, "verify_foreign"), (note, "verify_foreign"), (event, "decode"), (certificate, "decode"),
    (roster, "decode"), (members, "decode"),
)  # fmt: skip
"""Functions of their arguments alone whose results nobody can change. Every signature is still verified once."""


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, the pure functions answer from memory what they were asked before."""
    with ExitStack() as stack:
        for module, name in PURE:
            stack.enter_context(patch.object(module, name, lru_cache(20_000)(getattr(module, name))))
        yield

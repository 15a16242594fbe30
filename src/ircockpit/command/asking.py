"""Asking the person at the terminal for a passphrase while a command runs; nobody is asked anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_asker: ContextVar[Callable[[str], str] | None] = ContextVar("asker", default=None)


@contextmanager
def asking(ask: Callable[[str], str]) -> Iterator[None]:
    """Answer the questions of what runs inside; ``ask`` is given one and returns what was typed, unseen."""
    token = _asker.set(ask)
    try:
        yield
    finally:
        _asker.reset(token)


def ask_hidden(question: str) -> str | None:
    """What the person typed, shown nowhere; ``None`` where nobody can be asked: a script, a pipe, the cockpit."""
    asker = _asker.get()
    return asker(question) if asker is not None else None

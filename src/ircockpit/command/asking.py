"""Asking the person at the terminal while a command runs: for what stays unseen, or line by line; nobody is asked elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

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


class Talk(Protocol):
    """Asks the person at the terminal for one line."""

    def __call__(self, question: str, *, afresh: bool = False) -> str:
        """What was typed; ``afresh`` throws away what was typed before the question stood there.

        Raises :class:`KeyboardInterrupt` where the person leaves, :class:`UsageError` for what is no text.
        """
        ...


_talk: ContextVar[Talk | None] = ContextVar("talk", default=None)


@contextmanager
def talking(talk: Talk) -> Iterator[None]:
    """Let what runs inside hold a conversation."""
    token = _talk.set(talk)
    try:
        yield
    finally:
        _talk.reset(token)


def conversation() -> Talk | None:
    """Whom to ask line by line; ``None`` where nobody can be asked."""
    return _talk.get()

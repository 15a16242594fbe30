"""What a long act tells while it runs; whoever called it decides where that goes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

FIRST_S = 1.0
"""Seconds before anything is told: a short act stays quiet."""
EVERY_S = 1.0

_teller: ContextVar[Callable[[str], None] | None] = ContextVar("teller", default=None)


@contextmanager
def telling(tell: Callable[[str], None]) -> Iterator[None]:
    """Hear the progress of what runs inside: one plain line of text at a time."""
    token = _teller.set(tell)
    try:
        yield
    finally:
        _teller.reset(token)


def tell(sentence: str) -> None:
    """One sentence to whoever listens; nobody does inside the cockpit, which shows the record instead."""
    teller = _teller.get()
    if teller is not None:
        teller(sentence)


class Progress:
    """Counts towards a total, where it is known, and tells at most one line a second."""

    def __init__(self, what: str, total: int | None, unit: str) -> None:
        self._what = what
        self._total = total
        self._unit = unit
        self._tell = _teller.get()
        self._next = time.monotonic() + FIRST_S

    def reached(self, done: int) -> None:
        """So many are done now."""
        if self._tell is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        of = "" if self._total is None else f" of {self._total:,}"
        self._tell(f"{self._what}: {done:,}{of} {self._unit}")


class Sentences:
    """Tells at most one sentence a second, from whatever thread, to who listens where this is made."""

    def __init__(self) -> None:
        self._tell = _teller.get()
        self._next = time.monotonic() + FIRST_S

    def say(self, sentence: Callable[[], str]) -> None:
        """What there is to say now; asked for only where it is heard."""
        if self._tell is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY_S
        self._tell(sentence())


@contextmanager
def waiting(what: str, every_s: float = 2.0) -> Iterator[None]:
    """Tell every few seconds that a single long step is still running, and for how long."""
    tell = _teller.get()
    if tell is None:
        yield
        return
    done = threading.Event()
    began = time.monotonic()

    def remind() -> None:
        while not done.wait(every_s):
            tell(f"{what}: {time.monotonic() - began:.0f} s so far")

    thread = threading.Thread(target=remind, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

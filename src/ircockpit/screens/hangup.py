"""Notices that the terminal is gone, beside the screen: what writes to it may wait for it for ever."""

import sys
import threading
from contextlib import contextmanager

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_S = 0.25


def terminal_is_gone() -> bool:
    """Whether nothing can be shown any more: the window was closed, the line was cut."""
    import termios

    try:
        termios.tcgetattr(sys.__stderr__.fileno() if sys.__stderr__ is not None else 2)
    except (OSError, ValueError, termios.error):
        return True
    return False


@contextmanager
def watching(gone: "Callable[[], object]") -> "Iterator[None]":
    """Inside, ``gone`` is called, once and on a thread of its own, where the terminal goes.

    The signal that says so is not enough. Below a program that keeps it for itself, as make does, nobody sends
    it; and whoever paints on a terminal that took no more can wait behind what is never written.
    """
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_S):
            if terminal_is_gone():
                gone()
                return

    threading.Thread(target=look, name="terminal", daemon=True).start()
    try:
        yield
    finally:
        over.set()

"""The signals that end a program at a terminal: each ends it in order, with a sentence and an exit code of its own."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ircockpit.core.errors import ExitCode

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Stopped(KeyboardInterrupt):
    """A signal has asked this program to end; what catches an interruption from the keyboard catches this."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.code = ExitCode(128 + number)


def stop(number: int, _: FrameType | None) -> None:
    """The handler of a command: raises :class:`Stopped` where the program stands."""
    raise Stopped(number)


@contextmanager
def ending(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Have ``handler`` called for these signals while inside; one that was ignored (``nohup``) stays ignored."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)

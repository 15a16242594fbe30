"""The questions a command asks at the terminal: a passphrase that stays unseen, or line by line in a conversation."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ircockpit.command.asking import asking, talking
from ircockpit.core.errors import UsageError
from ircockpit.inert.gate import clean

DEAF_S = 0.25
"""Seconds in which what is typed to a question that sends something was meant for another one."""


@contextmanager
def at_terminal() -> Iterator[None]:
    """Let a command ask, when a person sits at both its input and its error output; a script is never asked."""
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        with asking(_ask), talking(_line):
            yield
    else:
        yield


def _ask(question: str) -> str:
    import getpass

    try:
        return getpass.getpass(f"{question}: ", stream=sys.stderr)
    except EOFError:
        raise UsageError("nothing was typed", safe="nothing was changed") from None


def _line(question: str, *, afresh: bool = False) -> str:
    """See :class:`Talk`."""
    if afresh:
        _forget_typed()
    try:
        if sys.stdout is not None and sys.stdout.isatty():
            _with_editing()
            return input(clean(question))
        sys.stderr.write(clean(question))
        sys.stderr.flush()
        if line := sys.stdin.readline():
            return line.rstrip("\n")
        raise EOFError
    except UnicodeDecodeError:
        raise UsageError(
            "what was typed is not UTF-8 text", fix="type it again, or check the locale"
        ) from None
    except (KeyboardInterrupt, EOFError) as error:
        sys.stderr.write("\n")
        if isinstance(error, EOFError):  # the key for the end of input
            raise KeyboardInterrupt from None
        raise


def _with_editing() -> None:
    """Let the line be edited; what was typed to another question is not offered, and Tab completes no file names."""
    try:
        import readline
    except ImportError:  # a Python without it: the terminal's own editing does
        return
    readline.set_auto_history(False)
    readline.set_completer(lambda _text, _state: None)


def _forget_typed() -> None:
    import termios

    time.sleep(DEAF_S)
    termios.tcflush(sys.stdin, termios.TCIFLUSH)

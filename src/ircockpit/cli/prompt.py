"""The one question a command asks: a passphrase, typed at the terminal without being seen."""

import sys
from contextlib import AbstractContextManager, nullcontext

from ircockpit.command.asking import asking
from ircockpit.core.errors import UsageError


def at_terminal() -> AbstractContextManager[None]:
    """Let a command ask, when a person sits at both its input and its error output; a script is never asked."""
    both = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    return asking(_ask) if both else nullcontext()


def _ask(question: str) -> str:
    import getpass

    try:
        return getpass.getpass(f"{question}: ", stream=sys.stderr)
    except EOFError:
        raise UsageError("nothing was typed", safe="nothing was changed") from None

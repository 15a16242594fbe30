"""A view that shows nothing yet is made before the first screen: how far it is, and a key that leaves at once."""

import os
import select
import sys
import threading
from pathlib import Path

from ircockpit.core.errors import CockpitError
from ircockpit.render.size import terminal_size
from ircockpit.render.span import Span, fit_line
from ircockpit.screens.early import no_echo
from ircockpit.screens.remaking import Remaking
from ircockpit.store.profile import default_home

LOOK_S = 0.1
CLEAR = "\r\x1b[K"
_LEAVING = frozenset(b"q\x1b")


def make_view(home: Path | None) -> bool:
    """Make the view of a profile from its log; ``False`` where the person left instead. Raises what making it raises."""
    far, over = [0, 0], threading.Event()
    failed: list[CockpitError] = []

    def ended(error: CockpitError | None) -> None:
        if error is not None:
            failed.append(error)
        over.set()

    def reached(done: int, total: int) -> None:
        far[:] = done, total

    remaking = Remaking(home or default_home(), reached, ended)
    remaking.start()
    keys = sys.__stdin__.fileno() if sys.__stdin__ is not None else 0
    told = ""
    with no_echo(keys):
        try:
            while not over.is_set():
                told = _tell(told, *far)
                ready, _, _ = select.select([keys], [], [], LOOK_S)
                # Other keys are dropped: typed to a line that only counts, they were meant for nothing yet.
                if ready and _LEAVING.intersection(os.read(keys, 1024)):
                    return False
        finally:
            remaking.leave()
            if not os.environ.get("IRCOCKPIT_A11Y"):
                _write(CLEAR)
    if failed:
        raise failed[0]
    return True


def _tell(before: str, done: int, total: int) -> str:
    """The line as it is now; written where it has changed, for a screen reader only when it has not been read yet."""
    how_far = f": {done:,} of {total:,} entries" if total else ""
    now = f" making the view anew{how_far}; q leaves, nothing is lost"
    if os.environ.get("IRCOCKPIT_A11Y"):
        if not before:
            _write(f"{now.strip()}\n")
    elif now != before:
        width = terminal_size()[0]
        _write(CLEAR + "".join(span.text for span in fit_line((Span(now),), width - 1)).rstrip())
    return now


def _write(text: str) -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.write(text)
        sys.__stderr__.flush()

"""The first frame: the queue's first screenful, written while the heavy libraries are still to be imported.

Where the record is as the last cockpit on this terminal left it, the page it kept is painted at once, and nothing but
the database engine is loaded for that; else the page is made, and kept, once the profile is open.
"""

import os
import sys
import termios
import time
from contextlib import contextmanager, suppress

from ircockpit.inert import gate
from ircockpit.inert.gate import clean
from ircockpit.render.ages import age
from ircockpit.render.size import terminal_size
from ircockpit.store.kept import read_page, stamp_of, usual_home

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

ALTERNATE, ORDINARY = "\x1b[?1049h", "\x1b[?1049l"
"""Switch to the alternate screen and back, xterm's private mode 1049."""
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
FORM = "2"
"""Of a kept page. Raised when what stands in one changes."""
RUN, FIELD = "\x1e", "\x1f"
"""Between the runs of a line and between ink, text and time of a run: gated text holds neither."""
_LOOKS = ("TERM", "COLORTERM", "NO_COLOR", "COLORFGBG")
_INK = frozenset("0123456789;")


def key_of(home: str) -> str:
    """What a first page looks like depends on: program, terminal, looks, name and settings."""
    return key_for(home, terminal_size(), os.environ)


def key_for(home: str, size: "tuple[int, int]", env: "Mapping[str, str]") -> str:
    """The same for a terminal of this size and these surroundings."""
    from ircockpit import __version__

    looks = [f"{name}={env[name]}" for name in _LOOKS if name in env]
    return "\n".join((FORM, __version__, "{}x{}".format(*size), *looks, stamp_of(home)))


def kept_page(home: str = "") -> str:
    """The page that a cockpit on this terminal kept of the record as it is now; empty where there is none."""
    home = home or usual_home()
    return (read_page(home, key_of(home)) or "") if home and can_be_shown() else ""


def can_be_shown() -> bool:
    """Whether a frame before the app makes sense here."""
    # A screen reader would read every line twice.
    streams = (sys.stdin, sys.stdout, sys.__stderr__)
    return not os.environ.get("IRCOCKPIT_A11Y") and all(
        each is not None and each.isatty() for each in streams
    )


class EarlyFrame:
    """The terminal between the start and the app; where what is inside fails, it is as before.

    Keys typed meanwhile are not echoed and wait for the app.
    """

    def __init__(self, page: str = "") -> None:
        self._page = page
        self._out = sys.__stderr__.fileno() if can_be_shown() and sys.__stderr__ is not None else -1
        """Where Textual writes; -1 where no frame is shown."""
        self._before: list[Any] | None = None
        self.is_shown = False

    def __enter__(self) -> "EarlyFrame":
        if self._page:
            self.show(self._page)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.leave()

    @property
    def is_wanted(self) -> bool:
        """Whether one could be shown, and none is."""
        return self._out >= 0 and not self.is_shown

    def show(self, page: str) -> None:
        """Write a page, as :func:`kept_page` gives it, on the alternate screen."""
        if self._out < 0:
            return
        self._before = hush(self._out)
        self.is_shown = True
        with suppress(OSError):  # the app meets the same trouble and says it
            _write(self._out, ALTERNATE + HIDE_CURSOR + painted(page, time.time_ns() // 1000))

    def hand_over(self) -> None:
        """The app takes the screen over as it is; keys are not echoed until it reads them."""
        self.is_shown = False

    def leave(self) -> None:
        """Nothing is left of the frame: something is to be said on the ordinary screen, or the program ends."""
        if self.is_shown:
            self.is_shown = False
            with suppress(OSError):
                _write(self._out, SHOW_CURSOR + ORDINARY)
        self.give_back()

    def give_back(self) -> None:
        """Keys are echoed as they were before: the app ends, or is stopped and the shell has the terminal."""
        if self._before is not None:
            restore(self._out, self._before)
            self._before = None


def hush(terminal: int) -> "list[Any] | None":
    """From now on keys are not shown as they are typed, and can be read one by one; returns how it was before."""
    # One that is gone by now needs no care, and how the program ends is told by what found that out.
    try:
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    except termios.error:
        return None
    return before


def restore(terminal: int, before: "list[Any]") -> None:
    """The terminal as it was before :func:`hush`."""
    with suppress(termios.error):
        termios.tcsetattr(terminal, termios.TCSANOW, before)


@contextmanager
def no_echo(terminal: int) -> "Iterator[None]":
    """Inside, keys are not shown as they are typed; afterwards the terminal is as before."""
    before = hush(terminal)
    try:
        yield
    finally:
        if before is not None:
            restore(terminal, before)


def painted(page: str, now_us: int) -> str:
    """A page as it is written to a terminal: every text passes the gate, and ages are as old as they are now."""
    out = []
    for number, line in enumerate(page.split("\n"), 1):
        out.append(f"\x1b[{number};1H")
        out.extend(_run(run, now_us) for run in line.split(RUN))
    return "".join(out)


def _run(run: str, now_us: int) -> str:
    ink, text, since, *_ = (*run.split(FIELD), "", "")
    if since.isdecimal():
        cells = len(text.rstrip())
        text = age(max(now_us - int(since), 0) / 1e6).rjust(cells) + text[cells:]
    shown = clean(text)
    inked = f"\x1b[{ink}m{shown}\x1b[0m" if ink and _INK.issuperset(ink) else shown
    # Where terminals differ about a text, what follows is put where it belongs, not where the text ended.
    return inked if gate.settled(shown) else f"\x1b7{inked}\x1b8\x1b[{max(gate.cells(shown), 1)}C"


def _write(terminal: int, text: str) -> None:
    rest = memoryview(text.encode("utf-8", "replace"))
    while rest:
        rest = rest[os.write(terminal, rest) :]

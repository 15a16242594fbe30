"""The first frame: the queue's first screenful, written while the heavy libraries are still to be imported."""

import os
import shutil
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span, fit_line
from ircockpit.screens.sources import QueueRows

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation
    from ircockpit.widgets.ink import Palette

ALTERNATE, ORDINARY = "\x1b[?1049h", "\x1b[?1049l"
"""Switch to the alternate screen and back, xterm's private mode 1049."""
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
GUTTER, OTHER_LINES = 3, 12
"""Cells before a row of the queue, and lines of its screen that are no rows."""


@contextmanager
def early_frame(station: "Workstation", palette: "Palette") -> Iterator[None]:
    """Show the queue while what is inside prepares the app, which takes the screen over as it is.

    Typed keys are not echoed into it; they wait for the app. When what is inside fails, the terminal is as before.
    """
    stream = sys.__stderr__  # where Textual writes
    if stream is None or not stream.isatty() or os.environ.get("IRCOCKPIT_A11Y"):
        yield  # a screen reader would read every line twice
        return
    out, width = stream.fileno(), shutil.get_terminal_size((80, 24)).columns
    with no_echo(out):
        with suppress(CockpitError, OSError):  # the app meets the same trouble and says it
            _write(out, ALTERNATE + HIDE_CURSOR + _painted(_lines(station, width), width, palette))
        try:
            yield
        except BaseException:
            with suppress(OSError):
                _write(out, SHOW_CURSOR + ORDINARY)
            raise


@contextmanager
def no_echo(terminal: int) -> Iterator[None]:
    """Keys are not shown as they are typed, and can be read one by one; afterwards the terminal is as before."""
    # One that is gone by now needs no care, and how the program ends is told by what found that out.
    try:
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    except termios.error:
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSANOW, before)


def _lines(station: "Workstation", width: int) -> list[Line]:
    height = max(shutil.get_terminal_size((80, 24)).lines - OTHER_LINES, 1)
    shown = QueueRows(station).first(height, width - GUTTER)
    return [
        (Span(" queue", "title"), Span(f"   {clean(station.identity.name)}")),
        (),
        *((Span(" " * (GUTTER if row.selectable else GUTTER - 2)), *row.line) for row in shown),
    ]


def _painted(lines: list[Line], width: int, palette: "Palette") -> str:
    out = []
    for number, line in enumerate(lines, 1):
        out.append(f"\x1b[{number};1H")
        for text, role in fit_line(line, width):
            sgr = palette.ink(role).sgr()
            out.append(f"\x1b[{sgr}m{text}\x1b[0m" if sgr else text)
    return "".join(out)


def _write(terminal: int, text: str) -> None:
    rest = memoryview(text.encode("utf-8", "replace"))
    while rest:
        rest = rest[os.write(terminal, rest) :]

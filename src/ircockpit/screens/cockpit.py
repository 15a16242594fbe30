"""The cockpit: the app around the screens, its timers, and the threads that work beside it."""

import gc
import os
import shutil
import sys
import threading
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError, ExitCode, defect
from ircockpit.screens.theme import look, terminal_check

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ircockpit.render.span import Line
    from ircockpit.screens.app import CockpitApp


def check_terminal(twin: str) -> None:
    """Raise :class:`UsageError`, naming the command that does without a screen, where none can be shown."""
    both = sys.stdin.isatty() and sys.stdout.isatty()
    size = shutil.get_terminal_size((80, 24))
    terminal_check(os.environ, both, (size.columns, size.lines), twin=twin)


def open_cockpit(
    home: "Path | None" = None,
    *,
    feed: "Callable[[], Sequence[Line]] | None" = None,
    dress: "Callable[[CockpitApp], None] | None" = None,
) -> int:
    """Open the cockpit on a profile and stay until it is left; returns the exit code.

    An expected failure before the screen is told in plain sentences, with the command that does without one.
    """
    from ircockpit.cli.output import fail

    gc.disable()  # what a start makes stays; looking for garbage in it is a tenth of the time to the first screen
    try:
        check_terminal("ircockpit queue")
        from ircockpit.features.catalogue import open_workstation

        station = open_workstation(home)
    except CockpitError as error:
        return fail(error)
    from ircockpit.screens.early import early_frame

    with station:
        chosen = look(os.environ)
        with early_frame(station, chosen.palette):
            from ircockpit.screens.app import CockpitApp
            from ircockpit.screens.deck import Deck

            app = CockpitApp(chosen, Deck(station, feed=feed))
        if dress is not None:
            dress(app)
        threading.excepthook = lambda _: None  # a thread's report must not be written over the screen
        code = app.run(mouse=False)
        if app.defect is not None:
            return fail(defect(app.defect))
    return int(code) if code is not None else ExitCode.FAILED

"""The cockpit: the frame it begins with, the profile, the app around the screens, and how all of it ends."""

import gc
import os
import sys
from contextlib import suppress

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import FrameType

    from ircockpit.render.span import Line
    from ircockpit.screens.app import CockpitApp
    from ircockpit.screens.early import EarlyFrame
    from ircockpit.store.workstation import Workstation

PAINTS_PER_S = "120"
"""How often Textual looks whether there is something to paint: each key waits for the next look, 17 ms by its default."""
LEAVE_S = 3.0
"""Seconds the screen gets to put the terminal back when it is told to end."""


def check_terminal(twin: str) -> None:
    """Raise :class:`UsageError`, naming the command that does without a screen, where none can be shown."""
    from ircockpit.render.size import terminal_size
    from ircockpit.screens.theme import terminal_check

    both = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))
    terminal_check(os.environ, both, terminal_size(), twin=twin)


def open_cockpit(
    home: "Path | None" = None,
    *,
    feed: "Callable[[], Sequence[Line]] | None" = None,
    dress: "Callable[[CockpitApp], None] | None" = None,
) -> int:
    """Open the cockpit on a profile and stay until it is left; returns the exit code.

    An expected failure before the screen is told in plain sentences, with the command that does without one.
    """
    gc.disable()  # what a start makes stays; looking for garbage in it is a tenth of the time to the first screen
    from ircockpit.screens.early import EarlyFrame, kept_page

    page = kept_page("" if home is None else str(home))
    from ircockpit.cli.signals import Stopped, ending, stop

    frame = EarlyFrame(page)
    try:
        with ending(stop), frame:
            return _open(frame, home, feed, dress)
    except Stopped as stopped:
        from ircockpit.cli.output import say

        say("ended before the screen was there; what was acknowledged is kept")
        return stopped.code


def _open(
    frame: "EarlyFrame",
    home: "Path | None",
    feed: "Callable[[], Sequence[Line]] | None",
    dress: "Callable[[CockpitApp], None] | None",
) -> int:
    from ircockpit.cli.output import fail, say
    from ircockpit.core.errors import CockpitError, ExitCode

    def tell(words: str) -> None:
        frame.leave()
        say(words)

    try:
        check_terminal("ircockpit queue")
        from ircockpit.command.progress import telling
        from ircockpit.features.catalogue import open_workstation
        from ircockpit.store.view import NotReadyError

        with telling(tell):  # a view that must be made anew first can take a while
            try:
                station = open_workstation(home, beside=True)
            except NotReadyError:
                from ircockpit.screens.waiting import make_view

                frame.leave()
                if not make_view(home):
                    say("left before the screen was there; the view is made at the next start")
                    return ExitCode.OK
                station = open_workstation(home, beside=True)
        with station:
            return _show(frame, station, feed, dress)
    except CockpitError as error:
        frame.leave()
        return fail(error)


def _show(
    frame: "EarlyFrame",
    station: "Workstation",
    feed: "Callable[[], Sequence[Line]] | None",
    dress: "Callable[[CockpitApp], None] | None",
) -> int:
    import threading

    from ircockpit.cli.output import fail, say
    from ircockpit.cli.signals import ending
    from ircockpit.core.errors import CockpitError, ExitCode, defect
    from ircockpit.features.catalogue import own_keys_are
    from ircockpit.inert.foreign import only_safe
    from ircockpit.screens.first_page import keep_page, make_page
    from ircockpit.screens.hangup import terminal_is_gone, watching
    from ircockpit.screens.theme import look
    from ircockpit.store.settings import place, read

    settings, complaints = read(place(station.profile.folder))
    only_safe(settings.care.safe)
    own_keys_are(lambda: settings.keys)
    chosen = look(os.environ, settings.theme, plain_letters=settings.ascii)
    if frame.is_wanted:
        with suppress(CockpitError, OSError):  # the app meets the same trouble and says it
            frame.show(make_page(station, chosen.palette))
    _load_textual()
    from ircockpit.screens.app import CockpitApp
    from ircockpit.screens.deck import Deck

    app = CockpitApp(chosen, Deck(station, feed=feed, settings=settings, complaints=complaints))
    if dress is not None:
        dress(app)
    threading.excepthook = lambda _: None  # a thread's report must not be written over the screen

    def end(number: int, _: "FrameType | None") -> None:
        # A terminal that is gone may keep the screen from ending; the record is whole without it.
        late = threading.Timer(LEAVE_S, os._exit, (128 + number,))
        late.daemon = True
        late.start()
        app.exit(128 + number)

    app.give_back = frame.give_back
    frame.hand_over()
    try:
        with ending(end), watching(lambda: end(ExitCode.HUNG_UP - 128, None)):
            code = app.run(mouse=app.deck.settings.mouse)
        frame.leave()
    except Exception:
        if terminal_is_gone():  # the one thing that cannot be put back
            return ExitCode.HUNG_UP
        raise
    if (code is None or app.defect is not None) and terminal_is_gone():
        # Reading, writing or setting up may fail before the signal that says so is handled.
        return ExitCode.HUNG_UP
    if app.defect is not None:
        return fail(defect(app.defect))
    for sentence in _unfinished(station):
        say(sentence)
    if code == ExitCode.OK:
        keep_page(station)
    return int(code) if code is not None else ExitCode.FAILED


def _load_textual() -> None:
    name = "TEXTUAL_FPS"
    if name in os.environ:
        return
    os.environ[name] = PAINTS_PER_S
    import textual.constants  # noqa: F401 - reads it

    del os.environ[name]  # no business of programs that are started from here


def _unfinished(station: "Workstation") -> list[str]:
    """What was sent and not proved when the screen was left: its thread has ended with it."""
    from ircockpit.features.containment.inhand import unproved_here

    station.refresh()
    return [
        f"{row.title} ({row.short}) was {row.state} and not proved when the cockpit was left;"
        f" read it back: ircockpit contain check {row.short}"
        for row in unproved_here(station)
    ]

"""The base of the app: no animation, no mouse, no toast, no markup, and a net under everything it paints."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.filter import LineFilter
from textual.geometry import Size

from ircockpit.inert.clipboard import sequence
from ircockpit.widgets.ink import Palette
from ircockpit.widgets.net import LastNet

if TYPE_CHECKING:
    from textual.driver import Driver

SHOW_CURSOR = "\x1b[?25h"
"""DECTCEM, DEC private mode 25."""


STOPS_S = 0.3
"""Seconds within which the kernel has stopped a job that can be stopped."""


@contextmanager
def _stop_and_continue_kept() -> "Iterator[None]":
    """Afterwards SIGTSTP and SIGCONT mean to the process what they meant before; on the main thread only."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in before.items():
                signal.signal(number, handler)


def stop_job() -> bool:
    """Stop every process of this one's group until somebody continues it.

    False at once where nobody could: the kernel stops no group that has no shell above it.
    """
    continued = False

    def on_continue(*_: object) -> None:
        nonlocal continued
        continued = True

    with _stop_and_continue_kept():
        signal.signal(signal.SIGCONT, on_continue)
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)
        until = time.monotonic() + STOPS_S
        while not continued and time.monotonic() < until:
            time.sleep(STOPS_S / 10)
    return continued


class CalmApp(App[int]):
    """An app on the terminal's own colours, whose exit value is an exit code.

    Run it with ``run(mouse=False)``. Bindings of screens want ``priority=True``: such a key is done
    before the next one is looked at, so what is typed ahead of a prompt lands in the prompt.
    """

    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT: ClassVar[bool] = False
    CSS = """
    Screen { background: ansi_default; color: ansi_default; overflow: hidden hidden; }
    """

    def __init__(
        self, palette: Palette, theme: str, clean: Callable[[str], str], *, show_cursor: bool = False
    ) -> None:
        """``theme`` is a native ANSI theme of Textual, ``clean`` the gate.

        ``show_cursor`` lets the terminal's own cursor be seen, on the current row or in the text being
        typed, where a screen reader or a braille line follows it.
        """
        # Native ANSI must be stated here: under NO_COLOR Textual picks its filter in the constructor, and
        # any other theme is then painted in greys.
        super().__init__(ansi_color=True)
        self.theme = theme
        self.palette = palette
        self.animation_level = "none"
        self._net = LastNet(clean)
        self._show_cursor = show_cursor
        self.keyed_s = 0.0
        """When the last key came, by the monotonic clock."""
        self.give_back: Callable[[], None] = lambda: None
        """Undoes what was set on the terminal before the app took it; the shell gets it back as it was."""

    def on_ready(self) -> None:
        """Textual hides the terminal's cursor whenever it takes the screen over."""
        self._reveal_cursor()
        self.app_resume_signal.subscribe(self, lambda _: self._reveal_cursor())

    async def run_async(self, **named: Any) -> int | None:
        """Run to the end; afterwards stop and continue mean to the process what they meant before."""
        with _stop_and_continue_kept():
            return await super().run_async(**named)

    def _build_driver(self, *args: Any, **named: Any) -> "Driver":
        """Signals that stop and continue are heard by the loop, between two things it does.

        Textual's own handlers do their work in the middle of another, and take every SIGCONT for the end of a stop
        of their own: after any other one two threads read the keyboard, each a part of the keys, and the shell gets
        the terminal back as the app has it.
        """
        driver = super()._build_driver(*args, **named)
        if not driver.is_headless and threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number, does in (
                (signal.SIGTSTP, self.action_suspend_process),
                (signal.SIGCONT, self._take_terminal_anew),
            ):
                # A handler alone does not wake the loop.
                signal.signal(number, lambda *_, does=does: loop.call_soon_threadsafe(self.call_later, does))
        return driver

    def _take_terminal_anew(self) -> None:
        """Somebody else stopped the program, and whoever had the terminal meanwhile left it as they like it."""
        driver = self._driver
        if driver is None or not self._running or self._exit:
            return
        with self._terminal_left(driver):
            pass

    @contextmanager
    def _terminal_left(self, driver: "Driver") -> "Iterator[None]":
        """Inside, the terminal is as the shell has it; afterwards it is taken anew, as it is by then."""
        self._suspend_signal()
        driver.suspend_application_mode()
        yield
        driver.resume_application_mode()
        self._resume_signal()
        self.refresh(layout=True)

    async def on_event(self, event: events.Event) -> None:
        """See :class:`textual.app.App`; whatever a key is for, hands are at the keyboard."""
        if isinstance(event, events.Key | events.Paste):
            self.keyed_s = time.monotonic()
        await super().on_event(event)

    def on_resize(self, event: events.Resize) -> None:
        """Take the size the terminal has now, not the one it had when the signal came.

        The handler of one signal is interrupted by the next, so while a window is dragged the older of two
        sizes can be told last, and would stay.
        """
        driver = self._driver
        # A terminal that tells its size among the keys (DEC private mode 2048) tells it in order.
        if driver is None or getattr(driver, "_in_band_window_resize", True):
            return
        size = Size(*driver._get_terminal_size())  # type: ignore[attr-defined]  # of the driver for Unix
        if event.size != size:
            event.prevent_default()
            event.stop()
            self.post_message(events.Resize(size, size))

    def _reveal_cursor(self) -> None:
        if self._show_cursor and self._driver is not None:
            self._driver.write(SHOW_CURSOR)
            self._driver.flush()

    def send(self, sequence: str) -> None:
        """A control sequence of ours to the terminal, beside all that is painted: no net is behind it."""
        if self._driver is not None:
            self._driver.write(sequence)
            self._driver.flush()

    def copy_to_clipboard(self, text: str) -> None:
        """What Textual's own widgets copy goes through the gate as well."""
        self.send(sequence(text, os.environ))

    def action_suspend_process(self) -> None:
        """Stop this whole job, as the shell that started it expects, and come back with it.

        Textual stops only this process: under ``make`` or a script the shell then waits for a job that
        does not end, with nobody at the keyboard.
        """
        driver = self._driver
        if driver is None or not driver.can_suspend or driver.is_headless:
            return
        with self._terminal_left(driver):
            self.give_back()
            stopped = stop_job()
        if not stopped:
            self.cannot_suspend()

    def cannot_suspend(self) -> None:
        """There is no shell that could bring the program back."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own filters, then the net."""
        return [*super().get_line_filters(), self._net]

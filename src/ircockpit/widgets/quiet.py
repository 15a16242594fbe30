"""Certainty that no other key came right behind one: not in the time hands take, and not in what nobody has read yet."""

import select
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ircockpit.widgets.confirm import BURST_MS

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App
    from textual.widget import Widget

LOOK_S = 0.005
"""Seconds in which the thread that reads the keyboard hands over what it has just read; it runs while we wait."""


def keys_wait(app: "App[Any]") -> bool:
    """Whether the terminal has keys that nobody has read yet: on a busy machine they lie there for long."""
    terminal = getattr(app._driver, "fileno", None)
    if not isinstance(terminal, int):
        return False
    try:
        return bool(select.select([terminal], [], [], 0)[0])
    except (OSError, ValueError):  # it is gone, and with it who might type; what ends the app says so
        return False


class Quiet:
    """Tells a widget once, after a key, that it was the only one.

    A key takes three steps: from the terminal to the thread that reads it, from there to the app, and on to the
    widget. Time alone says nothing about them where the machine is busy, so all three are looked at.
    """

    def __init__(self, widget: "Widget", tell: Callable[[], None]) -> None:
        self._widget, self._tell = widget, tell
        self._number = 0
        """Of the key that is waited behind; what belongs to an older one has nothing to say."""

    def listen(self) -> None:
        """Wait behind the key that the widget handles now, and behind no older one."""
        self._number += 1
        self._widget.set_timer(BURST_MS / 1000, partial(self._look, self._number))

    def leave(self) -> None:
        """Tell nothing."""
        self._number += 1

    def _look(self, number: int) -> None:
        if number == self._number:
            step = self._look if keys_wait(self._widget.app) else self._pass
            self._widget.set_timer(LOOK_S, partial(step, number))

    def _pass(self, number: int) -> None:
        """Behind every key that is with the app by now, and then behind every one that is with the widget."""
        if number == self._number:
            self._widget.app.call_later(self._widget.call_later, self._end, number)

    def _end(self, number: int) -> None:
        if number != self._number:
            return
        if keys_wait(self._widget.app):
            self._look(number)
        else:
            self._number += 1
            self._tell()

"""The base of screens: a change of focus repaints nothing but the two widgets it concerns."""

from typing import ClassVar

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

SETTLE_S = 0.012
"""Seconds in which a screen that comes to the front is painted once, with its content, and not three times."""


class CalmScreen(Screen[None]):
    """A screen that stays still while a prompt takes the focus and gives it back.

    Textual repaints the whole screen whenever the focus moves, 3 KB at 80x24 for each prompt opened
    and each closed; nothing here looks different with the focus elsewhere.
    """

    DEFAULT_CSS = """
    CalmScreen { layers: default prompt; }
    """
    ALLOW_SELECT: ClassVar[bool] = False
    AUTO_FOCUS = ""
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def on_compose(self) -> None:
        """A new screen is painted when its content is there, not empty before."""
        self.app.delay_update(SETTLE_S)

    def on_screen_resume(self) -> None:
        """Textual paints a screen that comes to the front as it was, then anew, then what has changed."""
        self.app.delay_update(SETTLE_S)

"""The base of screens: what changes together is painted once, and a change of focus repaints two widgets alone."""

from typing import ClassVar

from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

SETTLE_S = 0.012
"""Seconds in which what is laid out anew is painted once, with its content, and not three times."""


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

    def settle(self) -> None:
        """Wait with painting until what begins now has come to rest; then paint the whole screen, once."""
        self.app.delay_update(SETTLE_S)

    def on_compose(self) -> None:
        """A new screen is painted when its content is there, not empty before."""
        self.settle()

    def on_screen_resume(self) -> None:
        """Textual paints a screen that comes to the front as it was, then anew, then what has changed."""
        self.settle()

    def on_resize(self) -> None:
        """Another size is painted once, and not for each widget that takes it up."""
        self.settle()

    def _screen_resized(self, size: Size) -> None:
        """The size the terminal has: a screen tells itself each size it was laid out for.

        Where sizes come fast that may arrive in place of a newer one, and Textual would stay with it.
        """
        del size
        super()._screen_resized(self.app.size)

    def on_idle(self) -> None:
        """Lay out while painting waits: what widgets draw for their new sizes then belongs to the one paint."""
        if self._layout_required and self.app._batch_count and self.is_current and self.size:
            self._layout_required = False
            self._refresh_layout()

    def _compositor_refresh(self) -> None:
        """Textual paints what a new layout has moved, then all of it where that is due as well: that one holds both."""
        if not (self._repaint_required and self.is_current):
            super()._compositor_refresh()

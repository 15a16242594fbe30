"""From lines of spans to what Textual paints, one segment per run of ink; and the widget of lines."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from ircockpit.inert.gate import clean
from ircockpit.render.span import Line, Span, fit_line, plain
from ircockpit.widgets.ink import COLOURLESS, PLAIN_INK, Ink, Palette

BLANK: Line = ()


class Drawn(NamedTuple):
    """One line as it stands on the screen; ``lit`` is the row under the cursor."""

    line: Line
    lit: bool = False


@runtime_checkable
class HasPalette(Protocol):
    """An app that says how roles look."""

    palette: Palette


def palette_of(app: App[object]) -> Palette:
    """The palette of an app, or the colourless one."""
    return app.palette if isinstance(app, HasPalette) else COLOURLESS


@lru_cache(maxsize=256)
def style_of(ink: Ink) -> Style:
    """The ink as Textual takes it; attributes that are off are left unset and cost no byte."""
    return Style(
        color=None if ink.color is None else Color.from_ansi(ink.color),
        bgcolor=None if ink.ground is None else Color.from_ansi(ink.ground),
        bold=ink.bold or None,
        underline=ink.underline or None,
        dim=ink.dim or None,
        reverse=ink.reverse or None,
    )


def strip_of(drawn: Drawn, width: int, palette: Palette) -> Strip:
    """The line in exactly ``width`` cells, counted of what will be shown: ungated text would leave old cells.

    Blanks join the run before them where nobody can see the difference, so that a row costs few
    escape sequences; a lit row is one run.
    """
    line = fit_line([Span(clean(text), role) for text, role in drawn.line], width)
    if drawn.lit:
        return Strip([Segment(plain(line), style_of(palette.cursor))], width)
    runs: list[tuple[str, Ink]] = []
    for text, role in line:
        ink = palette.ink(role)
        if runs:
            before, last = runs[-1]
            blank = text.isspace() and not ink.marks_blanks and not last.marks_blanks
            if ink == last or blank:
                runs[-1] = (before + text, last)
                continue
        runs.append((text, ink))
    return Strip([Segment(text, style_of(ink)) for text, ink in runs], width)


class LineWidget(Widget):
    """A widget that is a list of lines and repaints only those that changed.

    The background is the terminal's own: nothing is sent for it, and it fits a dark and a light one.
    """

    DEFAULT_CSS = """
    LineWidget { width: 100%; height: auto; overflow: hidden hidden; }
    """
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._drawn: tuple[Drawn, ...] = ()

    def draw(self, lines: Sequence[Drawn]) -> int:
        """Show these lines from the top; returns how many of them had changed and are repainted."""
        before, self._drawn = self._drawn, tuple(lines)
        if len(before) != len(self._drawn) and self.styles.is_auto_height:
            self.refresh(layout=True)
        if before == self._drawn:
            return 0
        width, height = self.size
        blank = Drawn(BLANK)
        dirty = [
            y
            for y in range(min(height, max(len(before), len(self._drawn))))
            if _at(before, y, blank) != _at(self._drawn, y, blank)
        ]
        for y in dirty:
            self.refresh(Region(0, y, width, 1))
        return len(dirty)

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines as they were drawn last."""
        return tuple(drawn.line for drawn in self._drawn)

    def render_line(self, y: int) -> Strip:
        """Textual asks for one line of the content, counted from its top."""
        width = self.size.width
        if y < len(self._drawn):
            return strip_of(self._drawn[y], width, palette_of(self.app))
        return Strip([Segment(" " * width, style_of(PLAIN_INK))], width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many lines as were drawn; applies where the style says ``height: auto``."""
        return len(self._drawn)


def _at(lines: tuple[Drawn, ...], y: int, missing: Drawn) -> Drawn:
    return lines[y] if y < len(lines) else missing

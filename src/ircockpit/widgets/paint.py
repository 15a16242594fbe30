"""From lines of spans to what Textual paints, one segment per run of ink; and the widget of lines."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import ClassVar, NamedTuple, Protocol, runtime_checkable

from rich.color import Color
from rich.segment import ControlType, Segment
from rich.style import Style
from textual.app import App
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from ircockpit.inert.gate import clean, settled
from ircockpit.render.span import Line, Span, cells, fit_line, plain
from ircockpit.widgets.ink import COLOURLESS, PLAIN_INK, Ink, Palette

BLANK: Line = ()
KEEP_PLACE = Segment("\x1b7", None, [(ControlType.CURSOR_FORWARD, 0)])
"""Keep the place of the cursor (DECSC)."""


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
    if all(settled(text) for text, _ in line):
        return Strip(_segments(line, drawn, palette), width)
    # Where terminals differ about a text, what follows it is put where it belongs, not where the text ended.
    segments: list[Segment] = []
    for unsettled, spans in groupby(line, lambda span: not settled(span.text)):
        if not unsettled:
            segments += _segments(list(spans), drawn, palette)
            continue
        for span in spans:
            segments += [KEEP_PLACE, *_segments([span], drawn, palette), _place_after(cells(span.text))]
    return Strip(segments, width)


def _place_after(count: int) -> Segment:
    """Back to the place that was kept (DECRC), and so many cells on (CUF)."""
    return Segment(f"\x1b8\x1b[{count}C" if count else "\x1b8", None, [(ControlType.CURSOR_FORWARD, count)])


def _segments(line: Sequence[Span], drawn: Drawn, palette: Palette) -> list[Segment]:
    if drawn.lit:
        return [Segment(plain(line), style_of(palette.cursor))]
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
    return [Segment(text, style_of(ink)) for text, ink in runs]


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

"""Draws what stands on a terminal's screen as SVG."""

from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import NamedTuple

from tests.support.pty_screen import Cell, PtyScreen

ACROSS, DOWN, SIZE, EDGE = 8.4, 18, 14, 10
NAMES = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#e5e510", "blue": "#2472c8",
    "magenta": "#bc3fbc", "cyan": "#11a8cd", "white": "#e5e5e5",
}  # fmt: skip


class Terminal(NamedTuple):
    """The colours a terminal has of itself."""

    ink: str
    paper: str


DARK = Terminal("#d0d0d0", "#101216")
LIGHT = Terminal("#1c1c1c", "#fbfaf7")


def svg(screen: PtyScreen, on: Terminal = DARK) -> str:
    """The screen as it stands; every run of cells that look alike is one text."""
    columns, lines = screen.screen.columns, screen.screen.lines
    width, height = columns * ACROSS + 2 * EDGE, lines * DOWN + 2 * EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="{SIZE}">',
        f'<rect width="100%" height="100%" rx="6" fill="{on.paper}"/>',
    ]
    for y in range(lines):
        parts += _row([screen.cell(x, y) for x in range(columns)], EDGE + y * DOWN, on)
    return "\n".join([*parts, "</svg>", ""])


def _row(cells: list[Cell], top: float, on: Terminal) -> Iterator[str]:
    x = 0
    for look, run in groupby(cells, key=lambda cell: cell[1:]):
        text = "".join(cell.text for cell in run)
        ink, ground = _colors(Cell("", *look), on)
        left, span = EDGE + x * ACROSS, len(text) * ACROSS
        x += len(text)
        if ground != on.paper:
            yield f'<rect x="{left:.1f}" y="{top}" width="{span:.1f}" height="{DOWN}" fill="{ground}"/>'
        if text.strip():
            weight = ' font-weight="bold"' if look[2] else ""
            yield (
                f'<text x="{left:.1f}" y="{top + 13.5}" textLength="{span:.1f}" xml:space="preserve"'
                f' fill="{ink}"{weight}>{escape(text)}</text>'
            )


def _colors(cell: Cell, on: Terminal) -> tuple[str, str]:
    ink, ground = _color(cell.color, on.ink), _color(cell.ground, on.paper)
    return (ground, ink) if cell.reverse else (ink, ground)


def _color(name: str, default: str) -> str:
    return default if name == "default" else NAMES.get(name, f"#{name}")

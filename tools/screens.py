"""Walks through the demo on a real terminal and draws its screens into docs/screens/ as SVG."""

import os
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.pty_screen import Cell, PtyScreen  # noqa: E402 - the path must be there first

TARGET = ROOT / "docs" / "screens"
ACROSS, DOWN, SIZE, EDGE = 8.4, 18, 14, 10
INK, PAPER = "#d0d0d0", "#101216"
NAMES = {
    "black": "#000000", "red": "#cd3131", "green": "#0dbc79", "brown": "#e5e510", "blue": "#2472c8",
    "magenta": "#bc3fbc", "cyan": "#11a8cd", "white": "#e5e5e5",
}  # fmt: skip
QUIET_MS = 400


def svg(screen: PtyScreen) -> str:
    """The screen as it stands; every run of cells that look alike is one text."""
    columns, lines = screen.screen.columns, screen.screen.lines
    width, height = columns * ACROSS + 2 * EDGE, lines * DOWN + 2 * EDGE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" font-size="{SIZE}">',
        f'<rect width="100%" height="100%" rx="6" fill="{PAPER}"/>',
    ]
    for y in range(lines):
        parts += _row([screen.cell(x, y) for x in range(columns)], EDGE + y * DOWN)
    return "\n".join([*parts, "</svg>", ""])


def _row(cells: list[Cell], top: float) -> Iterator[str]:
    x = 0
    for look, run in groupby(cells, key=lambda cell: cell[1:]):
        text = "".join(cell.text for cell in run)
        ink, ground = _colors(Cell("", *look))
        left, span = EDGE + x * ACROSS, len(text) * ACROSS
        x += len(text)
        if ground != PAPER:
            yield f'<rect x="{left:.1f}" y="{top}" width="{span:.1f}" height="{DOWN}" fill="{ground}"/>'
        if text.strip():
            weight = ' font-weight="bold"' if look[2] else ""
            yield (
                f'<text x="{left:.1f}" y="{top + 13.5}" textLength="{span:.1f}" xml:space="preserve"'
                f' fill="{ink}"{weight}>{escape(text)}</text>'
            )


def _colors(cell: Cell) -> tuple[str, str]:
    ink, ground = _color(cell.color, INK), _color(cell.ground, PAPER)
    return (ground, ink) if cell.reverse else (ink, ground)


def _color(name: str, default: str) -> str:
    return default if name == "default" else NAMES.get(name, f"#{name}")


def walk(screen: PtyScreen) -> Iterator[str]:
    """The path of the demo; yields the name of each screen when it stands."""
    screen.wait_for("bot: Take ten times", timeout=60)
    yield "queue"
    screen.press("!")
    screen.wait_for("press f to send")
    screen.wait_idle(QUIET_MS)
    yield "plan"
    screen.press("f")
    screen.wait_for("■ effective")
    screen.wait_for("[fixed] Ask your pharmacist.")
    yield "effective"
    screen.press("t")
    screen.wait_for("Has harm happened?")
    screen.press("1", "3", "3", "1")
    screen.wait_for("[3]")
    screen.wait_idle(QUIET_MS)
    yield "triage"
    screen.press("escape")
    screen.wait_for("choose")
    screen.press("q")
    screen.wait_for("to review")
    screen.press("n")
    screen.wait_for("note:")
    screen.send("pharmacist on call is told, two patients are being called back")
    screen.press("enter")
    screen.wait_for("seen. 9 of the 12")
    screen.press("o")
    screen.wait_for("hub offline")
    screen.press("T")
    screen.wait_for("o plugs the hub in again")
    screen.press("o")
    screen.wait_for("disagree")
    screen.press("enter")
    screen.wait_for("timeline  ")
    screen.wait_for("X settle")
    yield "conflict"
    screen.press("?")
    screen.wait_for("help incident")
    yield "help"
    screen.press("q")
    screen.wait_for("timeline  ")


def main() -> int:
    """Draw all screens; returns the exit code."""
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ircockpit-") as folder:
        env = {
            "XDG_DATA_HOME": folder,
            "LOGNAME": "mira",
            "COLORTERM": "truecolor",
            "PATH": os.environ["PATH"],
        }
        with PtyScreen([sys.executable, "-P", "-m", "ircockpit", "demo"], env) as screen:
            for name in walk(screen):
                screen.wait_idle(60)
                place = TARGET / f"{name}.svg"
                place.write_text(svg(screen), encoding="utf-8")
                print(place.relative_to(ROOT))
            screen.press("q")
            screen.wait_for("to review")
            screen.press("q")
            screen.wait_exit()
    return 0


if __name__ == "__main__":
    sys.exit(main())

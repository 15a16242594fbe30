"""Walks through the program on a real terminal and draws its screens into docs/screens/ as SVG, the same ones each time."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.support.pty_screen import PtyScreen  # noqa: E402 - the path must be there first
from tools.drawing import DARK, LIGHT, svg  # noqa: E402
from tools.pictures import BY_NAME, PICTURES, Picture  # noqa: E402
from tools.scenes import QUIET_MS, Scenery, again, demo, envoy, first, telling  # noqa: E402

TARGET = ROOT / "docs" / "screens"
USER = "user: Examplin for my son?"
"""Of the users of the demo's lab, who take turns, the one who is in the pictures."""
_TOOK = re.compile(r"\d+(\.\d+)? m?s\b|plan [0-9a-f]{8}| +|textLength=\"[^\"]*\"|\b(x|width)=\"[^\"]*\"")


def main() -> int:
    """Draw all screens; returns the exit code."""
    TARGET.mkdir(exist_ok=True)
    drawn = {picture.name for picture in PICTURES}
    folder = Path(tempfile.gettempdir()) / "mira"  # its name is in some pictures
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        print(f"{folder} is in the way: the screens are drawn there; remove it", file=sys.stderr)
        return 1
    try:
        for name, screen in _walks(Scenery(folder)):
            _draw(BY_NAME[name], screen)
            drawn.discard(name)
    finally:
        shutil.rmtree(folder)
    for old in TARGET.glob("*.svg"):
        if old.stem not in BY_NAME:
            old.unlink()
    if drawn:
        print(f"not drawn: {', '.join(sorted(drawn))}", file=sys.stderr)
    return 1 if drawn else 0


def _walks(scenery: Scenery) -> Iterator[tuple[str, PtyScreen]]:
    return chain(first(scenery), demo(scenery), envoy(scenery), again(scenery), telling(scenery))


def _draw(picture: Picture, screen: PtyScreen) -> None:
    def stands(text: str) -> bool:
        return picture.says in text and (" lab 1" not in text or USER in text)

    screen.wait_for(stands)
    screen.wait_idle(QUIET_MS)
    while not stands(screen.wait_for(stands)) or screen.wait_idle(60):
        continue
    place = TARGET / f"{picture.name}.svg"
    new = svg(screen, LIGHT if picture.light else DARK)
    # The seconds a stop took and the digest of its plan are of that run: where nothing else differs, the picture stays.
    if not place.exists() or _TOOK.sub("", place.read_text("utf-8")) != _TOOK.sub("", new):
        place.write_text(new, encoding="utf-8")
        print(f"new:  {place.relative_to(ROOT)}")
    else:
        print(f"same: {place.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())

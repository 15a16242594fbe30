"""How much room there is to lay something out; imports next to nothing, for the first frame asks too."""

import os
import sys

USUAL = (80, 24)


def terminal_size(usual: tuple[int, int] = USUAL) -> tuple[int, int]:
    """Columns and lines: as COLUMNS and LINES say, else as the terminal does, else the usual ones."""
    said = [_number(os.environ.get(name, "")) for name in ("COLUMNS", "LINES")]
    if min(said) <= 0:
        try:
            found: tuple[int, int] = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1)
        except (OSError, ValueError):
            found = usual
        said = [each if each > 0 else of for each, of in zip(said, found, strict=True)]
    return said[0] or usual[0], said[1] or usual[1]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0

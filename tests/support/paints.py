"""What a program painted, read from its bytes: how often each line of the screen, and how often all of it."""

import re
from collections import Counter

_CURSOR_TO = re.compile(rb"\x1b\[(\d+);(\d+)H")


def paints_by_line(raw: bytes, lines: int = 24) -> Counter[int]:
    """How often the cursor was sent to each line, counted from 1, to write something there."""
    painted: Counter[int] = Counter(dict.fromkeys(range(1, lines + 1), 0))
    hits = list(_CURSOR_TO.finditer(raw))
    ends = [hit.start() for hit in hits[1:]] + [len(raw)]
    for hit, end in zip(hits, ends, strict=True):
        if re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", raw[hit.end() : end]):
            painted[int(hit[1])] += 1
    return painted


def full_repaints(raw: bytes, lines: int = 24) -> int:
    """How often every line of the screen was written anew; a repaint in pieces counts when its last line is done."""
    return min(paints_by_line(raw, lines).values())

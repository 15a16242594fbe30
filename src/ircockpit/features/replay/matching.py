"""A verdict by pattern: each answer is looked through in a process that is ended when it takes too long."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ircockpit.secrets import child

ALL_S, ONE_S = 10.0, 2.0
"""Seconds for all answers together; where that does not do, for each of them."""
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a Python may need to start; nothing else of the surroundings is its business."""
MATCHER = Path(__file__).with_name("matcher.py")


def matches(
    pattern: str, texts: Sequence[str], *, all_s: float = ALL_S, one_s: float = ONE_S
) -> list[bool | None]:
    """Whether each text has the pattern, in either case of letters; ``None`` where that took too long to say."""
    together = _looked(pattern, texts, all_s)
    if together is not None:
        return list(together)
    found: list[bool | None] = []
    for text in texts:
        alone = _looked(pattern, [text], one_s)
        found.append(None if alone is None else alone[0])
    return found


def _looked(pattern: str, texts: Sequence[str], within_s: float) -> list[bool] | None:
    if not texts:
        return []
    given = json.dumps([pattern, list(texts)]).encode()
    environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    answer = child.run([sys.executable, "-I", "-S", str(MATCHER)], given, within_s, environ)
    if answer is None or answer.code or len(answer.out) != len(texts):
        return None
    return [digit == ord("1") for digit in answer.out]

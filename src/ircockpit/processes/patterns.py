"""Regular expressions of other people, held to texts in a process that is ended when it takes too long."""

import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from ircockpit.processes import child

ALL_S, ONE_S = 10.0, 2.0
"""Seconds for all texts together; where that does not do, for each of them."""
MOST_REPEATS, MOST_EITHER = 2, 4
"""Repeats, and what may be there or be otherwise, in a pattern that is compared here: so few take milliseconds at most."""
_NEEDED = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a Python may need to start; nothing else of the surroundings is its business."""
MATCHER = Path(__file__).with_name("matcher.py")
_LETTER = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REFERS = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
_REPEAT, _EITHER = re.compile(r"[*+{]"), re.compile(r"(?<!\()[?|]")
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def found_in(
    pattern: str, texts: Sequence[str], *, all_s: float = ALL_S, one_s: float = ONE_S
) -> list[bool | None]:
    """Whether each text has the pattern, in either case of letters; ``None`` where that took too long to say."""
    together = _looked(pattern, False, texts, all_s)
    if together is not None:
        return list(together)
    found: list[bool | None] = []
    for text in texts:
        alone = _looked(pattern, False, [text], one_s)
        found.append(None if alone is None else alone[0])
    return found


def is_all_of(pattern: str, text: str, *, one_s: float = ONE_S) -> bool | None:
    """Whether a whole text is of the pattern; ``None`` where that took too long to say."""
    if is_quick(pattern):
        return re.fullmatch(pattern, text) is not None
    found = _looked(pattern, True, [text], one_s)
    return None if found is None else found[0]


def is_quick(pattern: str) -> bool:
    """Whether a pattern is seen to need no process of its own.

    It has few repeats and alternatives, no group that is repeated, and refers back to nothing.
    """
    plain = _LETTER.sub("x", pattern)
    few = len(_REPEAT.findall(plain)) <= MOST_REPEATS and len(_EITHER.findall(plain)) <= MOST_EITHER
    return few and not _REPEATED_GROUP.search(plain) and not _REFERS.search(pattern)


def _looked(pattern: str, whole: bool, texts: Sequence[str], within_s: float) -> list[bool] | None:
    if not texts:
        return []
    given = json.dumps([pattern, whole, list(texts)]).encode()
    environ = {name: os.environ[name] for name in _NEEDED if name in os.environ}
    try:
        answer = child.run(
            [sys.executable, "-I", "-S", str(MATCHER)], given, within_s, environ, len(texts) + 1024
        )
    except (OSError, child.TooMuch):
        return None
    if answer is None or answer.code or len(answer.out) != len(texts):
        return None
    return [digit == ord("1") for digit in answer.out]

"""What somebody states: words as they may be recorded, and what an event holds in the shape its reader needs.

A signature says who wrote a fact, not that it makes sense.
"""

import json
from collections.abc import Sequence
from typing import Any

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import read_moment

UNRECORDED = "nothing was recorded"
SHORTER = "say it shorter"
AS_EVIDENCE = "say it shorter; longer text is evidence"


def text(value: Any) -> str:
    """Words; empty for nothing, anything that is no text as it is written."""
    return "" if value is None else str(value)


def whole(value: Any) -> int:
    """A count, size or duration; 0 for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def moment_us(value: Any) -> int:
    """A stored time as microseconds since 1970; 0 where it is none."""
    try:
        return read_moment(value).earliest_us if isinstance(value, str) and value else 0
    except BadInput:
        return 0


def table(value: Any) -> dict[str, Any]:
    """An object that a column holds as JSON text; empty for anything else."""
    try:
        found = json.loads(value) if isinstance(value, str) and value else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def within(text: Any, limit: int, what: str, *, safe: str = UNRECORDED, fix: str = SHORTER) -> str:
    """The words as they are recorded, without blanks around them; several given one by one are joined.

    Raises :class:`BadInput` for more than ``limit`` characters, naming ``what`` they are.
    """
    words = " ".join(text) if isinstance(text, list | tuple) else str(text)
    # What a broken locale made of bytes must not keep the words from being written.
    words = words.strip().encode("utf-8", "replace").decode()
    if len(words) > limit:
        raise BadInput(f"{what} is longer than {limit:,} characters", safe=safe, fix=fix)
    return words


def given(text: Any, limit: int, what: str, *, safe: str = UNRECORDED, fix: str = SHORTER) -> str:
    """The same for words that must be there: raises :class:`BadInput` where there are none."""
    words = within(text, limit, what, safe=safe, fix=fix)
    if not words:
        raise BadInput(f"{what} is empty", safe=safe)
    return words


def one_of(what: str, typed: str, known: Sequence[str]) -> str:
    """The name that is meant by it, or by a part that only one has. Raises :class:`BadInput`, naming those near it."""
    word = typed.strip().lower()
    found = [each for each in known if each == word] or [each for each in known if word and word in each]
    if len(found) == 1:
        return found[0]
    said = f"{typed!r} could mean {', '.join(found[:8])}" if found else f"there is no {what} {typed!r}"
    near = found or list(known)
    more = f" and {len(near) - 8} more" if len(near) > 8 else ""
    raise BadInput(said, safe=UNRECORDED, fix=f"there are: {', '.join(near[:8])}{more}")

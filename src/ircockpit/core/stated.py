"""What somebody states: words as they may be recorded, and what an event holds in the shape its reader needs.

A signature says who wrote a fact, not that it makes sense.
"""

import json
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

"""What an event states, in the shape its reader needs: a signature says who wrote a fact, not that it makes sense."""

import json
from typing import Any

from ircockpit.core.errors import BadInput
from ircockpit.core.occurred import read_moment


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

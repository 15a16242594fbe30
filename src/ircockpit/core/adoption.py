"""Adoption: a lead lets an event count that its author had no right to write; the same in any order of arrival."""

import re
from collections.abc import Mapping
from typing import Any

ADOPTED = "event.adopted"
"""Type of the event that does it: in the stream of the other one, whose id its body names as ``event``."""
ADOPTABLE = frozenset(f"quarantined:{reason}" for reason in ("role", "removed", "revoked", "unknown"))
"""Why an event does not count although nothing is wrong with it but its author's right."""

_IS_ID = re.compile("[0-9a-f]{64}").fullmatch


def adopts(type_: str, doubt: str, body: Mapping[str, Any]) -> str:
    """Id of the event that an event adopts, empty where it adopts none.

    ``doubt`` is why the adopting event itself does not count. Adopting it does not help: whoever has the right
    names the event that is meant.
    """
    named = body.get("event") if type_ == ADOPTED and not doubt else None
    return named if isinstance(named, str) and _IS_ID(named) else ""


def doubt_left(doubt: str, adopted: bool) -> str:
    """Why an event does not count, after those of its own stream that adopt it were looked at."""
    return "" if adopted and doubt in ADOPTABLE else doubt

"""Why an event does not count, and adoption: a lead lets one count whose author only lacked the right; in any order."""

import re
from collections.abc import Mapping
from typing import Any

ADOPTED = "event.adopted"
"""Type of the event that does it: in the stream of the other one, whose id its part 0 names as ``event``."""
ADOPTABLE = frozenset(f"quarantined:{reason}" for reason in ("role", "removed", "revoked", "unknown"))
"""Why an event does not count although nothing is wrong with it but its author's right."""
TWICE = "a key stands in two of its parts"
"""One of the two may be taken away later, and would have changed what the entry says."""
UNPADDED = "a part of it is not padded"
FAULTS = (TWICE, UNPADDED)
"""What is wrong with an event's body stays wrong whatever is held of it later; of two, the latter is told."""

_IS_ID = re.compile("[0-9a-f]{64}").fullmatch


def adopts(type_: str, doubt: str, body: Mapping[str, Any]) -> str:
    """Id of the event that an event adopts, empty where it adopts none; ``body`` is what its part 0 states.

    ``doubt`` is why the adopting event itself does not count. Adopting it does not help: whoever has the right
    names the event that is meant.
    """
    named = body.get("event") if type_ == ADOPTED and not doubt else None
    return named if isinstance(named, str) and _IS_ID(named) else ""


def doubt_left(doubt: str, adopted: bool) -> str:
    """Why an event does not count, after those of its own stream that adopt it were looked at."""
    return "" if adopted and doubt in ADOPTABLE else doubt


def outweighs(reason: str, other: str) -> bool:
    """Whether of two reasons not to count an event the first is the one to keep, whichever of them was found first.

    What the hub found for good stands before what is wrong with the body, and that before what may end.
    """
    return _weight(reason) > _weight(other)


def _weight(reason: str) -> int:
    if reason.startswith("quarantined:") and reason not in ADOPTABLE:
        return len(FAULTS) + 1
    return FAULTS.index(reason) + 1 if reason in FAULTS else 0

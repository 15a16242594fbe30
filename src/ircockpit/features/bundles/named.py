"""Which evidence files an event names."""

from ircockpit.core.errors import BadInput
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.parts import read_part

NAMING = ("evidence.added", "intake.received")
"""Types of events whose body names a file by ``sha256``."""


def named_files(type_: str, event: SignedEvent) -> list[str]:
    """Hashes of the files an event names, as far as its parts are held."""
    if type_ not in NAMING:
        return []
    found = []
    for part in event.parts:
        try:
            held = read_part(part)
        except BadInput:
            continue
        if held and DIGEST.holds(held.get("sha256")):
            found.append(str(held["sha256"]))
    return found

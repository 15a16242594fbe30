"""Answers of a run that lie on this disk until they are in the record: an erasure of what they are about takes them too."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.ledger.fields import DIGEST
from ircockpit.store import erasing

if TYPE_CHECKING:
    from ircockpit.store.log import Log

FOLDER = "replay"
"""The folder of a profile in which they lie, each file named after its run."""
CAUSES = ("signal.received", "replay.sealed", "replay.planned", "evidence.added")
"""Events that make a thing which a run is about, or which is about a run."""
OF_A_RUN = "answers of "
"""What the file begins with that becomes an exhibit; it is there for a moment, or since a process was killed."""


def journals(profile: Path) -> list[Path]:
    """The files of runs that are under way, or were cut off."""
    return sorted((profile / FOLDER).glob("*.jsonl"))


def about(profile: Path, log: "Log", things: Iterable[str], values: Iterable[str]) -> Iterator[Path]:
    """Those that are about something that goes: a thing by its id, or a prompt, an answer or a file by its hash.

    ``values`` are all values of the parts that go. What names a thing is about it too: the set that a signal's prompt was
    sealed into, the run that an exhibit holds the answers of.
    """
    found = journals(profile)
    if not found:
        return
    named = set(things)
    naming = erasing.saying(log, frozenset(each.encode() for each in named))
    for events in naming.values():
        named |= {stored.event.envelope.ent for each in events if (stored := log.get(each)) is not None}
    hashes = [each.encode() for each in values if DIGEST.holds(each)]
    for path in found:
        raw = path.read_bytes()
        if path.name.startswith(OF_A_RUN) or path.stem in named or any(each in raw for each in hashes):
            yield path

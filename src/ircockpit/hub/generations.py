"""Generations: how a hub put back to an earlier state notices it, and numbers anew instead of signing two histories.

Three ways lead there: its operator says so, the mark beside the database counts more events than the database
holds, or a workstation shows a checkpoint that this hub has signed and knows nothing of. In each the database
as a whole is older than what was signed, so every stream begins a new generation. It keeps what is there:
receipts state no generation, and the root over a prefix names it in all generations that share it.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.base64text import from_base64
from ircockpit.ledger.checkpoint import parse_and_verify

if TYPE_CHECKING:
    from ircockpit.hub.store import Shown, Store

HEADER = "ircockpit-checkpoint"
"""Request header with the newest checkpoint a workstation holds of a stream, in base64."""
STILL_OPEN = (
    "who was removed or revoked since the backup can read here until a workstation that knows of it has synced:"
    " run ircockpit sync on one before others hear that the hub is back"
)
PUT_BACK = (
    "the hub's database is older than the mark beside it, so that every record began a new generation;"
    f" {STILL_OPEN}"
)
SYNC_EVERY = 64
"""Changes of the mark after which it is written out to the disk: a power cut then costs some of its sharpness."""


def generation_after(seen: int, now_us: int) -> int:
    """The generation to begin after the highest one seen.

    A count alone would come out the same on a database that is put back twice; the time does not.
    """
    return max(seen + 1, now_us // 1_000_000)


def read_shown(text: str, org: str, stream: str, public: bytes) -> "Shown | None":
    """The checkpoint in a request's header, ``None`` where this hub has not signed it for this stream."""
    from ircockpit.hub.store import Shown

    try:
        note = from_base64(text, "checkpoint").decode()
        stated = parse_and_verify(note, public)
        of = stated.of
    except (BadInput, TrustError, UnicodeDecodeError):
        return None
    return Shown(of.gen, stated.size, stated.root, note) if (of.org, of.stream) == (org, stream) else None


class Mark:
    """The mark beside a hub's database: events ever taken in, and the highest generation ever begun.

    It lies outside of the database, so that a database put back alone is older than its mark.
    """

    def __init__(self, path: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self._path = path
        self._sync = sync
        self._lock = Lock()
        self._handle = -1
        self._changes = 0
        self._noted = self.read()

    def read(self) -> tuple[int, int]:
        """What it says; zeros where there is none."""
        try:
            events, gen = self._path.read_text("ascii").split()
            return int(events), int(gen)
        except (OSError, ValueError):
            return 0, 0

    def note(self, events: int, gen: int, *, durable: bool = False) -> None:
        """Move it on, after what it counts was committed; it never goes back by itself.

        On a full disk it stays behind, which only makes it notice less.
        """
        with self._lock, suppress(OSError):
            if self._handle < 0:
                self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._noted = (max(events, self._noted[0]), max(gen, self._noted[1]))
            self._write(durable)

    def put_back(self, events: int, gen: int) -> None:
        """Count from an earlier state on: the database was put back, and that has been dealt with."""
        with self._lock:
            self._noted = (events, gen)
        self.note(events, gen, durable=True)

    def _write(self, durable: bool) -> None:
        # Always as long and in one write to one block: neither a reader nor a crash sees half of it.
        os.pwrite(self._handle, "{:020} {:020}\n".format(*self._noted).encode("ascii"), 0)
        self._changes += 1
        if durable or self._changes % SYNC_EVERY == 0:
            self._sync(self._handle)

    def close(self) -> None:
        """Write it out and let go of it."""
        with self._lock:
            if self._handle >= 0:
                with suppress(OSError):
                    self._sync(self._handle)
                os.close(self._handle)
                self._handle = -1


def look_back(store: "Store", mark: Mark, now_us: int) -> bool:
    """Whether the database is older than its mark; every stream has begun a new generation then."""
    noted, gen = mark.read()
    held, highest = store.highest()
    if held >= noted and highest >= gen:
        mark.note(held, highest)
        return False
    announce(store, mark, "the mark beside the database counts more", now_us)
    return True


def announce(store: "Store", mark: Mark, why: str, now_us: int, *, least: int = 0) -> int:
    """Begin a new generation in every stream, and count from what is there; returns the generation."""
    gen = store.raise_all(max(mark.read()[1] + 1, least), why, now_us)
    mark.put_back(store.highest()[0], gen)
    return gen

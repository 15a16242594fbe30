"""Evidence files to and from the hub: in pieces that resume, after events, never in their way."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import BadInput, ConflictError
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.parts import read_part
from ircockpit.store.log import Log, Stored
from ircockpit.sync.client import HubClient

PIECE_BYTES = 1024 * 1024
CARRIED = ("evidence.added",)
"""Types of events whose body names an evidence file by ``sha256``."""
KEPT_BACK = "restricted"
"""Scope of raw intake: the device that received it keeps it until somebody with the right asks for it."""
RESETS = "sync.resets"
"""Log setting: how often something confirmed was taken back, by whatever process on this profile."""
MARK = "exhibits.upto"
"""Log setting: every evidence file named by events up to this arrival number is at the hub."""


class Pending(NamedTuple):
    """What the hub may lack."""

    files: list[str]
    """Hashes of files held here."""
    upto: int
    """The arrival number up to which the log was looked through."""
    resets: str | None
    """The hub's history this was found under; where it changed since, the hub may lack more."""


def pending(log: Log, blobs: FileBlobs, limit: int = 2000) -> Pending:
    """The files held here that the hub may lack."""
    resets = log.meta(RESETS)
    upto = int(log.meta(MARK) or "0")
    found: list[str] = []
    while batch := log.since(upto, limit):
        found += [
            sha for stored in batch if (sha := named_file(stored)) and blobs.has(sha) and sha not in found
        ]
        upto = batch[-1].arrival
    return Pending(found, upto, resets)


def named_file(stored: Stored) -> str:
    """The hash of the evidence file an event names and that may travel by itself, empty where there is none."""
    envelope = stored.event.envelope
    if envelope.type not in CARRIED or envelope.scope == KEPT_BACK:
        return ""
    for part in stored.event.parts:
        try:
            held: dict[str, Any] | None = read_part(part)
        except BadInput:
            continue
        if held and DIGEST.holds(held.get("sha256")):
            return str(held["sha256"])
    return ""


def note_sent(log: Log, sent: Pending) -> None:
    """Every file that was pending is at the hub, unless it went back to an earlier state meanwhile."""
    with log.writing() as writer:
        if log.meta(RESETS) == sent.resets:
            writer.set_meta(MARK, str(sent.upto))


def send_file(client: HubClient, blobs: FileBlobs, sha256: str, progress: Callable[[int, int], None]) -> bool:
    """Send what the hub lacks of one file; ``False`` where it had all. ``progress`` gets bytes there and in all."""
    have, complete = client.blob_state(sha256)
    if complete:
        return False
    with blobs.open(sha256) as source:
        total = source.seek(0, 2)
        if not total:
            client.put_empty(sha256)
        while have < total:
            source.seek(have)
            piece = source.read(PIECE_BYTES)
            try:
                client.put_piece(sha256, have, total, piece)
            except ConflictError:  # another device sends the same file: go on where it is
                have, complete = client.blob_state(sha256)
                if complete:
                    return True
                continue
            have += len(piece)
            progress(have, total)
    return True


def fetch_blob(client: HubClient, blobs: FileBlobs, sha256: str) -> Path:
    """An evidence file by its hash, fetched from the hub where it is not here; checked before it is kept.

    Raises :class:`NotFound` where the hub has not got it either, :class:`TrustError` where its bytes are others.
    """
    if not blobs.has(sha256):
        blobs.put_chunks(_pieces(client, sha256), expect=sha256)
    return blobs.path(sha256)


def _pieces(client: HubClient, sha256: str) -> Iterator[bytes]:
    first, total = 0, 1
    while first < total:
        piece, total = client.get_piece(sha256, first, PIECE_BYTES)
        if not piece:
            return
        first += len(piece)
        yield piece

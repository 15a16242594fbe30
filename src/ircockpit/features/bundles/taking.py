"""Taking bundles over: what was examined goes the way of a pull, the files after the entries that name them."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.blobs.files import FileBlobs, let_out
from ircockpit.bundle.statement import HUB
from ircockpit.features.bundles.named import named_files
from ircockpit.features.bundles.survey import Look
from ircockpit.features.evidence.queries import copy_gate
from ircockpit.ledger.event import from_wire
from ircockpit.sync import exhibits
from ircockpit.sync.intake import take_in

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation


class Taken(NamedTuple):
    """What came of it."""

    new: int
    held: int
    doubted: int
    confirmed: int
    filled: int
    """Entries held before that got words back which were withheld here."""
    files: int
    files_unnamed: int
    """Files that no entry names; they were left where they are."""
    files_held_back: int
    """Files that must not be copied; they were left where they are."""


FIRST = {"authority": 0, "org": 1}
"""Records of these kinds go first: who belongs to the organisation decides what counts in the others."""
NOTHING = Taken(0, 0, 0, 0, 0, 0, 0, 0)


def take(station: "Workstation", each: Look) -> Taken:
    """Take one bundle over that was examined and found acceptable; the same again changes nothing."""
    bundle, done = each.bundle, NOTHING
    for stated in sorted(bundle.statement.streams, key=lambda each: FIRST.get(each.kind, len(FIRST))):
        checkpoints = list(bundle.checkpoints(stated.stream)) if stated.anchor == HUB else []
        got = take_in(
            station.log, station.profile, station.identity, station.clock, stated.stream, bundle.rows(stated.stream),
            certificates=each.certificates, checkpoints=checkpoints,
        )  # fmt: skip
        done = _plus(done, Taken(got.new, got.held, got.doubted, got.confirmed, got.filled, 0, 0, 0))
    return _plus(done, _files(station, each))


def _files(station: "Workstation", each: Look) -> Taken:
    bundle, blobs = each.bundle, FileBlobs(station.profile.blobs)
    waiting, gate, held_back = set(bundle.files), copy_gate(station), set[str]()
    for stated in bundle.statement.streams:
        for row in bundle.rows(stated.stream) if waiting else ():
            event = from_wire({key: row[key] for key in ("e", "s", "p")})
            held = (
                station.log.get(event.id) if waiting & set(named_files(event.envelope.type, event)) else None
            )
            # As it is held here: the file of an entry that was erased, or is for fewer readers, stays on the stick.
            for sha256 in named_files(event.envelope.type, held.event) if held is not None else ():
                if sha256 in waiting and not let_out(gate, sha256):
                    held_back.add(sha256)
                elif sha256 in waiting and not blobs.has(sha256):
                    blobs.put_chunks(bundle.pieces(f"data/blobs/{sha256}"), expect=sha256)
                waiting.discard(sha256)
    taken = len(bundle.files) - len(waiting) - len(held_back)
    if taken:
        with station.log.writing() as writer:
            writer.set_meta(exhibits.MARK, "0")  # entries held before may name a file that is here only now
    return NOTHING._replace(files=taken, files_unnamed=len(waiting), files_held_back=len(held_back))


def _plus(one: Taken, other: Taken) -> Taken:
    return Taken(*(a + b for a, b in zip(one, other, strict=True)))

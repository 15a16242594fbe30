"""Which place and verdict a pushed event gets; the same rules over every database."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from ircockpit.hub.court import Court, Records
from ircockpit.hub.quota import Ledger, Quota
from ircockpit.hub.store import Incoming, Outcome, Word
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.envelope import LEAP, Envelope, Seen, next_lam
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import ACCEPTED, Receipt

MILESTONE = 256
"""The tree is kept at every multiple of this size, so that the root of any earlier size costs few hashes."""


class Place(NamedTuple):
    """Where an event stands that was taken in earlier."""

    stream: str
    seq: int
    device: str
    epoch: str
    n: int
    lam: int


class Shelf(Records, Ledger, Protocol):
    """One stream under its lock, as the rules need it."""

    def find(self, event_id: str) -> Place | None:
        """Where an event stands, in whatever stream."""
        ...

    def taken(self, device: str, epoch: str, n: int) -> bool:
        """Whether the stream has an event at this place of a lane."""
        ...

    def seen_lam(self, seen: Seen) -> int | None:
        """Highest accepted Lamport number of a prefix, or ``None`` where it is not this history's."""
        ...

    def put(self, new: "NewRow") -> None:
        """Take an event in at its seq."""
        ...

    def put_milestone(self, tree: Frontier) -> None:
        """Keep the tree at its present size."""
        ...


class NewRow(NamedTuple):
    """An event with everything the hub decided about it."""

    seq: int
    incoming: Incoming
    receipt: bytes
    max_lam: int
    """Highest Lamport number of the accepted events up to here."""
    quarantined: bool
    fork: bool


def admit_batch(
    tree: Frontier,
    max_lam: int,
    batch: Sequence[Incoming],
    received_at: int,
    shelf: Shelf,
    court: Court | None = None,
    pusher: str = "",
) -> tuple[list[Outcome], int]:
    """Take events in, in the order given; ``tree`` grows. Returns the outcomes and the new highest Lamport number.

    An event whose predecessor or replaced version is not here waits (``missing``), so that every prefix of a
    history is complete. A second event at one place of a lane stays, marked as a fork. A wrong Lamport
    number, or an author without the right, puts an event in quarantine, with a receipt, so that its lane goes on.
    """
    outcomes: list[Outcome] = []
    met: dict[str, Place] = {}

    def find(event_id: str) -> Place | None:
        if event_id not in met and (place := shelf.find(event_id)) is not None:
            met[event_id] = place
        return met.get(event_id)

    judge = court.sit(shelf) if court is not None else _anybody
    quota = Quota(shelf, pusher, received_at)
    for incoming in batch:
        envelope, ident = incoming.envelope, incoming.event_id
        place = find(ident)
        if place is not None:
            outcomes.append(Outcome(ident, Word.DUP, place.seq))
            continue
        refused = _refusal(envelope, ident, find)
        if refused is not None:
            outcomes.append(refused)
            continue
        opens_stream = tree.size == 0
        if over := quota.refusal(envelope, opens_stream):
            outcomes.append(Outcome(ident, Word.LATER, 0, over))
            continue
        fork = shelf.taken(envelope.device, envelope.epoch, envelope.n)
        # The right comes last: what a lead adopts has nothing else against it.
        reason = incoming.quarantine or _lam_fault(envelope, shelf, find, max_lam) or judge(incoming)
        seq = tree.size + 1
        verdict = f"quarantined:{reason}" if reason else ACCEPTED
        raw = receipts.encode(
            Receipt(seq, ident, receipts.sig_hash(incoming.event.sig), verdict, received_at)
        )
        max_lam = max_lam if reason else max(max_lam, envelope.lam)
        shelf.put(NewRow(seq, incoming, raw, max_lam, bool(reason), fork))
        met[ident] = Place(envelope.stream, seq, envelope.device, envelope.epoch, envelope.n, envelope.lam)
        tree.append(receipts.leaf(raw))
        quota.count(envelope, opens_stream)
        if tree.size % MILESTONE == 0:
            shelf.put_milestone(tree)
        word = Word.QUARANTINED if reason else Word.FORK if fork else Word.OK
        outcomes.append(Outcome(ident, word, seq, reason))
    return outcomes, max_lam


def _anybody(_: Incoming) -> str:
    return ""


def _refusal(envelope: Envelope, ident: str, find: Callable[[str], Place | None]) -> Outcome | None:
    for reference in (envelope.prev, *envelope.base):
        if reference is not None and find(reference) is None:
            return Outcome(ident, Word.MISSING, 0, reference)
    if envelope.prev is not None:
        before = find(envelope.prev)
        lane = (envelope.stream, envelope.device, envelope.epoch, envelope.n - 1)
        if before is None or (before.stream, before.device, before.epoch, before.n) != lane:
            return Outcome(ident, Word.INVALID, 0, "chain")
    return None


def _lam_fault(envelope: Envelope, shelf: Shelf, find: Callable[[str], Place | None], max_lam: int) -> str:
    references = [ref for ref in (envelope.prev, *envelope.base) if ref is not None]
    if envelope.lam > max_lam + LEAP:
        return "lamport"
    known = [place.lam for ref in references if (place := find(ref)) is not None]
    if envelope.seen is None:
        return "" if envelope.lam == next_lam(known) else "lamport"
    prefix = shelf.seen_lam(envelope.seen)
    if prefix is None:
        # A history this hub has lost, or another generation's: what its author saw of it may come back after this
        # event, so nothing here tells how high its number may be. The leap above bounds it: one near the limit
        # would count up everybody's, and nobody could write here any more.
        return "" if next_lam(known) <= envelope.lam else "lamport"
    return "" if envelope.lam == next_lam([*known, prefix]) else "lamport"

"""Verifying what a hub sends: the tree first, then each event, before a single one is believed."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import checkpoint, receipt
from ircockpit.ledger.authority import writing_keys
from ircockpit.ledger.checkpoint import Origin
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent, check_body, read_wire
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import Receipt
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.stream import LANE_OPENED, read_opening
from ircockpit.store.log import Reach
from ircockpit.sync.client import RawPage

NOT_KEPT = "nothing of it was taken over"


class Arrival(NamedTuple):
    """One event that came, from the hub or from elsewhere."""

    event: SignedEvent
    envelope: Envelope
    event_id: str
    receipt: Receipt | None
    """The hub's word on it; ``None`` where the hub has not spoken yet."""
    raw_receipt: bytes


def as_arrival(event: SignedEvent) -> Arrival:
    """An event by itself, about which the hub has not spoken."""
    return Arrival(event, event.envelope, event.id, None, b"")


class Checked(NamedTuple):
    """A page whose receipts continue the verified history and end in a checkpoint of the hub."""

    stream: str
    gen: int
    tree: Frontier
    """Over all receipts up to the last of these."""
    checkpoint: str
    arrivals: list[Arrival]
    roots: dict[int, str]
    """The root at each size on the way that was asked for."""


def check_page(
    page: RawPage, org: str, stream: str, before: Reach, hub_log_key: bytes, sizes: Collection[int] = ()
) -> Checked:
    """The page, verified against the history up to ``before``.

    The receipts must be dense from the next seq on, name exactly the events and signatures that came with
    them, and extend the tree to the root that the hub's key has signed. Raises :class:`TrustError` where
    anything of that does not hold, :class:`BadInput` for what cannot be read.
    """
    tree = Frontier.decode(before.frontier)
    arrivals = []
    roots = {}
    for seq, row in enumerate(page.rows, before.seq + 1):
        arrival = read_row(row, stream)
        if arrival.receipt is None or arrival.receipt.seq != seq:
            raise TrustError(f"a page of the hub leaves out event {seq}", safe=NOT_KEPT)
        tree.append(receipt.leaf(arrival.raw_receipt))
        if seq in sizes:
            roots[seq] = tree.root().hex()
        arrivals.append(arrival)
    stated = checkpoint.parse_and_verify(page.checkpoint, hub_log_key)
    origin = Origin(org, stream, page.gen).text
    if (stated.origin, stated.size, stated.root) != (origin, tree.size, tree.root().hex()):
        raise TrustError("a page of the hub is not the history that the hub signed", safe=NOT_KEPT)
    return Checked(stream, page.gen, tree, page.checkpoint, arrivals, roots)


def read_row(row: Mapping[str, Any], stream: str) -> Arrival:
    """One event of a page or a bundle, checked as far as it can be by itself.

    The receipt, where there is one, must name exactly this event and signature, the parts must be those signed.
    Raises :class:`TrustError` or :class:`BadInput`.
    """
    if row.keys() != {"r", "e", "s", "p"} or not isinstance(row["r"], str | None):
        raise BadInput("an entry that came cannot be read", safe=NOT_KEPT)
    raw = (row["r"] or "").encode("utf-8", "replace")
    stated = receipt.decode(raw) if raw else None
    event, envelope = read_wire({"e": row["e"], "s": row["s"], "p": row["p"]})
    ident = event.id
    named = stated is None or (stated.event_id, stated.sig_hash) == (ident, receipt.sig_hash(event.sig))
    if not named or envelope.stream != stream:
        which = f"event {stated.seq} of the hub" if stated is not None else f"event {ident[:12]}"
        raise TrustError(f"{which} is not the one its receipt names", safe=NOT_KEPT)
    check_body(event, envelope)
    return Arrival(event, envelope, ident, stated, raw)


def is_strange(arrival: Arrival, roster: Roster, authority: str) -> bool:
    """Whether a certificate that is not on the roster yet may speak for an event.

    Nobody on it may have signed for the device, or it opens a lane under a certificate, perhaps with a new key,
    that is not known. ``authority`` is the organisation's authority stream.
    """
    envelope = arrival.envelope
    if not writing_keys(roster, envelope.device, in_authority=envelope.stream == authority):
        return True
    if envelope.type != LANE_OPENED:
        return False
    try:
        opening = read_opening(arrival.event)
    except BadInput:
        return False
    return opening is not None and opening.certificate not in roster.known

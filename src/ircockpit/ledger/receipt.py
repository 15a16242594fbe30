"""Receipts: what the hub states about each event it took in; the leaves of a stream's history."""

import hashlib
import re
from typing import Any, NamedTuple

from ircockpit.ledger import fields, merkle
from ircockpit.ledger.fields import FORMAT, FormatError, Layout, Rule

ACCEPTED = "accepted"
MAX_RECEIPT = 1024
"""Size limit in bytes."""

_VERDICT = re.compile(r"accepted|quarantined:[a-z][a-z0-9_.]{0,63}", re.ASCII).fullmatch


class ReceiptError(FormatError):
    """Bytes that are no receipt."""


class Receipt(NamedTuple):
    """One place in a stream's history."""

    seq: int
    """1, 2, 3… without gap within a generation."""
    event_id: str
    sig_hash: str
    """SHA-256 of the event's signature as hex: the hub cannot exchange a signature later either."""
    verdict: str
    """``accepted``, or ``quarantined:<reason>``: kept and shown to its author, not counted."""
    received_at: int
    """The hub's clock in µs since 1970-01-01T00:00Z."""
    v: int = FORMAT

    @property
    def accepted(self) -> bool:
        """Whether the event counts."""
        return self.verdict == ACCEPTED


def _is_verdict(value: Any) -> bool:
    return type(value) is str and _VERDICT(value) is not None


_LAYOUT = Layout(
    "receipt",
    {
        "v": fields.VERSION,
        "seq": fields.whole(1),
        "event_id": fields.DIGEST,
        "sig_hash": fields.DIGEST,
        "verdict": Rule(_is_verdict, "accepted, or quarantined: and a reason"),
        "received_at": fields.whole(0),
    },
    MAX_RECEIPT,
    ReceiptError,
)


def encode(receipt: Receipt) -> bytes:
    """The receipt's bytes, written once; raises :class:`ReceiptError` naming the field that breaks a rule."""
    return fields.write(_LAYOUT, receipt._asdict())


def decode(raw: bytes) -> Receipt:
    """The receipt in these bytes, as strict as an envelope; raises :class:`ReceiptError`."""
    return Receipt(**fields.read(_LAYOUT, raw))


def leaf(raw: bytes) -> bytes:
    """Leaf hash of a receipt's bytes in the tree that checkpoints state the root of."""
    return merkle.leaf_hash(raw)


def sig_hash(sig: bytes) -> str:
    """What a receipt states about a signature."""
    return hashlib.sha256(sig).hexdigest()

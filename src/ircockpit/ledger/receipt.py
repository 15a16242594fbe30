"""Receipts: what the hub states about each event it took in; the leaves of a stream's history."""

import hashlib
import re
from typing import Any, NamedTuple

from ircockpit.ledger import fields, merkle
from ircockpit.ledger import ownform as own
from ircockpit.ledger.fields import FORMAT, SUPPORTED, FormatError, Layout, Rule

ACCEPTED = "accepted"
MAX_RECEIPT = 1024
"""Size limit in bytes."""

_VERDICT_FORM = "accepted|quarantined:[a-z][a-z0-9_.]{0,63}"
_VERDICT = re.compile(_VERDICT_FORM, re.ASCII).fullmatch


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


_own_form = own.reader(
    {
        "v": own.COUNT,
        "seq": own.FROM_1,
        "event_id": own.DIGEST,
        "sig_hash": own.DIGEST,
        "verdict": f'"<{_VERDICT_FORM}>"',
        "received_at": own.COUNT,
    }
)


def encode(receipt: Receipt) -> bytes:
    """The receipt's bytes, written once; raises :class:`ReceiptError` naming the field that breaks a rule."""
    text = (
        f'{{"v":{receipt.v},"seq":{receipt.seq},"event_id":"{receipt.event_id}",'
        f'"sig_hash":"{receipt.sig_hash}","verdict":"{receipt.verdict}","received_at":{receipt.received_at}}}'
    )
    if receipt.v in SUPPORTED and _own_form(text) is not None:
        return text.encode("ascii")
    return fields.write(_LAYOUT, receipt._asdict())


def decode(raw: bytes) -> Receipt:
    """The receipt in these bytes, as strict as an envelope; raises :class:`ReceiptError`."""
    if len(raw) <= MAX_RECEIPT and raw.isascii() and (match := _own_form(raw.decode("ascii"))) is not None:
        v, seq, event_id, sig_hash_, verdict, received_at = match.groups()
        if int(v) in SUPPORTED:
            return Receipt(int(seq), event_id, sig_hash_, verdict, int(received_at), int(v))
    return Receipt(**fields.read(_LAYOUT, raw))


def leaf(raw: bytes) -> bytes:
    """Leaf hash of a receipt's bytes in the tree that checkpoints state the root of."""
    return merkle.leaf_hash(raw)


def sig_hash(sig: bytes) -> str:
    """What a receipt states about a signature."""
    return hashlib.sha256(sig).hexdigest()

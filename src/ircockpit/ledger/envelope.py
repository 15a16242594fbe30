"""The envelope: what a device signs about one event, as opaque bytes that are written once."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.core.jsontext import MAX_INTEGER
from ircockpit.core.merge import MAX_BASE
from ircockpit.core.occurred import read_moment
from ircockpit.ledger import fields
from ircockpit.ledger import ownform as own
from ircockpit.ledger.fields import SUPPORTED, FormatError, Layout, Rule

MAX_ENVELOPE = 4096
"""Size limit in bytes."""

LEAP = 1 << 24
"""How far a Lamport number may lie beyond every one that counts before it: more than a record has events.

Without a bound a single event could count everybody's up to the limit, and nobody could write there any more.
"""

_EVENT = b"ircockpit/event/1\0"
_OCCURRED = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
).fullmatch


class EnvelopeError(FormatError):
    """Bytes that are no envelope."""


class Seen(NamedTuple):
    """The verified prefix of the hub's history that the author held when writing."""

    gen: int
    seq: int
    """Number of receipts in the prefix."""
    root: str
    """Root of the tree over those receipts."""


class Envelope(NamedTuple):
    """One event's signed facts. Digests and ids are lower-case hex, UUIDs lower-case text."""

    v: int
    stream: str
    device: str
    epoch: str
    """16 hex digits, drawn for each installation, key or restored copy; with stream and device the lane."""
    n: int
    """Place in the lane: 1, 2, 3…"""
    prev: str | None
    """Id of event ``n - 1`` of the lane."""
    lam: int
    """Lamport number: ``1 + max`` of those of ``prev``, ``base`` and the seen prefix."""
    op: str
    """UUID of the responder's act; a repeated try carries the same one."""
    actor: str
    """Pseudonym of who acted."""
    type: str
    tv: int
    """Version of the type."""
    ent: str
    """UUID of the thing the event speaks of."""
    field: str | None
    base: tuple[str, ...]
    """Ids of the writes that this one replaces."""
    scope: str
    occurred: str | None
    """When it happened, as stated: offset and precision kept (core.occurred)."""
    wall: int
    """The device's clock in µs since 1970-01-01T00:00Z; for information, it orders and merges nothing."""
    off: int
    """Last measured deviation of that clock in ms."""
    offq: str
    """Where the deviation is known from: ``ntp``, ``server``, ``none``."""
    boot: str
    """UUID of the boot within which ``mono`` values compare."""
    mono: int
    """µs on a clock that only goes forward."""
    seen: Seen | None
    body: str
    """Digest of the parts (parts.body_digest)."""


def _is_seen(value: Any) -> bool:
    return value is None or (
        type(value) is dict
        and value.keys() == {"gen", "seq", "root"}
        and _COUNT.holds(value["gen"])
        and _COUNT.holds(value["seq"])
        and fields.DIGEST.holds(value["root"])
    )


def _is_base(value: Any) -> bool:
    return (
        type(value) is list
        and len(value) <= MAX_BASE
        and all(map(fields.DIGEST.holds, value))
        and len(set(value)) == len(value)
    )


def _is_occurred(value: Any) -> bool:
    if value is None:
        return True
    if type(value) is not str or _OCCURRED(value) is None:
        return False
    try:
        read_moment(value)
    except BadInput:
        return False
    return True


_COUNT = fields.whole(0)
_FROM_ONE = fields.whole(1)
_LAYOUT = Layout(
    "envelope",
    {
        "v": fields.VERSION,
        "stream": fields.UUID,
        "device": fields.UUID,
        "epoch": fields.EPOCH,
        "n": _FROM_ONE,
        "prev": fields.either_null(fields.DIGEST),
        "lam": _FROM_ONE,
        "op": fields.UUID,
        "actor": fields.UUID,
        "type": fields.NAME,
        "tv": _FROM_ONE,
        "ent": fields.UUID,
        "field": fields.either_null(fields.NAME),
        "base": Rule(_is_base, f"a list of at most {MAX_BASE} different event ids"),
        "scope": fields.NAME,
        "occurred": Rule(_is_occurred, "a time with offset such as 2026-11-23T14:03+01:00, or null"),
        "wall": _COUNT,
        "off": fields.whole(-MAX_INTEGER),
        "offq": fields.NAME,
        "boot": fields.UUID,
        "mono": _COUNT,
        "seen": Rule(_is_seen, "an object of gen, seq and root, or null"),
        "body": fields.DIGEST,
    },
    MAX_ENVELOPE,
    EnvelopeError,
)


_FORM = {
    "v": own.COUNT,
    "stream": own.UUID,
    "device": own.UUID,
    "epoch": own.EPOCH,
    "n": own.FROM_1,
    "prev": f"(?:null|{own.DIGEST})",
    "lam": own.FROM_1,
    "op": own.UUID,
    "actor": own.UUID,
    "type": own.NAME,
    "tv": own.FROM_1,
    "ent": own.UUID,
    "field": f"(?:null|{own.NAME})",
    "base": r'\[<(?:"[0-9a-f]{64}"(?:,"[0-9a-f]{64}")*)?>\]',
    "scope": own.NAME,
    "occurred": '(?:null|"<[0-9TZ:.+-]+>")',
    "wall": own.COUNT,
    "off": own.WHOLE,
    "offq": own.NAME,
    "boot": own.UUID,
    "mono": own.COUNT,
    "seen": rf'(?:null|\{{"gen":{own.COUNT},"seq":{own.COUNT},"root":{own.DIGEST}\}})',
    "body": own.DIGEST,
}
_own_form = own.reader(_FORM)
_own_form_links = own.reader(
    _FORM,
    ("v", "stream", "device", "epoch", "n", "prev", "lam", "type", "base", "occurred", "seen", "body"),
)


def encode(envelope: Envelope) -> bytes:
    """The bytes to sign: JSON, keys in the order of :class:`Envelope`, no spaces.

    Raises :class:`EnvelopeError` naming the field that breaks a rule, so that nothing is signed that
    :func:`decode` would refuse.
    """
    value = envelope._asdict()
    value["base"] = list(envelope.base)
    value["seen"] = None if envelope.seen is None else envelope.seen._asdict()
    _check_chain(value)
    return fields.write(_LAYOUT, value)


def decode(raw: bytes) -> Envelope:
    """The envelope in signed bytes.

    Strict, since two readers must never understand one signed text differently: raises
    :class:`EnvelopeError`, naming the field where there is one, for unknown, missing or repeated keys,
    fractions, numbers out of range, malformed names, ids or times, more than 40 or repeated ``base``
    entries, more than 4096 bytes, text that is not UTF-8 JSON, and versions not in :data:`SUPPORTED`.
    """
    written = _read_own_form(raw)
    if written is not None:
        return written
    value = fields.read(_LAYOUT, raw)
    _check_chain(value)
    value["base"] = tuple(value["base"])
    if value["seen"] is not None:
        value["seen"] = Seen(**value["seen"])
    return Envelope(**value)


def event_id(raw: bytes) -> str:
    r"""Id of an event: ``SHA-256("ircockpit/event/1\0" ‖ envelope bytes)`` as hex."""
    return raw_event_id(raw).hex()


def raw_event_id(raw: bytes) -> bytes:
    """The same as 32 bytes."""
    return hashlib.sha256(_EVENT + raw).digest()


def next_lam(known: Iterable[int]) -> int:
    """The Lamport number an event must have, from those of ``prev``, of ``base`` and of the seen prefix."""
    return 1 + max(known, default=0)


def _check_chain(value: dict[str, Any]) -> None:
    if (value["n"] == 1) != (value["prev"] is None):
        raise EnvelopeError("envelope: field prev must be null in event 1 of a lane and only there", "prev")


def _read_own_form(raw: bytes) -> Envelope | None:
    """The envelope in exactly the spelling :func:`encode` writes, four times as fast as reading it as JSON.

    ``None`` for any other spelling and for anything that may break a rule: the strict reader decides then
    and says what is wrong.
    """
    if len(raw) > MAX_ENVELOPE or not raw.isascii():
        return None
    match = _own_form(raw.decode("ascii"))
    if match is None:
        return None
    (v, stream, device, epoch, n, prev, lam, op, actor, kind, tv, ent, field, base, scope, occurred,
     wall, off, offq, boot, mono, gen, seq, root, body) = match.groups()  # fmt: skip
    replaced = tuple(base[1:-1].split('","')) if base else ()
    if not _holds(v, n, prev, replaced, occurred):
        return None
    seen = None if gen is None else Seen(int(gen), int(seq), root)
    return Envelope(
        int(v), stream, device, epoch, int(n), prev, int(lam), op, actor, kind, int(tv), ent, field, replaced,
        scope, occurred, int(wall), int(off), offq, boot, int(mono), seen, body,
    )  # fmt: skip


def _holds(v: str, n: str, prev: str | None, base: tuple[str, ...], occurred: str | None) -> bool:
    """Whether what a pattern cannot say of the fields holds as well."""
    return (
        int(v) in SUPPORTED
        and (prev is None) == (n == "1")
        and (len(base) < 2 or _is_base(list(base)))
        and (occurred is None or _is_occurred(occurred))
    )


class Links(NamedTuple):
    """Those facts of an envelope that tie an event to others; see :class:`Envelope`."""

    stream: str
    device: str
    epoch: str
    n: int
    prev: str | None
    lam: int
    type: str
    base: tuple[str, ...]
    seen: Seen | None
    body: str


def read_links(raw: bytes) -> Links:
    """As strict as :func:`decode`, and half as long where nothing else is asked for."""
    match = _own_form_links(raw.decode("ascii")) if len(raw) <= MAX_ENVELOPE and raw.isascii() else None
    if match is not None:
        (v, stream, device, epoch, n, prev, lam, kind, base, occurred, gen, seq, root, body) = match.groups()
        replaced = tuple(base[1:-1].split('","')) if base else ()
        if _holds(v, n, prev, replaced, occurred):
            seen = None if gen is None else Seen(int(gen), int(seq), root)
            return Links(stream, device, epoch, int(n), prev, int(lam), kind, replaced, seen, body)
    read = decode(raw)
    return Links(
        read.stream,
        read.device,
        read.epoch,
        read.n,
        read.prev,
        read.lam,
        read.type,
        read.base,
        read.seen,
        read.body,
    )

"""Streams and lanes: how a stream gets its id, and the events that open a stream and each lane in it."""

import hashlib
from typing import Any, NamedTuple

from ircockpit.core.errors import TrustError
from ircockpit.core.ids import uuid8
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.fields import DIGEST, NAME, FormatError, Layout, Rule, check, either_null
from ircockpit.ledger.parts import read_part

AUTHORITY, PRIVILEGED = "authority", "privileged"
KINDS = ("incident", "intake", "org", PRIVILEGED, AUTHORITY)
"""What a stream can be. Of a privileged one, others see only that it exists; the authority's is one for each organisation.

A later version may write other kinds; see :func:`is_closed`.
"""
LANE_OPENED = "lane.opened"
"""Type of event 1 of every lane."""
STREAM_OPENED = "stream.opened"
"""Type of the stream's genesis: event 2 of its creator's lane."""
NONCE_BYTES = 16

_STREAM = b"ircockpit/stream/1\0"
_IS_NONCE = Rule(
    lambda value: type(value) is str and len(value) == 32 and DIGEST.holds(value * 2), "32 hex digits"
)
_OPENING = Layout(
    "lane opening",
    {"certificate": DIGEST, "predecessor": either_null(DIGEST)},
    4096,
    FormatError,
)
_GENESIS = Layout(
    "stream genesis",
    {
        "org": DIGEST,
        "kind": NAME,
        "nonce": _IS_NONCE,
        "drill": Rule(lambda value: type(value) is bool, "true or false"),
    },
    4096,
    FormatError,
)


class LaneOpening(NamedTuple):
    """What event 1 of a lane states."""

    certificate: str
    """Id of the device certificate its events are signed under."""
    predecessor: str | None
    """Head of the device's earlier lane in this stream, where it had one."""

    def part(self) -> dict[str, object]:
        """Part 0 of the event that states this."""
        return dict(self._asdict())


class Genesis(NamedTuple):
    """What a stream's genesis event states; the stream's id follows from it."""

    org: str
    kind: str
    nonce: str
    """16 random bytes as hex."""
    drill: bool

    @property
    def stream(self) -> str:
        """The id of the stream that this genesis opens."""
        return stream_id(self.org, self.kind, bytes.fromhex(self.nonce))

    def part(self) -> dict[str, object]:
        """Part 0 of the event that states this."""
        return dict(self._asdict())


def is_closed(kind: str) -> bool:
    """Whether only those who read what is privileged may know more of a stream than that it exists.

    So it is with a kind that is not known here: what it needs is not known either.
    """
    return kind == PRIVILEGED or kind not in KINDS


def stream_id(org: str, kind: str, nonce: bytes) -> str:
    r"""UUIDv8 of ``SHA-256("ircockpit/stream/1\0" ‖ org ‖ kind ‖ 0x00 ‖ nonce)``.

    ``org`` is the organisation's id (64 hex digits), ``kind`` a name such as those of :data:`KINDS`, ``nonce``
    16 bytes; raises ValueError for anything else.
    """
    if not NAME.holds(kind) or not DIGEST.holds(org) or len(nonce) != NONCE_BYTES:
        raise ValueError("a stream needs an organisation, the name of a kind, and a 16-byte nonce")
    return uuid8(hashlib.sha256(_STREAM + bytes.fromhex(org) + kind.encode("ascii") + b"\0" + nonce).digest())


def read_opening(event: SignedEvent) -> LaneOpening | None:
    """What a lane's event 1 states, or ``None`` where its part is not held.

    Raises :class:`FormatError` where the event states something else.
    """
    stated = _stated(event.envelope, event, LANE_OPENED, _OPENING)
    return None if stated is None else LaneOpening(**stated)


def read_genesis(event: SignedEvent) -> Genesis | None:
    """What a genesis event states, or ``None`` where its part is not held.

    Raises :class:`FormatError` where the event states something else, :class:`TrustError` where its stream
    is not the one that follows from what it states.
    """
    envelope = event.envelope
    stated = _stated(envelope, event, STREAM_OPENED, _GENESIS)
    if stated is None:
        return None
    genesis = Genesis(**stated)
    if genesis.stream != envelope.stream:
        raise TrustError(f"stream {envelope.stream} is not the one its first event opened")
    return genesis


def _stated(envelope: Envelope, event: SignedEvent, kind: str, layout: Layout) -> dict[str, Any] | None:
    if envelope.type != kind or not event.parts:
        raise FormatError(f"the event is no {layout.name}", "type")
    value = read_part(event.parts[0])
    return None if value is None else check(layout, value)

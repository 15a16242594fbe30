"""A signed event: envelope bytes, signature and the parts of the body that are held, and how it travels."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import parts as bodies
from ircockpit.ledger import signing
from ircockpit.ledger.base64text import from_base64, to_base64
from ircockpit.ledger.envelope import Envelope, decode, encode, event_id
from ircockpit.ledger.parts import Part, body_digest, check_leaves, check_parts, read_part

PURPOSE = "event"
"""What a device key signs events for."""


class SignedEvent(NamedTuple):
    """An event as kept and exchanged; ``raw`` and ``sig`` never change, parts may lose their data."""

    raw: bytes
    """The envelope's bytes as its author wrote them."""
    sig: bytes
    """64 bytes: the device's signature over the event id."""
    parts: tuple[Part, ...]

    @property
    def id(self) -> str:
        """The event id, computed from the bytes."""
        return event_id(self.raw)

    @property
    def envelope(self) -> Envelope:
        """The envelope, read anew at each use; raises EnvelopeError where the bytes are none."""
        return decode(self.raw)


def seal(envelope: Envelope, key: signing.SigningKey, parts: Sequence[Part]) -> SignedEvent:
    """Sign an event. ``envelope.body`` may be left empty: it is filled in from the parts.

    Raises :class:`BadInput` where the body is beyond its limits, EnvelopeError where a field breaks a rule.
    """
    _check_limits(parts)
    body = body_digest(parts)
    if envelope.body not in ("", body):
        raise ValueError("the envelope states the body of other parts")
    raw = encode(envelope._replace(body=body))
    return SignedEvent(raw, key.sign(PURPOSE, bytes.fromhex(event_id(raw))), tuple(parts))


def signature_holds(event: SignedEvent, public: bytes) -> bool:
    """Whether this key signed these envelope bytes."""
    return signing.verify(public, PURPOSE, bytes.fromhex(event.id), event.sig)


def admit(event: SignedEvent, public: bytes) -> Envelope:
    """Check everything about an event from elsewhere that needs no other event, and give its envelope.

    ``public`` is the key its device's certificate states. Raises :class:`TrustError` for a signature or
    part that does not hold, :class:`BadInput` for a malformed envelope, part or too large a body. Whether
    its place in the lane and its Lamport number are right is for ``verify``.
    """
    envelope = decode(event.raw)
    _check_limits(event.parts)
    if not signature_holds(event, public):
        raise TrustError(f"event {event.id[:12]} is not signed by its device's key")
    check_parts(event.parts, envelope.body)
    for part in event.parts:
        read_part(part)
    return envelope


def check_body(event: SignedEvent, envelope: Envelope) -> None:
    """Check the parts of an event as :func:`read_wire` gave it: they are those signed, and JSON objects.

    Raises :class:`TrustError` or :class:`BadInput`.
    """
    check_leaves(event.parts, envelope.body)
    for part in event.parts:
        read_part(part)


def to_wire(event: SignedEvent) -> dict[str, Any]:
    """The JSON form: ``{"e": envelope text, "s": signature, "p": [{"salt", "data"} or {"leaf"}…]}``.

    Signature, salt, data and leaf are base64.
    """
    return {
        "e": event.raw.decode("utf-8"),
        "s": to_base64(event.sig),
        "p": [_part_to_wire(part) for part in event.parts],
    }


def from_wire(value: Mapping[str, Any]) -> SignedEvent:
    """The event in a JSON object of the form :func:`to_wire` gives; leaves follow from data wherever held.

    Raises :class:`BadInput` for any other form, EnvelopeError for a malformed envelope. Signature and body
    digest are not checked here: see :func:`admit`.
    """
    return read_wire(value)[0]


def read_wire(value: Mapping[str, Any]) -> tuple[SignedEvent, Envelope]:
    """The same with the envelope, which is read for that."""
    if not isinstance(value, Mapping) or value.keys() != {"e", "s", "p"}:
        raise BadInput("not an event: it must be an object of e, s and p")
    text, listed = value["e"], value["p"]
    if type(text) is not str or type(listed) is not list:
        raise BadInput("not an event: e must be text and p a list")
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("not an event: its envelope holds half a character") from None
    envelope = decode(raw)
    sig = from_base64(value["s"], "signature", signing.SIGNATURE_BYTES)
    if len(listed) > bodies.MAX_PARTS:
        raise BadInput(f"an event has {len(listed)} parts, the limit is {bodies.MAX_PARTS}")
    parts = tuple(_part_from_wire(part) for part in listed)
    _check_limits(parts)
    return SignedEvent(raw, sig, parts), envelope


def _part_to_wire(part: Part) -> dict[str, str]:
    if part.salt is None or part.data is None:
        return {"leaf": to_base64(part.leaf)}
    return {"salt": to_base64(part.salt), "data": to_base64(part.data)}


def _part_from_wire(value: Any) -> Part:
    if type(value) is dict and value.keys() == {"leaf"}:
        return Part(from_base64(value["leaf"], "leaf", 32), None, None)
    if type(value) is dict and value.keys() == {"salt", "data"}:
        salt = from_base64(value["salt"], "salt", bodies.SALT_BYTES)
        return bodies.seal_part(salt, from_base64(value["data"], "data"))
    raise BadInput("not an event: a part must be an object of salt and data, or of leaf")


def _check_limits(parts: Sequence[Part]) -> None:
    sizes = [len(part.data) for part in parts if part.data is not None]
    if len(parts) > bodies.MAX_PARTS:
        raise BadInput(f"an event has {len(parts)} parts, the limit is {bodies.MAX_PARTS}")
    if max(sizes, default=0) > bodies.MAX_PART or sum(sizes) > bodies.MAX_BODY:
        raise BadInput(
            f"a body of {sum(sizes)} bytes: the limit is {bodies.MAX_BODY}, {bodies.MAX_PART} for each part",
            fix="seal large material as an exhibit and refer to that",
        )

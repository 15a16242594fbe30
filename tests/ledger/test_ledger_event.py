"""Signed events: sealing, admission of what others send, and the form they travel in."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.jsontext import strict_loads
from ircockpit.ledger import parts as bodies
from ircockpit.ledger.envelope import EnvelopeError, encode, event_id
from ircockpit.ledger.event import SignedEvent, admit, from_wire, seal, signature_holds, to_wire
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import Part, body_digest, drop, make_parts
from ircockpit.ledger.signing import SigningKey

if TYPE_CHECKING:
    from tests.ledger.conftest import LaneWriter, Org


@pytest.fixture
def lane(org: "Org") -> "LaneWriter":
    return org.lane("anna", opens_stream=True)


def test_a_sealed_event_is_admitted_and_travels(lane: "LaneWriter") -> None:
    event = lane.add("entry.added", {"text": "first look"}, {"answer": 42}, field="notes")
    assert event.id == event_id(event.raw)
    assert event.envelope.body == body_digest(event.parts)
    assert admit(event, lane.key.public) == event.envelope
    assert signature_holds(event, lane.key.public)
    wire = to_wire(event)
    assert from_wire(strict_loads(json.dumps(wire).encode())) == event
    assert wire.keys() == {"e", "s", "p"}
    assert wire["e"].encode() == event.raw


@given(st.sets(st.integers(0, 3)))
def test_a_redacted_event_travels_and_is_still_signed(away: set[int]) -> None:
    key = SigningKey.from_raw(bytes(32))
    event = _plain(key, make_parts([{"part": i} for i in range(4)], bytes))
    redacted = event._replace(parts=tuple(drop(p) if i in away else p for i, p in enumerate(event.parts)))
    arrived = from_wire(to_wire(redacted))
    assert arrived == redacted
    assert arrived.id == event.id
    assert admit(arrived, key.public) == event.envelope
    for i in away:
        assert to_wire(redacted)["p"][i].keys() == {"leaf"}


def _plain(key: SigningKey, parts: tuple[Part, ...]) -> SignedEvent:
    from ircockpit.ledger.envelope import Envelope

    uuid = "0192f0c1-7d2e-7aaa-8bbb-0123456789ab"
    envelope = Envelope(
        FORMAT, uuid, uuid, "0" * 16, 1, None, 1, uuid, uuid, "a", 1, uuid, None, (), "team", None, 0, 0, "none",
        uuid, 0, None, "",
    )  # fmt: skip
    return seal(envelope, key, parts)


def test_the_body_is_filled_in_or_must_be_right(lane: "LaneWriter") -> None:
    envelope, parts = lane.draft("entry.added", {"a": 1})
    filled = seal(envelope, lane.key, parts)
    assert seal(envelope._replace(body=body_digest(parts)), lane.key, parts) == filled
    with pytest.raises(ValueError, match="other parts"):
        seal(envelope._replace(body="0" * 64), lane.key, parts)


def test_an_event_without_parts_is_an_event(lane: "LaneWriter") -> None:
    envelope, _ = lane.draft("entry.added")
    event = seal(envelope, lane.key, ())
    assert admit(from_wire(to_wire(event)), lane.key.public).body == body_digest(())


def test_what_is_admitted_is_what_was_signed(lane: "LaneWriter") -> None:
    event = lane.add("entry.added", {"text": "one"}, {"text": "two"})
    other = lane.add("entry.added", {"text": "three"}, {"text": "four"})
    false_events = [
        event._replace(sig=other.sig),
        event._replace(raw=event.raw.replace(b'"team"', b'"pals"')),
        event._replace(parts=other.parts),
        event._replace(parts=event.parts[::-1]),
        event._replace(parts=event.parts[:1]),
        event._replace(parts=(event.parts[0], event.parts[1]._replace(salt=bytes(16)))),
    ]
    for false in false_events:
        with pytest.raises(TrustError):
            admit(false, lane.key.public)
    with pytest.raises(TrustError):
        admit(event, SigningKey.generate().public)
    assert admit(event, lane.key.public)


def test_a_signed_part_that_cannot_be_read_is_not_admitted(lane: "LaneWriter") -> None:
    # A device may sign anything: what nobody could fold must not get as far as the fold.
    envelope, _ = lane.draft("entry.added")
    bad = seal(envelope, lane.key, (bodies.seal_part(bytes(16), b"no object"),))
    with pytest.raises(BadInput):
        admit(bad, lane.key.public)


@pytest.mark.parametrize(
    "sizes",
    [[bodies.MAX_PART * 4], [bodies.MAX_PART] * 5, [64] * (bodies.MAX_PARTS + 1)],
    ids=["part", "body", "count"],
)
def test_too_large_a_body_is_refused_at_every_door(lane: "LaneWriter", sizes: list[int]) -> None:
    parts = tuple(bodies.seal_part(bytes(16), b"{}".ljust(size)) for size in sizes)
    envelope, _ = lane.draft("entry.added")
    with pytest.raises(BadInput, match="the limit is"):
        seal(envelope, lane.key, parts)
    raw = encode(envelope._replace(body=body_digest(parts)))
    signed = SignedEvent(raw, lane.key.sign("event", bytes.fromhex(event_id(raw))), parts)
    with pytest.raises(BadInput, match="the limit is"):
        from_wire(to_wire(signed))
    with pytest.raises(BadInput, match="the limit is"):
        admit(signed, lane.key.public)


def _wire(**changes: Any) -> dict[str, Any]:
    return {**to_wire(_plain(SigningKey.from_raw(bytes(32)), make_parts([{"a": 1}], bytes))), **changes}


SALT = "A" * 22 + "=="
LEAF = "A" * 43 + "="
REFUSED: dict[str, Any] = {
    "no object": [],
    "more": _wire(x=1),
    "without parts": {k: v for k, v in _wire().items() if k != "p"},
    "envelope no text": _wire(e=1),
    "envelope bytes": _wire(e=b"{}"),
    "half a character": _wire(e="\ud800"),
    "signature missing": _wire(s=None),
    "signature short": _wire(s="AAAA"),
    "signature no base64": _wire(s="!" * 88),
    "signature in two lines": _wire(s=_wire()["s"][:44] + "\n" + _wire()["s"][44:]),
    "signature url-safe": _wire(s="_" * 86 + "=="),
    "signature unpadded": _wire(s=_wire()["s"].rstrip("=")),
    "signature spelled otherwise": _wire(s="A" * 85 + "B=="),
    "parts no list": _wire(p={}),
    "part no object": _wire(p=["x"]),
    "part empty": _wire(p=[{}]),
    "salt alone": _wire(p=[{"salt": SALT}]),
    "data alone": _wire(p=[{"data": "e30="}]),
    "salt short": _wire(p=[{"salt": "AAAA", "data": "e30="}]),
    "leaf short": _wire(p=[{"leaf": SALT}]),
    "leaf beside data": _wire(p=[{"leaf": LEAF, "salt": SALT, "data": "e30="}]),
    "too many parts": _wire(p=[{"leaf": LEAF}] * (bodies.MAX_PARTS + 1)),
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_any_other_form_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        from_wire(value)


def test_the_form_the_refusals_start_from_is_taken() -> None:
    assert from_wire(_wire(p=[{"leaf": LEAF}, {"salt": SALT, "data": "e30="}])).parts[0].data is None


def test_a_malformed_envelope_is_named_on_arrival() -> None:
    with pytest.raises(EnvelopeError) as caught:
        from_wire(_wire(e=_wire()["e"].replace('"team"', '"Team"')))
    assert caught.value.field == "scope"

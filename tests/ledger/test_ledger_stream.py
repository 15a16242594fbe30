"""Streams: ids that follow from what their genesis states, and lanes that say under which certificate."""

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from ircockpit.core.errors import TrustError
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FormatError
from ircockpit.ledger.parts import drop
from ircockpit.ledger.stream import (
    KINDS,
    LANE_OPENED,
    STREAM_OPENED,
    Genesis,
    is_closed,
    read_genesis,
    read_opening,
    stream_id,
)

if TYPE_CHECKING:
    from tests.ledger.conftest import Org

ORG = "ab" * 32
NONCE = bytes(range(16))


def test_a_stream_id_is_the_digest_of_what_it_is() -> None:
    digest = hashlib.sha256(b"ircockpit/stream/1\0" + bytes.fromhex(ORG) + b"incident\0" + NONCE).digest()
    made = uuid.UUID(stream_id(ORG, "incident", NONCE))
    assert made.version == 8
    assert made.variant == uuid.RFC_4122
    assert made.bytes[:6] == digest[:6]
    assert made.bytes[9:] == digest[9:16]
    assert len({stream_id(ORG, kind, NONCE) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize(
    ("org", "kind", "nonce"), [("ab", "incident", NONCE), (ORG, "Case", NONCE), (ORG, "incident", NONCE[:-1])]
)
def test_anything_else_has_no_id(org: str, kind: str, nonce: bytes) -> None:
    with pytest.raises(ValueError, match="a stream needs"):
        stream_id(org, kind, nonce)


def test_a_kind_of_a_later_version_is_read_and_is_for_the_fewest(org: "Org") -> None:
    genesis = Genesis(org.id, "case", NONCE.hex(), False)
    lane = org.lane("anna")
    envelope, parts = lane.draft(STREAM_OPENED, genesis.part())
    event = seal(envelope._replace(stream=genesis.stream, ent=genesis.stream), lane.key, parts)
    assert read_genesis(event) == genesis
    assert [kind for kind in (*KINDS, genesis.kind) if is_closed(kind)] == ["privileged", "case"]


def test_openings_are_read_back(org: "Org") -> None:
    lane = org.lane("anna", opens_stream=True)
    opening = read_opening(lane.events[0])
    assert opening is not None
    assert opening.certificate in org.trusted()
    assert opening.predecessor is None
    assert read_genesis(lane.events[1]) == org.genesis
    assert org.genesis.stream == lane.events[1].envelope.stream


def test_a_redacted_opening_says_nothing_and_breaks_nothing(org: "Org") -> None:
    lane = org.lane("anna", opens_stream=True)
    redacted = [event._replace(parts=tuple(map(drop, event.parts))) for event in lane.events]
    assert read_opening(redacted[0]) is None
    assert read_genesis(redacted[1]) is None


def opened(org: "Org", type_: str, stated: dict[str, Any]) -> SignedEvent:
    lane = org.lane("anna")
    envelope, parts = lane.draft(type_, stated)
    return seal(envelope, lane.key, parts)


def test_a_genesis_of_another_stream_is_found(org: "Org") -> None:
    for change in ({"nonce": "00" * 16}, {"kind": "intake"}, {"org": ORG}):
        event = opened(org, STREAM_OPENED, {**org.genesis.part(), **change})
        with pytest.raises(TrustError, match="not the one"):
            read_genesis(event)
    assert read_genesis(opened(org, STREAM_OPENED, org.genesis.part())) == org.genesis


@pytest.mark.parametrize(
    ("change", "field"),
    [({"drill": 1}, "drill"), ({"drill": None}, "drill"), ({"kind": "Case"}, "kind"),
     ({"nonce": "00"}, "nonce"), ({"more": 1}, "more")],
)  # fmt: skip
def test_a_malformed_genesis_is_named(org: "Org", change: dict[str, Any], field: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_genesis(opened(org, STREAM_OPENED, {**org.genesis.part(), **change}))
    assert caught.value.field == field


def test_other_events_open_nothing(org: "Org") -> None:
    event = opened(org, "entry.added", {"certificate": ORG, "predecessor": None})
    with pytest.raises(FormatError):
        read_opening(event)
    with pytest.raises(FormatError):
        read_genesis(event)
    with pytest.raises(FormatError):
        read_opening(opened(org, LANE_OPENED, {"certificate": ORG, "predecessor": "x"}))
    with pytest.raises(FormatError):
        read_opening(event._replace(parts=()))

"""Verification finds what was done to a record and says where; and says nothing of a record left alone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ircockpit.ledger import merkle, receipt
from ircockpit.ledger.checkpoint import Checkpoint, Origin
from ircockpit.ledger.envelope import EnvelopeError, Seen
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.parts import drop
from ircockpit.ledger.receipt import Receipt
from ircockpit.ledger.signing import verify as honest_verify
from ircockpit.ledger.stream import LANE_OPENED, STREAM_OPENED
from ircockpit.ledger.verify import Finding, Kind, Lane, Prefix, verify_history, verify_lanes

if TYPE_CHECKING:
    from tests.ledger.conftest import LaneWriter, Org

BOTH = pytest.mark.parametrize("heads_only", [False, True], ids=["every signature", "heads only"])


@pytest.fixture
def anna(org: "Org") -> "LaneWriter":
    return org.lane("anna", opens_stream=True).fill(8)


@pytest.fixture
def bert(org: "Org", anna: "LaneWriter") -> "LaneWriter":
    lane = org.lane("bert")
    lane.add("field.set", {"value": 2}, field="severity", base=(anna.events[4].id, anna.events[7].id))
    return lane.fill(4)


def ids_of(events: Sequence[SignedEvent]) -> set[str]:
    return {event.id for event in events}


def where(findings: list[Finding]) -> list[tuple[Kind, int]]:
    return [(finding.kind, finding.n) for finding in findings]


@BOTH
def test_a_record_left_alone_gives_no_finding(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter", heads_only: bool
) -> None:
    redacted = [event._replace(parts=tuple(map(drop, event.parts))) for event in bert.events]
    mixed = [e for pair in zip(anna.events, bert.events, strict=False) for e in pair] + anna.events[6:]
    heads = {
        Lane(org.stream, lane.events[0].envelope.device, lane.epoch): (len(lane.events), lane.events[-1].id)
        for lane in (anna, bert)
    }
    for events in (
        [*anna.events, *bert.events],
        [*bert.events, *anna.events],
        [*anna.events, *redacted],
        mixed,
    ):
        assert ids_of(events) == ids_of([*anna.events, *bert.events])
        assert verify_lanes(events, org.trusted(), heads_only=heads_only, heads=heads) == []
    assert verify_lanes(anna.events[:5], org.trusted(), heads_only=heads_only) == []
    assert verify_lanes(bert.events, org.trusted(), heads_only=heads_only) == []
    assert verify_lanes([], org.trusted()) == []


@BOTH
@pytest.mark.parametrize("place", range(10))
def test_a_flipped_byte_anywhere_is_found_in_its_event(
    org: "Org", anna: "LaneWriter", place: int, heads_only: bool
) -> None:
    event = anna.events[place]
    for position in range(0, len(event.raw), 5):
        raw = bytearray(event.raw)
        raw[position] ^= 1
        changed = event._replace(raw=bytes(raw))
        given = [*anna.events[:place], changed, *anna.events[place + 1 :]]
        findings = verify_lanes(given, org.trusted(), heads_only=heads_only)
        at_fault = [f for f in findings if f.event_id == changed.id]
        assert len(at_fault) == 1, (position, findings)
        assert at_fault[0].kind in (Kind.ALTERED, Kind.UNREADABLE, Kind.CERTIFICATE)
        # Nothing else is said but that the event's own place is empty, where the place itself was changed.
        assert {(f.kind, f.n) for f in findings if f not in at_fault} <= {(Kind.MISSING, place + 1)}


def test_a_flipped_byte_in_a_signature_is_found(org: "Org", anna: "LaneWriter") -> None:
    for place, event in enumerate(anna.events):
        sig = bytearray(event.sig)
        sig[place] ^= 1
        given = [*anna.events[:place], event._replace(sig=bytes(sig)), *anna.events[place + 1 :]]
        assert where(verify_lanes(given, org.trusted())) == [(Kind.ALTERED, place + 1)]
        # The hash chain vouches for the envelope without it; only the head's signature is looked at.
        found = verify_lanes(given, org.trusted(), heads_only=True)
        assert where(found) == ([(Kind.ALTERED, 10)] if place == 9 else [])


@BOTH
def test_a_dropped_event_is_found_with_its_id(org: "Org", anna: "LaneWriter", heads_only: bool) -> None:
    for place in range(9):
        given = anna.events[:place] + anna.events[place + 1 :]
        (finding,) = verify_lanes(given, org.trusted(), heads_only=heads_only)
        assert (finding.kind, finding.n) == (Kind.MISSING, place + 1)
        assert finding.event_id == anna.events[place].id
        assert finding.stream == org.stream
        assert finding.epoch == anna.epoch
    (finding,) = verify_lanes(anna.events[:2] + anna.events[6:], org.trusted(), heads_only=heads_only)
    assert (finding.kind, finding.n, finding.event_id) == (Kind.MISSING, 3, anna.events[5].id)
    assert "events 3 to 6 are missing" in finding.detail


def test_a_cut_tail_is_found_by_whoever_knows_the_head(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter"
) -> None:
    lane = Lane(org.stream, anna.events[0].envelope.device, anna.epoch)
    heads = {lane: (10, anna.events[-1].id)}
    trusted = org.trusted()
    assert verify_lanes(anna.events, trusted, heads=heads) == []
    assert where(verify_lanes(anna.events[:-1], trusted, heads=heads)) == [(Kind.MISSING, 10)]
    (cut,) = verify_lanes(anna.events[:4], trusted, heads=heads)
    assert (cut.kind, cut.n, cut.detail) == (
        Kind.MISSING,
        5,
        "events 5 to 10 are missing at the end of the lane",
    )
    (gone,) = verify_lanes(bert.events, trusted, heads=heads)
    assert (gone.kind, gone.event_id) == (Kind.MISSING, anna.events[-1].id)
    # Control: a signed record says nothing of its own end.
    assert verify_lanes(anna.events[:4], trusted) == []
    # A lane that grew since the head was noted is whole.
    assert verify_lanes(anna.events, trusted, heads={lane: (3, anna.events[2].id)}) == []
    (other,) = verify_lanes(anna.events, trusted, heads={lane: (3, "00" * 32)})
    assert (other.kind, other.n) == (Kind.MISSING, 3)


@BOTH
def test_re_ordered_events_are_found(org: "Org", anna: "LaneWriter", heads_only: bool) -> None:
    events = anna.events
    swapped = [*events[:4], events[5], events[4], *events[6:]]
    (finding,) = verify_lanes(swapped, org.trusted(), heads_only=heads_only)
    assert finding.kind is Kind.REORDERED
    assert finding.n in (5, 6)
    moved = [*events[:2], *events[3:], events[2]]
    assert where(verify_lanes(moved, org.trusted(), heads_only=heads_only)) == [(Kind.REORDERED, 3)]
    backwards = verify_lanes(events[::-1], org.trusted(), heads_only=heads_only)
    assert len(backwards) == 9
    assert {finding.kind for finding in backwards} == {Kind.REORDERED}


@BOTH
def test_a_replayed_event_is_found(org: "Org", anna: "LaneWriter", heads_only: bool) -> None:
    given = [*anna.events[:5], anna.events[4], *anna.events[5:]]
    assert where(verify_lanes(given, org.trusted(), heads_only=heads_only)) == [(Kind.REPEATED, 5)]


@BOTH
def test_changed_parts_are_found(org: "Org", anna: "LaneWriter", heads_only: bool) -> None:
    event = anna.add("entry.added", {"text": "one"}, {"text": "two"})
    anna.fill(1)
    changed = event.parts[1]._replace(data=b'{"text":"TWO"}'.ljust(64))
    for parts in (
        (event.parts[0], changed),
        event.parts[:1],
        event.parts[::-1],
        (*event.parts, event.parts[0]),
    ):
        given = [e if e.id != event.id else e._replace(parts=parts) for e in anna.events]
        (finding,) = verify_lanes(given, org.trusted(), heads_only=heads_only)
        assert (finding.kind, finding.n, finding.event_id) == (Kind.BODY, 11, event.id)
    given = [
        e if e.id != event.id else e._replace(parts=(event.parts[0], drop(event.parts[1])))
        for e in anna.events
    ]
    assert verify_lanes(given, org.trusted(), heads_only=heads_only) == []


@BOTH
def test_an_event_signed_again_with_another_key_is_found(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter", heads_only: bool
) -> None:
    forged = seal(anna.events[5].envelope._replace(scope="world"), bert.key, anna.events[5].parts)
    given = [*anna.events[:5], forged, *anna.events[6:]]
    assert where(verify_lanes(given, org.trusted(), heads_only=heads_only)) == [(Kind.ALTERED, 6)]


@BOTH
def test_a_tail_rewritten_by_the_device_is_a_fork(org: "Org", anna: "LaneWriter", heads_only: bool) -> None:
    written = list(anna.events)
    del anna.events[6:]
    anna.add("entry.added", {"text": "a different story"})
    anna.fill(1)
    rewritten = anna.events[6:]
    findings = verify_lanes([*written, *rewritten], org.trusted(), heads_only=heads_only)
    assert {(f.kind, f.n) for f in findings if f.kind is not Kind.REORDERED} == {
        (Kind.FORK, 7),
        (Kind.FORK, 8),
    }
    in_order = sorted([*written, *rewritten], key=lambda event: event.envelope.n)
    assert where(verify_lanes(in_order, org.trusted(), heads_only=heads_only)) == [
        (Kind.FORK, 7),
        (Kind.FORK, 8),
    ]


def signed(lane: "LaneWriter", type_: str = "entry.added", stated: Any = None, **changes: Any) -> SignedEvent:
    envelope, parts = lane.draft(type_, {"text": "x"} if stated is None else stated)
    return seal(envelope._replace(**changes), lane.key, parts)


def test_a_signed_event_that_breaks_the_chain_is_found(org: "Org", anna: "LaneWriter") -> None:
    given = [*anna.events, signed(anna, prev=anna.events[3].id, lam=5)]
    (finding,) = verify_lanes(given, org.trusted())
    assert (finding.kind, finding.n) == (Kind.CHAIN, 11)
    assert verify_lanes([*anna.events, signed(anna)], org.trusted()) == []


def test_a_wrong_lamport_number_is_found(org: "Org", anna: "LaneWriter") -> None:
    trusted = org.trusted()
    for lam in (1, 10, 12, 2**53 - 1):
        (finding,) = verify_lanes([*anna.events, signed(anna, lam=lam)], trusted)
        assert (finding.kind, finding.n) == (Kind.LAMPORT, 11)
        assert f"is {lam}, it must be 11" in finding.detail
    assert verify_lanes([*anna.events, signed(anna, lam=11)], trusted) == []


def test_a_lamport_number_counts_what_it_replaces(org: "Org", anna: "LaneWriter") -> None:
    lane = org.lane("bert")
    good, low, high = (signed(lane, lam=lam, base=(anna.events[7].id,)) for lam in (9, 2, 10))
    trusted = org.trusted()
    assert verify_lanes([*anna.events, *lane.events, good], trusted) == []
    for wrong in (low, high):
        (finding,) = verify_lanes([*anna.events, *lane.events, wrong], trusted)
        assert (finding.kind, finding.n) == (Kind.LAMPORT, 2)
    # Where the event referred to is not given, only a lower bound is known.
    assert verify_lanes([*lane.events, high], trusted) == []
    assert where(verify_lanes([*lane.events, signed(lane, lam=1, base=(anna.events[7].id,))], trusted)) == [
        (Kind.LAMPORT, 2)
    ]


def test_the_hub_history_an_author_saw_is_held_against_the_one_known(org: "Org", anna: "LaneWriter") -> None:
    lane = org.lane("bert")
    root = "ab" * 32
    trusted = org.trusted()

    def prefix(stream: str, seen: Seen) -> Prefix | None:
        assert stream == org.stream
        return Prefix(40, root) if seen.gen == 1 else None

    def findings(lam: int, seen: Seen) -> list[tuple[Kind, int]]:
        return where(verify_lanes([*lane.events, signed(lane, lam=lam, seen=seen)], trusted, prefix=prefix))

    assert findings(41, Seen(1, 9, root)) == []
    assert findings(2, Seen(1, 9, root)) == [(Kind.LAMPORT, 2)]
    assert findings(42, Seen(1, 9, root)) == [(Kind.LAMPORT, 2)]
    assert findings(41, Seen(1, 9, "cd" * 32)) == [(Kind.HISTORY, 2)]
    assert findings(77, Seen(2, 9, root)) == []


def test_without_a_trusted_certificate_nothing_is_vouched_for(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter"
) -> None:
    only_bert = {ident: c for ident, c in org.trusted().items() if c.device == bert.events[0].envelope.device}
    (finding,) = verify_lanes([*anna.events, *bert.events], only_bert)
    assert (finding.kind, finding.n, finding.event_id) == (Kind.CERTIFICATE, 1, anna.events[0].id)
    assert finding.device == anna.events[0].envelope.device
    # A certificate of another device, though trusted, does not stand for this one.
    borrowed = {ident: next(iter(only_bert.values())) for ident in org.trusted()}
    assert (Kind.CERTIFICATE, 1) in where(verify_lanes(anna.events, borrowed))


def test_a_lane_whose_opening_is_not_held_is_checked_with_the_devices_own_keys(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter"
) -> None:
    redacted = anna.events[0]._replace(parts=tuple(map(drop, anna.events[0].parts)))
    assert verify_lanes([redacted, *anna.events[1:]], org.trusted()) == []
    assert where(verify_lanes(anna.events[1:], org.trusted())) == [(Kind.MISSING, 1)]
    stranger = {i: c for i, c in org.trusted().items() if c.device == bert.events[0].envelope.device}
    assert where(verify_lanes([redacted, *anna.events[1:]], stranger)) == [(Kind.CERTIFICATE, 1)]


def test_lanes_and_streams_must_be_opened_as_they_are(org: "Org", anna: "LaneWriter") -> None:
    trusted = org.trusted()
    opening = {"certificate": "00" * 32, "predecessor": None}
    assert where(verify_lanes([*anna.events, signed(anna, LANE_OPENED, opening)], trusted)) == [
        (Kind.OPENING, 11)
    ]
    late = signed(anna, STREAM_OPENED, org.genesis.part())
    assert where(verify_lanes([*anna.events, late], trusted)) == [(Kind.OPENING, 11)]
    unopened = org.lane("bert")
    unopened.events.clear()
    assert where(verify_lanes([signed(unopened)], org.trusted())) == [(Kind.OPENING, 1)]


def test_a_stream_is_opened_once(org: "Org", anna: "LaneWriter") -> None:
    # The second genesis names the same stream, as a drill: which one is true is not for the reader to guess.
    lane = org.lane("bert")
    second = signed(lane, STREAM_OPENED, {**org.genesis.part(), "drill": True})
    findings = verify_lanes([*anna.events, *lane.events, second], org.trusted())
    assert where(findings) == [(Kind.OPENING, 2), (Kind.OPENING, 2)]
    assert {finding.event_id for finding in findings} == {anna.events[1].id, second.id}
    other = signed(lane, STREAM_OPENED, {**org.genesis.part(), "nonce": "00" * 16})
    assert where(verify_lanes([*lane.events, other], org.trusted())) == [(Kind.OPENING, 2)]


def test_bytes_that_are_no_event_are_named_by_their_place(org: "Org", anna: "LaneWriter") -> None:
    given = [*anna.events[:3], SignedEvent(b"junk", bytes(64), ()), *anna.events[3:]]
    (finding,) = verify_lanes(given, org.trusted())
    assert finding.kind is Kind.UNREADABLE
    assert "event 4 of those given" in finding.detail
    with pytest.raises(EnvelopeError):
        _ = given[3].envelope


def test_heads_only_checks_one_signature_for_each_lane(
    org: "Org", anna: "LaneWriter", bert: "LaneWriter", monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []

    def counted(public: bytes, purpose: str, digest: bytes, sig: bytes) -> bool:
        checked.append(digest)
        return honest_verify(public, purpose, digest, sig)

    monkeypatch.setattr("ircockpit.ledger.verify.verify", counted)
    given = [*anna.events, *bert.events]
    assert verify_lanes(given, org.trusted(), heads_only=True) == []
    assert checked == [bytes.fromhex(anna.events[-1].id), bytes.fromhex(bert.events[-1].id)]
    checked.clear()
    assert verify_lanes(given, org.trusted()) == []
    assert len(checked) == len(given)


@pytest.fixture(scope="session")
def two_lanes(make_org: "Callable[[str], Org]") -> tuple["Org", list[SignedEvent]]:
    org = make_org("two lanes")
    anna, bert = org.lane("anna", opens_stream=True).fill(4), org.lane("bert").fill(3)
    return org, [*anna.events, *bert.events]


@settings(max_examples=60)
@given(data=st.data())
def test_any_mix_of_drops_and_moves_is_found_and_located(
    two_lanes: tuple["Org", list[SignedEvent]], data: st.DataObject
) -> None:
    org, events = two_lanes
    dropped = data.draw(st.sets(st.integers(0, len(events) - 1), max_size=4))
    kept = [event for index, event in enumerate(events) if index not in dropped]
    given = data.draw(st.permutations(kept)) if data.draw(st.booleans()) else kept
    findings = verify_lanes(given, org.trusted(), heads_only=data.draw(st.booleans()))
    lanes: dict[Lane, list[int]] = {}
    for event in given:
        envelope = event.envelope
        lanes.setdefault(Lane(envelope.stream, envelope.device, envelope.epoch), []).append(envelope.n)
    gaps = {
        (lane, n)
        for lane, places in lanes.items()
        for n in range(1, max(places))
        if n not in places and (n == 1 or n - 1 in places)
    }
    assert {(Lane(*f[1:4]), f.n) for f in findings if f.kind is Kind.MISSING} == gaps
    rising = all(places == sorted(places) for places in lanes.values())
    assert rising == (not [f for f in findings if f.kind is Kind.REORDERED])
    assert {f.kind for f in findings} <= {Kind.MISSING, Kind.REORDERED}


class History:
    """A hub's receipts of some events, as bytes, with the checkpoint over them."""

    def __init__(self, org: "Org", events: list[SignedEvent]) -> None:
        self.receipts = [
            receipt.encode(Receipt(seq, event.id, receipt.sig_hash(event.sig), "accepted", seq))
            for seq, event in enumerate(events, 1)
        ]
        root = merkle.root([receipt.leaf(raw) for raw in self.receipts])
        self.checkpoint = Checkpoint(Origin(org.id, org.stream, 1).text, len(events), root.hex())
        self.held = {event.id: receipt.sig_hash(event.sig) for event in events}


def test_a_history_left_alone_gives_no_finding(org: "Org", anna: "LaneWriter") -> None:
    history = History(org, anna.events)
    assert verify_history(history.receipts, history.checkpoint, history.held) == []
    assert verify_history(history.receipts, history.checkpoint) == []


def test_every_change_of_a_history_is_found(org: "Org", anna: "LaneWriter") -> None:
    history = History(org, anna.events)
    seqs = history.receipts

    def found(receipts: list[bytes], held: dict[str, str] | None = None) -> list[tuple[Kind, int]]:
        return where(verify_history(receipts, history.checkpoint, held))

    whole = (Kind.HISTORY, 0)
    assert found(seqs[:-1]) == [whole]
    assert found(seqs[:4] + seqs[5:]) == [(Kind.MISSING, 5), whole]
    assert found([*seqs[:4], seqs[5], seqs[4], *seqs[6:]]) == [(Kind.MISSING, 5), (Kind.REORDERED, 5), whole]
    assert found([*seqs[:4], b"junk", *seqs[5:]]) == [(Kind.UNREADABLE, 5), whole]
    assert found([*seqs[:4], seqs[4].replace(b"accepted", b"quarantined:role"), *seqs[5:]]) == [whole]
    missing = {ident: sig for ident, sig in history.held.items() if ident != anna.events[2].id}
    assert found(seqs, missing) == [(Kind.MISSING, 3)]
    exchanged = {**history.held, anna.events[2].id: "00" * 32}
    assert found(seqs, exchanged) == [(Kind.ALTERED, 3)]

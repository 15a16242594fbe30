"""Revocation cuts lanes by event id: before the cut all stays good, after it nothing does, in any order."""

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ircockpit.core.errors import BadInput
from ircockpit.core.ids import named_uuid
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FormatError
from ircockpit.ledger.revocation import (
    AFTER,
    DEVICE_REVOKED,
    UNPLACED,
    Cut,
    Cuts,
    Revocation,
    gathered,
    in_parts,
    read_revocation,
)
from ircockpit.ledger.verify import Kind, verify_lanes

if TYPE_CHECKING:
    from tests.ledger.conftest import LaneWriter, Org


@pytest.fixture
def lane(org: "Org") -> "LaneWriter":
    return org.lane("anna", opens_stream=True).fill(6)


def cut_at(event: SignedEvent) -> Cut:
    envelope = event.envelope
    return Cut(envelope.stream, envelope.epoch, envelope.n, event.id)


def revoked(*events: SignedEvent) -> Revocation:
    return Revocation(named_uuid("device", "anna"), tuple(map(cut_at, events)), "laptop stolen")


def judged(events: list[SignedEvent], *revocations: Revocation) -> dict[str, str]:
    """What is said of each event when exactly these are held, by id."""
    held = {event.id: event.envelope.prev or "" for event in events}
    cuts = Cuts(revocations)
    found = {}
    for event in events:
        e = event.envelope
        found[event.id] = cuts.doubt(e.stream, e.device, e.epoch, e.n, event.id, held.get)
    return found


def rival(lane: "LaneWriter", place: int) -> SignedEvent:
    """Another event at a place of the lane, signed with the device's own key: a thief's."""
    honest = lane.events[place - 1].envelope
    envelope, parts = lane.draft(
        "entry.added", {"text": "forged"}, n=place, prev=honest.prev, lam=honest.lam, wall=5
    )
    return seal(envelope, lane.key, parts)


def test_before_the_cut_all_stands_after_it_nothing(lane: "LaneWriter") -> None:
    said = judged(lane.events, revoked(lane.events[3]))
    assert [said[event.id] for event in lane.events] == [""] * 4 + [AFTER] * 4
    assert set(judged(lane.events).values()) == {""}  # nobody is revoked
    other = Revocation(named_uuid("device", "bert"), (), "")
    assert set(judged(lane.events, other).values()) == {""}


def test_a_lane_that_is_not_named_is_cut_whole(org: "Org", lane: "LaneWriter") -> None:
    fresh = org.lane("anna", epoch="f" * 16).fill(2)
    said = judged([*lane.events, *fresh.events], revoked(lane.events[-1]))
    assert {said[event.id] for event in lane.events} == {""}
    assert {said[event.id] for event in fresh.events} == {AFTER}


def test_a_thiefs_rival_before_the_cut_does_not_count(lane: "LaneWriter") -> None:
    forged = rival(lane, 3)
    said = judged([*lane.events, forged], revoked(lane.events[5]))
    assert said[forged.id] == AFTER
    assert [said[event.id] for event in lane.events[:6]] == [""] * 6
    # The control: a rule that goes by number alone would let it count.
    assert forged.envelope.n <= lane.events[5].envelope.n


def test_until_the_cut_is_held_nothing_is_taken_for_granted(lane: "LaneWriter") -> None:
    forged = rival(lane, 3)
    said = judged([*lane.events[:4], forged], revoked(lane.events[5]))
    assert set(said.values()) == {UNPLACED}
    said = judged([lane.events[4], lane.events[5], forged], revoked(lane.events[5]))
    assert said == {lane.events[4].id: "", lane.events[5].id: "", forged.id: UNPLACED}


def test_two_revocations_only_cut_deeper(lane: "LaneWriter") -> None:
    for both in permutations((revoked(lane.events[5]), revoked(lane.events[2]))):
        said = judged(lane.events, *both)
        assert [said[event.id] for event in lane.events] == [""] * 3 + [AFTER] * 5
    assert set(judged(lane.events, revoked(lane.events[5]), revoked()).values()) == {AFTER}


@given(st.data())
def test_the_order_of_arrival_changes_nothing(make_org: Any, data: st.DataObject) -> None:
    org = make_org("org")
    lane = org.lane("anna", opens_stream=True).fill(5)
    forged = rival(lane, data.draw(st.integers(2, 7)))
    events = [*lane.events, forged]
    revocations = [revoked(lane.events[data.draw(st.integers(0, 6))]) for _ in range(2)]
    expected = judged(events, *revocations)
    links: dict[str, str] = {}
    # One rule object while everything comes in, as a workstation has it: what it has walked must not mislead.
    cuts = Cuts(data.draw(st.permutations(revocations)))

    def said(event: SignedEvent) -> str:
        e = event.envelope
        return cuts.doubt(e.stream, e.device, e.epoch, e.n, event.id, links.get)

    for event in data.draw(st.permutations(events)):
        links[event.id] = event.envelope.prev or ""
        for held in events:
            if held.id in links:  # what counted once is never taken back by an arrival
                assert said(held) or not expected[held.id]
    assert {event.id: said(event) for event in events} == expected


def test_verification_finds_what_was_written_after_the_cut(org: "Org", lane: "LaneWriter") -> None:
    other = org.lane("bert").fill(3)
    events = [*lane.events, *other.events]
    found = verify_lanes(events, org.trusted(), cuts=Cuts([revoked(lane.events[5])]))
    assert [(each.kind, each.n, each.device) for each in found] == [
        (Kind.REVOKED, 7, named_uuid("device", "anna")),
        (Kind.REVOKED, 8, named_uuid("device", "anna")),
    ]
    assert verify_lanes(events, org.trusted(), cuts=Cuts([revoked(lane.events[-1])])) == []
    assert verify_lanes(events, org.trusted()) == []


def stating(org: "Org", op: str, *revocations: Revocation) -> list[SignedEvent]:
    """Events of an authority stream, written in one act."""
    writer = org.lane("hub")
    return [
        writer.add(DEVICE_REVOKED, each.part(), {"reason": each.reason}, op=named_uuid("op", op))
        for each in revocations
    ]


def lanes(count: int, first: int = 0) -> tuple[Cut, ...]:
    return tuple(
        Cut(f"00000000-0000-8000-8000-{i:012x}", f"{i:016x}", 2**53 - 1, f"{i:064x}")
        for i in range(first, first + count)
    )


def test_one_event_holds_as_many_lanes_as_it_is_given_with_the_longest_reason(org: "Org") -> None:
    revocation = Revocation(
        named_uuid("device", "anna"), lanes(1000), "\U0001f525" * 500, named_uuid("user", "x")
    )
    pieces = in_parts(revocation)
    assert [len(each.lanes) for each in pieces] == [300, 300, 300, 100]
    assert gathered(reversed(stating(org, "act", *pieces))) == [revocation]
    with pytest.raises(BadInput):  # the control: not many more would fit
        stating(org, "more", revocation._replace(lanes=lanes(400)))
    assert in_parts(revocation._replace(lanes=())) == [revocation._replace(lanes=())]


@given(st.data())
def test_what_one_act_states_is_one_revocation_in_any_order(make_org: Any, data: st.DataObject) -> None:
    org = make_org("org")
    anna = Revocation(named_uuid("device", "anna"), (), "stolen")
    pieces = [anna._replace(lanes=lanes(2)), anna._replace(lanes=lanes(2, 2))]
    bert = Revocation(named_uuid("device", "bert"), lanes(1, 9), "")
    events = [*stating(org, "one", *pieces, bert), *stating(org, "two", anna._replace(lanes=lanes(3, 1)))]
    noise = stating(org, "one")
    noise += [org.lane("hub").add("member.role", {}), org.lane("hub").add(DEVICE_REVOKED, {"device": "x"})]
    given_ = data.draw(st.permutations([*events, events[0], *noise]))
    assert {(each.device, each.lanes) for each in gathered(given_)} == {
        (anna.device, lanes(4)), (anna.device, lanes(3, 1)), (bert.device, bert.lanes),
    }  # fmt: skip
    assert gathered(given_) == gathered(events)
    # Another act of the same device stands beside the first: what either leaves out does not count.
    cuts = Cuts(gathered(events))
    assert cuts.lanes(anna.device) == 3
    assert [cuts.named(c.stream, anna.device, c.epoch, c.event_id) for c in lanes(4)] == [
        False,
        True,
        True,
        True,
    ]


@given(st.data())
def test_what_is_new_to_a_record_without_gaps_needs_no_walk(make_org: Any, data: st.DataObject) -> None:
    org = make_org("org")
    lane = org.lane("anna", opens_stream=True).fill(4)
    forged = rival(lane, data.draw(st.integers(2, 6)))
    ends = data.draw(st.lists(st.sampled_from([*lane.events, forged]), min_size=1, max_size=2, unique=True))
    cuts, walking = Cuts([revoked(*ends)]), Cuts([revoked(*ends)])
    order = [event for event in lane.events if data.draw(st.booleans()) or event is not lane.events[-1]]
    place = next(i for i, event in enumerate(order) if event.id == forged.envelope.prev)
    order.insert(data.draw(st.integers(place + 1, len(order))), forged)
    held: dict[str, str] = {}
    for event in order:  # as a hub takes them in: each after the one it follows
        e = event.envelope
        links = {**held, event.id: e.prev or ""}
        said = cuts.doubt_of_new(e.stream, e.device, e.epoch, e.n, event.id, held.__contains__)
        assert said == walking.doubt(e.stream, e.device, e.epoch, e.n, event.id, links.get)
        held = links


def test_a_chain_with_a_gap_is_not_walked_again_and_again(lane: "LaneWriter") -> None:
    cuts, asked = Cuts([revoked(lane.events[-1])]), []
    links = {event.id: event.envelope.prev or "" for event in lane.events[2:]}

    def before(ident: str) -> str | None:
        asked.append(ident)
        return links.get(ident)

    for _ in range(3):
        for event in lane.events[2:]:
            e = event.envelope
            assert cuts.doubt(e.stream, e.device, e.epoch, e.n, event.id, before) == ""
    assert len(set(asked)) == len(lane.events) - 1
    assert len(asked) == len(links) + 3 * len(links)  # each link once, and once for each question at the gap
    links |= {event.id: event.envelope.prev or "" for event in lane.events}
    assert judged(lane.events, revoked(lane.events[-1])) == dict.fromkeys(links, "")


def test_what_a_later_version_states_besides_does_not_undo_a_revocation(lane: "LaneWriter") -> None:
    stated = revoked(*lane.events[:3])._replace(reason="", by="")
    good = stated.part()
    lanes = [{**cut_at(event)._asdict(), "more": 1} for event in lane.events[:3]]
    for later in (
        {**good, "more": 1},
        {**good, "lanes": lanes},
        {"device": good["device"], "lanes": good["lanes"]},
    ):
        assert read_revocation(later) == stated


def test_what_is_stated_is_read_back_and_nothing_else_is(lane: "LaneWriter") -> None:
    stated = revoked(*lane.events[:3])
    assert read_revocation(stated.part(), stated.reason) == stated
    good = stated.part()
    for wrong in (
        {},
        {**good, "device": "anna"},
        {**good, "lanes": {}},
        {**good, "lanes": ["x"]},
        {**good, "lanes": [{**cut_at(lane.events[0])._asdict(), "n": 0}]},
        {**good, "lanes": [{**cut_at(lane.events[0])._asdict(), "n": True}]},
        {**good, "lanes": [{**cut_at(lane.events[0])._asdict(), "event_id": "x"}]},
        {**good, "by": "anna"},
    ):
        with pytest.raises(FormatError):
            read_revocation(wrong)

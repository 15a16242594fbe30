"""What a workstation finds good itself, against a hub that signs whatever it likes."""

import os
from typing import Any

import pytest
from tests.support.hub import set_field
from tests.support.lanes import Writer
from tests.sync.conftest import Team
from tests.sync.test_sync_doubt import admit, doubts

from ircockpit.core.adoption import TWICE
from ircockpit.core.jsontext import MAX_INTEGER
from ircockpit.features.erasure import scopes
from ircockpit.hub import admission
from ircockpit.ledger.envelope import LEAP, Seen
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.parts import Part, drop, make_parts, seal_part
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Workstation
from ircockpit.sync.intake import take_in
from ircockpit.sync.judge import BEYOND, body_fault

LOST = Seen(1, 9000, "ab" * 32)


def reach_lam(who: Workstation, stream: str) -> int:
    reach = who.log.reach(stream)
    assert reach is not None
    return reach.maxlam


@pytest.fixture
def lax(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub, holding its log key, that takes in any Lamport number."""
    monkeypatch.setattr(admission, "_lam_fault", lambda *_: "")


@pytest.mark.usefixtures("lax")
@pytest.mark.parametrize("certified", [True, False])
def test_a_hub_cannot_close_a_record_by_events_it_makes_up(
    team: Team, stream: str, writer: Writer, certified: bool
) -> None:
    if not certified:
        writer = Writer(SigningKey.generate())
    before = reach_lam(team.b, stream)
    opened = writer.open(stream)
    admit(team, writer, stream, opened, writer.write(stream, seen=LOST, lam=MAX_INTEGER))
    team.sync(team.b)
    assert reach_lam(team.b, stream) <= before + 1  # what counts is at most the opening of the lane
    ident = team.b.view.rows("SELECT id FROM incident")[0][0]
    set_field(team.b, ident, "severity", "SEV4")  # everybody can write there still
    assert team.b.view.rows("SELECT severity FROM incident") == [("SEV4",)]


def test_a_bad_number_followed_in_its_lane_raises_nobodys(team: Team, stream: str, writer: Writer) -> None:
    """An honest hub and a device that first writes a bad number, and then one that follows from it."""
    before = reach_lam(team.b, stream)
    bad = [writer.open(stream), writer.write(stream, lam=MAX_INTEGER - 9), writer.write(stream)]
    admit(team, writer, stream, *bad)
    team.sync(team.b)
    assert doubts(team) == ["quarantined:lamport"] * 2
    assert reach_lam(team.b, stream) <= before + 1


def test_what_was_in_doubt_for_want_of_a_certificate_counts_up_once_it_is_there(
    team: Team, stream: str, writer: Writer
) -> None:
    from tests.support.lanes import incoming

    team.hub.folder.store.append(
        stream,
        [incoming(each) for each in (writer.open(stream), *(writer.write(stream) for _ in range(40)))],
        1,
    )
    team.sync(team.b)
    low = reach_lam(team.b, stream)
    team.hub.folder.store.add_certificates([writer.certificate])
    team.sync(team.b)
    assert doubts(team) == []
    assert reach_lam(team.b, stream) == 41 > low
    ident = team.b.view.rows("SELECT id FROM incident")[0][0]
    set_field(team.b, ident, "severity", "SEV4")
    team.sync(team.b)
    assert team.hub.folder.store.counts().quarantined == 0


@pytest.mark.usefixtures("lax")
def test_the_entry_before_must_be_of_the_same_lane(
    team: Team, stream: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "_refusal", lambda *_: None)
    other = Writer(read_key(team.a.profile.root_key))
    foreign = [other.open(stream), other.write(stream)]
    admit(team, other, stream, *foreign)
    bad = [writer.open(stream), writer.write(stream, prev=foreign[0].id)]
    admit(team, writer, stream, *bad)
    team.sync(team.b)
    assert doubts(team) == ["what it names as the entry before it is not that"]


def test_a_leap_within_reach_is_no_fault(team: Team, stream: str, writer: Writer) -> None:
    """Control: another history may be far ahead, only not by more than a record has events."""
    for over, expected in ((0, ""), (1, BEYOND)):
        lone = Writer(read_key(team.a.profile.root_key))
        rows = [lone.open(stream), lone.write(stream, seen=LOST, lam=reach_lam(team.b, stream) + LEAP + over)]
        bring(team.b, stream, rows, lone)
        assert [each for each in doubts(team) if each] == [expected] * bool(expected)


def bring(who: Workstation, stream: str, events: list[SignedEvent], by: Writer) -> None:
    rows: list[dict[str, Any]] = [{"r": None, **to_wire(each)} for each in events]
    take_in(who.log, who.profile, who.identity, who.clock, stream, rows, certificates=[by.certificate])


def without(event: SignedEvent, *gone: int) -> SignedEvent:
    parts = tuple(drop(part) if i in gone else part for i, part in enumerate(event.parts))
    return event._replace(parts=parts)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_key_in_two_parts_is_found_as_soon_as_both_came_in_whatever_order(
    team: Team, stream: str, writer: Writer, order: tuple[int, int]
) -> None:
    opened = writer.open(stream)
    twice = writer.write(stream, parts=({"text": "one"}, {"text": "two"}))
    copies = [without(twice, gone) for gone in order]
    bring(team.b, stream, [opened, copies[0]], writer)
    assert doubts(team) == []  # of one part alone nothing can be told
    bring(team.b, stream, [copies[1]], writer)
    assert doubts(team) == [TWICE]
    bring(team.b, stream, [copies[0]], writer)
    team.sync(team.b)
    assert doubts(team) in ([TWICE], ["quarantined:parts"])


def test_the_hub_finds_a_key_that_stands_twice_whoever_brings_the_parts(
    team: Team, stream: str, writer: Writer
) -> None:
    twice = [writer.open(stream), writer.write(stream, parts=({"text": "one"}, {"text": "two"}))]
    bring(team.b, stream, twice, writer)
    team.sync(team.b)
    team.sync(team.a)
    assert [stored.doubt for stored in team.a.log.of_stream(stream) if stored.doubt] == ["quarantined:parts"]


def test_a_part_that_is_not_padded_does_not_count(stream: str, writer: Writer) -> None:
    good = writer.write(stream)
    assert body_fault(good) == ""
    bare: Part = seal_part(os.urandom(16), b'{"text":"noted"}')
    assert body_fault(good._replace(parts=(bare,))) == "a part of it is not padded"
    assert body_fault(good._replace(parts=(drop(bare),))) == ""
    assert body_fault(good._replace(parts=make_parts(({"a": "x" * 65},), os.urandom))) == ""


def test_words_fetched_later_show_what_was_not_to_be_seen_before(
    team: Team, stream: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = writer.open(stream)
    whole = writer.write(stream, parts=({"text": "one"}, {"text": "two"}))
    bring(team.b, stream, [opened, without(whole, 1)], writer)
    team.b.refresh()
    assert doubts(team) == []
    monkeypatch.setattr(scopes, "_from_hub", lambda *_: whole.parts)
    scopes.fetch(team.b, entry=whole.id, why="to see all of it")
    assert doubts(team) == [TWICE]

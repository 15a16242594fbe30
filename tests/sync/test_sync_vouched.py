"""Whose signature need not be looked at: a later event of the lane proves it, and nothing else does."""

from typing import Any

import pytest
from tests.support.lanes import Writer
from tests.sync.conftest import Team
from tests.sync.test_sync_doubt import admit, doubts

from ircockpit.features.record.verification import Verifier
from ircockpit.hub import admission
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey
from ircockpit.ledger.verify import Kind
from ircockpit.store.keys import read_key
from ircockpit.sync.judge import UNSIGNED, vouched
from ircockpit.sync.page import as_arrival


def proven(team: Team, writer: Writer, *events: SignedEvent, authority: str = "") -> list[bool]:
    """Which of these events are proven, in the order they come."""
    roster = Roster(bytes.fromhex(team.b.identity.org_root), [writer.certificate])
    found = vouched([as_arrival(event) for event in events], roster, authority)
    return [event.id in found for event in events]


def lane(writer: Writer, stream: str, length: int) -> list[SignedEvent]:
    return [writer.open(stream), *(writer.write(stream) for _ in range(length - 1))]


def unsigned(event: SignedEvent) -> SignedEvent:
    return event._replace(sig=bytes([event.sig[0] ^ 1]) + event.sig[1:])


def test_the_last_signature_of_a_lane_proves_what_it_chains_to(
    team: Team, stream: str, writer: Writer
) -> None:
    first, second, third = lane(writer, stream, 3)
    assert proven(team, writer, first, second, third) == [True, True, True]
    assert proven(team, writer, unsigned(first), unsigned(second), third) == [True, True, True]
    assert proven(team, writer, first, second, unsigned(third)) == [True, True, False]
    assert proven(team, writer, unsigned(first), third) == [False, True], "the chain is broken"


def test_no_byte_of_an_envelope_is_proven_by_another(team: Team, stream: str, writer: Writer) -> None:
    first, second, third = lane(writer, stream, 3)
    lied = second._replace(raw=second.raw.replace(b'"wall":1', b'"wall":2'))
    assert lied.id != second.id
    assert proven(team, writer, first, lied, third) == [True, False, True]


@pytest.mark.parametrize("over", [{}, {"n": 4}, {"epoch": "0" * 16}])
def test_only_the_same_lane_proves_it(team: Team, stream: str, writer: Writer, over: dict[str, Any]) -> None:
    """A colleague, or the device itself in another lane, naming it proves nothing of who made it."""
    opened = writer.open(stream)
    forged = unsigned(writer.write(stream))
    if over:
        naming = writer.write(stream, **over)
    else:
        other = Writer(read_key(team.a.profile.root_key))
        other.open(stream)
        naming = other.write(stream, prev=forged.id, n=3)
        assert proven(team, other, naming) == [True], "control: it is signed"
    assert proven(team, writer, opened, forged, naming)[:2] == [True, False]


def test_who_belongs_to_the_organisation_is_said_by_signatures_alone(
    team: Team, stream: str, writer: Writer
) -> None:
    assert proven(team, writer, *lane(writer, stream, 3), authority=stream) == [False] * 3


@pytest.mark.parametrize("page_events", [1000, 2, 1])
def test_an_exchanged_signature_counts_alike_however_pages_fall_and_is_found(
    team: Team, stream: str, writer: Writer, page_events: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that signs over another signature than its author's: the event is its author's all the same."""
    monkeypatch.setattr("ircockpit.hub.streams.PAGE_EVENTS", page_events)
    first, second, third, fourth = lane(writer, stream, 4)
    admit(team, writer, stream, first, unsigned(second), unsigned(third), fourth)
    team.sync(team.b)
    assert doubts(team) == []
    found = Verifier(team.b.log, team.b.identity).stream(stream).findings
    assert [(each.kind, each.event_id) for each in found] == [
        (Kind.ALTERED, second.id), (Kind.ALTERED, third.id),
    ]  # fmt: skip


def test_an_exchanged_signature_that_nothing_follows_is_in_doubt(
    team: Team, stream: str, writer: Writer
) -> None:
    """Control, and until the lane goes on."""
    first, second, third = lane(writer, stream, 3)
    admit(team, writer, stream, first, unsigned(second))
    team.sync(team.b)
    assert doubts(team) == [UNSIGNED]
    admit(team, writer, stream, third)
    team.sync(team.b)
    assert doubts(team) == []


def test_a_forger_who_goes_on_proves_nothing(
    team: Team, stream: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "_refusal", lambda *_: None)
    opened = writer.open(stream)
    writer.key = SigningKey.generate()
    admit(team, writer, stream, opened, writer.write(stream), writer.write(stream))
    team.sync(team.b)
    assert doubts(team) == [UNSIGNED] * 2

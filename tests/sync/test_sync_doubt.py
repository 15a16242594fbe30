"""Events of a verified page that are kept and shown but do not count, and events that have to wait."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, declare, ids, set_field
from tests.support.lanes import Writer
from tests.sync.conftest import Team

from ircockpit.core.errors import TrustError
from ircockpit.core.ids import random_uuid
from ircockpit.core.jsontext import MAX_INTEGER
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.hub.service import Hub
from ircockpit.hub.store import Incoming
from ircockpit.ledger.envelope import LEAP, Seen
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.signing import SigningKey
from ircockpit.store import outbox
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Draft
from ircockpit.sync.intake import take_in
from ircockpit.sync.state import Link
from ircockpit.sync.worker import SyncWorker, connect, state_of


def admit(team: Team, writer: Writer, stream: str, *events: object) -> None:
    """Put events into the hub as a hub that checks nothing would."""
    batch = [Incoming(event, event.envelope, event.id) for event in events]  # type: ignore[attr-defined, arg-type]
    team.hub.folder.store.append(stream, batch, 1)
    team.hub.folder.store.add_certificates([writer.certificate])
    team.hub.hub = Hub(team.hub.folder)


def doubts(team: Team) -> list[str]:
    return [stored.doubt for stored in team.b.log.since(0, 10_000) if stored.doubt]


def test_a_certified_device_is_believed(team: Team, stream: str, writer: Writer) -> None:
    admit(team, writer, stream, writer.open(stream), writer.write(stream))
    team.sync(team.b)
    held = [each.event.envelope.device for each in team.b.log.of_stream(stream)]
    assert held.count(writer.device) == 2
    assert doubts(team) == []


def test_a_device_nobody_certified_is_kept_in_doubt(team: Team, stream: str) -> None:
    stranger = Writer(SigningKey.generate())
    admit(team, stranger, stream, stranger.open(stream), stranger.write(stream))
    assert team.sync(team.b).pulled == 2
    assert doubts(team) == ["no certificate of its device is known"] * 2
    assert team.b.log.unconfirmed_count() == 0


def test_the_reason_kept_is_the_one_that_holds_now(team: Team, stream: str) -> None:
    """A stranger's first, then the hub's word: only with that a lead can let the entry count, here as elsewhere."""
    team.sync(team.b)
    set_field(team.a, str(team.a.view.rows("SELECT id FROM incident")[0][0]), "owner", "x")
    ident = team.a.log.since(0, 10_000)[-1].event.id
    rows = [{"r": None, **to_wire(each.event)} for each in team.a.log.of_stream(stream)]
    take_in(team.b.log, team.b.profile, team.b.identity, team.b.clock, stream, rows)
    with team.b.log.writing() as writer:  # as it was while nothing said whose device that is
        writer.put_in_doubt(ident, "no certificate of its device is known")
    authority = team.hub.hub.members.authority
    authority.set_role(team.b.me, "lead", by="")
    authority.set_role(team.a.me, "", by="")
    with suppress(TrustError):
        team.sync(team.a)
    team.sync(team.b)
    held = team.b.log.get(ident)
    assert held is not None
    assert held.doubt == "quarantined:removed"


def test_who_is_shut_out_leaves_what_a_hub_that_was_put_back_has_lost(
    team: Team, stream: str, tmp_path: Path
) -> None:
    """Such a hub tells them nothing: what it lacks shows only in what it cannot take."""
    authority = team.hub.hub.members.authority
    authority.set_role(team.b.me, "lead", by="")
    team.hub.back_up(tmp_path / "old")
    incident = str(team.a.view.rows("SELECT id FROM incident")[0][0])
    set_field(team.a, incident, "owner", "x")
    team.sync(team.a)
    team.hub.restore(tmp_path / "old")
    team.hub.hub.members.authority.set_role(team.a.me, "", by="")
    set_field(team.a, incident, "owner", "y")
    with pytest.raises(TrustError):
        team.sync(team.a)
    team.sync(team.b)
    assert ids(team.b) >= {each.event.id for each in team.a.log.of_stream(stream)}


def test_a_forged_signature_is_kept_in_doubt(team: Team, stream: str, writer: Writer) -> None:
    opened = writer.open(stream)
    writer.key, true = SigningKey.generate(), writer.key
    forged = writer.write(stream)
    writer.key = true
    admit(team, writer, stream, opened, forged)
    team.sync(team.b)
    assert doubts(team) == ["it is not signed by its device"]


def test_another_persons_name_is_kept_in_doubt(team: Team, stream: str, writer: Writer) -> None:
    admit(team, writer, stream, writer.open(stream), writer.write(stream, actor=team.a.me))
    team.sync(team.b)
    assert doubts(team) == ["its device is not certified to its author"]


def test_what_the_hub_quarantined_does_not_count_here(team: Team, stream: str, writer: Writer) -> None:
    admit(team, writer, stream, writer.open(stream), writer.write(stream, lam=4000))
    team.sync(team.b)
    assert doubts(team) == ["quarantined:lamport"]
    assert outbox.quarantined_count(team.b.log) == 1


def test_a_lamport_number_beyond_every_history_is_doubted_whatever_the_hub_says(
    team: Team, stream: str, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Seen(1, 9000, "ab" * 32)  # a history this hub cannot check
    monkeypatch.setattr("ircockpit.hub.admission._lam_fault", lambda *_: "")
    admit(team, writer, stream, writer.open(stream), writer.write(stream, seen=lost, lam=LEAP + 4000))
    team.sync(team.b)
    assert doubts(team) == ["its Lamport number does not follow"]


def test_ancestors_in_another_record_go_first(team: Team, stream: str) -> None:
    """A field of a thing recorded in one stream, changed in another: the hub must have the first before."""
    own, thing = team.b.identity.org_stream, random_uuid()
    created = team.b.append([Draft(own, "person.set", thing, ({"value": "x"},), "name")])
    team.b.append([Draft(stream, "person.set", thing, ({"value": "y"},), "name", tuple(created))])
    order = list(outbox.waiting(team.b.log))
    assert team.sync(team.b).trouble == ()
    assert team.b.log.unconfirmed_count() == 0
    assert set(order) == {own, stream}


def test_an_event_whose_ancestor_nobody_holds_waits_without_end_or_loop(team: Team, stream: str) -> None:
    other = Writer(read_key(team.a.profile.root_key))
    opened, lost = other.open(stream), other.write(stream)
    after = other.write(stream)
    with team.b.log.writing() as step:
        step.add_certificate(other.certificate)
        step.add(opened)
        step.add(after)
    done = team.sync(team.b)
    assert done.pushed == 1
    assert [[stored.event.id for stored in batch] for batch in outbox.outgoing(team.b.log, stream, 9)] == [
        [after.id]
    ]
    with team.a.log.writing() as step:  # somebody brings it after all
        step.add_certificate(other.certificate)
        step.add(opened)
        step.add(lost)
    team.sync(team.a)
    team.sync(team.b)
    assert team.b.log.unconfirmed_count() == 0


def test_what_the_hub_refuses_is_counted_and_stops_nothing_else(team: Team, stream: str) -> None:
    stranger = Writer(SigningKey.generate())
    bad = stranger.open(stream)
    with team.b.log.writing() as step:
        step.add(bad)
    declare(team.b, "refunds")
    connection = connect(
        team.b.profile, team.b.identity, lambda _: DirectTransport(lambda: team.hub.hub), team.b.clock
    )
    done = connection.engine.round()
    assert "the hub does not know the device that wrote it" in done.trouble[0]
    state = state_of(Link.LIVE, connection, last_ok_us=1)
    assert (state.refused, state.unsent, state.unconfirmed) == (1, 0, 1)
    assert connection.engine.round().pushed == 0
    connection.close()
    team.sync(team.a)
    assert ids(team.a) == ids(team.b) - {bad.id}


def test_own_earlier_lanes_are_vouched_for_by_the_same_key(team: Team) -> None:
    held = team.a.log.certificates()
    roster = Roster(team.a.identity.root, held)
    team.sync(team.b)
    team.sync(team.a)
    roster = Roster(team.a.identity.root, team.a.log.certificates())
    foreign = set(roster.vouched()) - set(roster.certified)
    assert len(foreign) == 1  # what b wrote under before it joined
    assert len(roster.keys(team.b.identity.device)) == 1
    assert roster.keys(random_uuid()) == ()


def test_an_unexpected_failure_is_said_and_does_not_end_the_thread(team: Team, tmp_path: Path) -> None:
    class Broken(DirectTransport):
        def send(self, method: str, path: str, *rest: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError(json.dumps({"secret": 1}))

    told: list[str] = []
    worker = SyncWorker(
        team.b.profile,
        copy_gate_of,
        lambda state: told.append(state.trouble),
        transport=lambda _: Broken(lambda: team.hub.hub),  # type: ignore[return-value, arg-type]
    )
    worker.start()
    for _ in range(500):
        if any(told):
            break
        worker._stopping.wait(0.01)
    assert any("an unexpected failure: ZeroDivisionError" in text for text in told)
    assert not any("secret" in text for text in told)
    assert worker._thread.is_alive()
    worker.stop(5)
    assert not worker._thread.is_alive()


def test_what_refers_to_a_record_taken_over_later_counts_as_soon_as_that_is_here(
    team: Team, stream: str
) -> None:
    """Hubs list records in the order they came; what changes across two of them must not depend on it."""
    own, thing = team.b.identity.org_stream, random_uuid()
    first = team.b.append([Draft(stream, "system.set", thing, ({"value": "x"},), "name")])
    team.b.append([Draft(own, "system.set", thing, ({"value": "y"},), "name", tuple(first))])
    team.sync(team.b)
    team.sync(team.a)
    assert [stored.doubt for stored in team.a.log.since(0, 10_000) if stored.doubt] == []
    assert team.a.view.dump() == team.b.view.dump()


def test_a_certificate_that_comes_later_ends_the_doubt(team: Team, stream: str, writer: Writer) -> None:
    opened, written = writer.open(stream), writer.write(stream)
    batch = [Incoming(event, event.envelope, event.id) for event in (opened, written)]
    team.hub.folder.store.append(stream, batch, 1)
    team.sync(team.b)
    assert doubts(team) == ["no certificate of its device is known"] * 2
    team.hub.folder.store.add_certificates([writer.certificate])
    team.sync(team.b)
    assert doubts(team) == []


def test_a_forgery_stays_in_doubt(team: Team, stream: str, writer: Writer) -> None:
    opened = writer.open(stream)
    writer.key, true = SigningKey.generate(), writer.key
    forged = writer.write(stream)
    writer.key = true
    admit(team, writer, stream, opened, forged)
    team.sync(team.b)
    team.sync(team.b)
    assert doubts(team) == ["it is not signed by its device"]


def test_what_the_hub_does_not_count_does_not_count_for_its_author_either(team: Team, stream: str) -> None:
    """Everybody sees the same picture, whoever wrote and whichever order it came in."""
    ident = team.b.view.rows("SELECT id FROM incident")[0][0]
    me = team.b.identity
    team.b.identity = me._replace(user=team.a.me)  # an author its device is not certified to
    team.b.append([team.b.set_field(stream, "incident.set", ident, "severity", "SEV4")])
    team.b.identity = me
    assert team.b.view.rows("SELECT severity FROM incident") == [("SEV4",)]  # until the hub has spoken
    team.sync(team.b)
    team.sync(team.a)
    assert set(doubts(team)) == {"quarantined:actor"}
    assert team.b.view.rows("SELECT severity FROM incident") != [("SEV4",)]
    assert team.a.view.dump() == team.b.view.dump()
    team.b.remake_view()
    assert team.a.view.dump() == team.b.view.dump()


def test_a_number_near_the_limit_does_not_close_a_record_for_everybody(
    team: Team, stream: str, writer: Writer
) -> None:
    lost = Seen(1, 9000, "ab" * 32)
    admit(team, writer, stream, writer.open(stream), writer.write(stream, seen=lost, lam=MAX_INTEGER))
    team.sync(team.b)
    assert doubts(team) == ["quarantined:lamport"]
    ident = team.b.view.rows("SELECT id FROM incident")[0][0]
    set_field(team.b, ident, "severity", "SEV4")
    assert team.b.view.rows("SELECT severity FROM incident") == [("SEV4",)]

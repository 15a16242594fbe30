"""A device that wrote in more records than one event can name is revoked by one act, and people see one revocation."""

from collections.abc import Collection

import pytest
from tests.features.membership.conftest import Team, text
from tests.support.hub import declare, join, station, sync
from tests.support.lanes import Writer, incoming, new_stream

from ircockpit.core.errors import CockpitError, ExitCode, TrustError
from ircockpit.features.membership import actions, queries
from ircockpit.features.sharing import hosting
from ircockpit.features.trust import actions as trust
from ircockpit.ledger.certificate import DEVICE, decode
from ircockpit.ledger.revocation import DEVICE_REVOKED
from ircockpit.store.keys import read_key
from ircockpit.sync.client import event_wire
from ircockpit.sync.engine import Engine
from ircockpit.sync.revoked import revocations
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect

MANY = 1050


def writer_of(team: Team) -> Writer:
    """Whoever holds Bo's device key."""
    found = Writer(read_key(team.ann.profile.root_key))
    found.key, found.device, found.user = (
        read_key(team.bo.profile.device_key),
        team.bo.identity.device,
        team.bo.me,
    )
    certified = {decode(each.raw).purpose: each for each in team.bo.log.certificates()}
    found.certificate = certified[DEVICE]
    return found


def stated(team: Team) -> list[str]:
    record = team.ann.log.of_stream(team.ann.identity.authority_stream)
    return [each.event.envelope.op for each in record if each.event.envelope.type == DEVICE_REVOKED]


def test_more_than_a_thousand_lanes_are_one_revocation(team: Team) -> None:
    bo, root = writer_of(team), read_key(team.ann.profile.root_key)
    streams = [new_stream(root) for _ in range(MANY)]
    for stream in streams:
        team.hub.folder.store.append(stream, [incoming(bo.open(stream)), incoming(bo.write(stream))], 1)
    said = actions.revoke(team.ann, device="Bo", reason="stolen")
    assert said.data["lanes"] >= MANY
    assert len(stated(team)) == MANY // 300 + 1
    assert len(set(stated(team))) == 1
    (whole,) = revocations(team.ann.log, team.ann.identity.authority_stream)
    assert {cut.stream for cut in whole.lanes} >= set(streams)
    assert len(team.ann.view.rows("SELECT 1 FROM revocation")) == 1
    assert queries.revoked(team.ann) == {team.bo.identity.device: "stolen"}
    assert text(actions.list_members(team.ann)).count("revoked") == 1
    # Lanes named first and last, and those between: what was held counts, what comes does not.
    ends = {cut.stream: cut.event_id for cut in whole.lanes}
    some = [*sorted(streams)[:3], *sorted(streams)[-3:], streams[MANY // 2]]
    connection = connect(team.ann.profile, team.ann.identity, HttpTransport, team.ann.clock)
    for stream in some:
        (outcome,), _ = connection.client.push(stream, [event_wire(bo.write(stream))])
        assert (outcome.word, outcome.reason) == ("quarantined", "revoked")
    connection.engine.pull_hinted(set(some))
    connection.close()
    for stream in some:
        doubts = [each.doubt for each in team.ann.log.of_stream(stream)]
        assert doubts == ["", "", "quarantined:revoked"]
        assert team.ann.log.of_stream(stream)[1].event.id == ends[stream]


def test_what_people_read_of_a_revocation(team: Team) -> None:
    declare(team.bo, "wrong dose")
    sync(team.bo)
    name, data = team.bo.identity.device[:8], str(team.hub.path)
    why = "stolen on the train" + ", with the bag it was in" * 9
    said = actions.revoke(team.ann, device="Bo", reason=why).said
    lanes = len(revocations(team.ann.log, team.ann.identity.authority_stream)[0].lanes)
    assert said == (
        f"device {name} is revoked: {lanes} lanes end with what the hub holds; all else counts only once a lead adopts it"
    )
    again = f"device {name} was revoked before: nothing was changed"
    assert actions.revoke(team.ann, device=name, reason="again").said == again
    for word in (name, "Bo", team.bo.identity.device):
        assert hosting.revoke(team.ann, device=word, reason="again", data=data).said == again
    assert len(stated(team)) == 1
    shown = text(trust.show(team.ann)).splitlines()
    (row,) = [line for line in shown if line.startswith(name)]
    assert row.startswith(f"{name}  Bo      the hub       revoked ({lanes} lanes): stolen on the train")
    assert len(row) <= 80
    facts = {each["device"]: each for each in trust.show(team.ann).data["devices"]}
    assert (facts[team.bo.identity.device]["lanes"], facts[team.ann.identity.device]["revoked"]) == (
        lanes,
        False,
    )


def test_the_operator_is_told_which_device_is_not_known(team: Team) -> None:
    with pytest.raises(CockpitError, match="nobody here is called") as told:
        hosting.revoke(team.ann, device="5c1f", reason="lost", data=str(team.hub.path))
    assert told.value.code is ExitCode.NOT_FOUND
    assert stated(team) == []


def test_what_was_decided_is_said_though_the_hub_goes_away_before_it_is_heard(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Engine.pull_hinted

    def cable_out(self: Engine, streams: Collection[str]) -> object:
        team.hub.stop()
        return real(self, streams)

    monkeypatch.setattr(Engine, "pull_hinted", cable_out)
    assert "is revoked" in actions.revoke(team.ann, device="Bo", reason="stolen").said
    monkeypatch.undo()
    assert stated(team) == [], "control: it was not heard"
    team.hub.start()
    sync(team.ann)
    assert len(stated(team)) == 1


def test_a_record_the_hub_never_saw_comes_to_a_lead_who_can_adopt_it(team: Team) -> None:
    """Declared on the train, with no network; the device was revoked before it came back."""
    ident = declare(team.bo, "written offline")
    actions.revoke(team.ann, device="Bo", reason="stolen")
    with pytest.raises(TrustError, match="this device was revoked"):
        sync(team.bo)
    sync(team.ann)
    assert team.ann.view.rows("SELECT 1 FROM incident WHERE id=?", (ident,)) == []
    held = {each["type"]: each for each in actions.list_refused(team.ann).data}
    assert held.keys() == {"stream.opened", "incident.declared"}
    assert all(each["adoptable"] for each in held.values())
    for each in held.values():
        actions.adopt(team.ann, event=each["event"])
    assert team.ann.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("written offline",)]
    sync(team.ann)
    with station(team.ann.profile.folder.parent / "cy") as cy:
        join(team.hub, cy, "Cy")
        sync(cy)
        assert cy.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("written offline",)]


def test_a_lead_revokes_the_very_device_that_decides(team: Team) -> None:
    hosting.member(team.ann, member="Bo", role="lead", data=str(team.hub.path))
    sync(team.bo)
    mine = team.ann.identity.device
    assert "is revoked" in actions.revoke(team.ann, device=mine[:8], reason="about to be sold").said
    with pytest.raises(TrustError, match="this device was revoked"):
        actions.revoke(team.ann, device="Bo", reason="the other one, too")
    sync(team.bo)
    assert queries.revoked(team.bo) == {mine: "about to be sold"}

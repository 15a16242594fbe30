"""A revoked device on other people's workstations: its word ends where the authority says, in any order of arrival."""

from typing import Any

import pytest
from tests.support.hub import DirectTransport, declare
from tests.support.lanes import Writer
from tests.sync.conftest import Team

from ircockpit.core.errors import CockpitError, ConflictError
from ircockpit.core.ids import random_uuid
from ircockpit.features.membership.queries import not_accepted
from ircockpit.features.trust.rotation import rotate
from ircockpit.ledger.certificate import DEVICE, issue
from ircockpit.ledger.event import to_wire
from ircockpit.store.keys import read_key
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import revoked
from ircockpit.sync.enrolment import enroll
from ircockpit.sync.intake import take_in


def titles(who: Workstation) -> set[str]:
    who.refresh()
    return {str(row[0]) for row in who.view.rows("SELECT title FROM incident")}


def rows_of(who: Workstation, stream: str) -> list[dict[str, Any]]:
    """A stream as a bundle carries it."""
    return [{"r": None, **to_wire(stored.event)} for stored in who.log.of_stream(stream)]


def bring(who: Workstation, stream: str, rows: list[dict[str, Any]]) -> None:
    me = who.identity
    take_in(who.log, who.profile, me, who.clock, stream, rows, certificates=[])


def revoke(team: Team, device: str) -> None:
    team.hub.hub.members.authority.revoke(device, by="", why="stolen")
    team.hub.hub.members.reload()


def test_what_comes_by_another_way_after_the_revocation_does_not_count(team: Team) -> None:
    team.sync(team.b)
    early = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    stream = str(team.b.view.rows("SELECT stream FROM incident WHERE id=?", (early,))[0][0])
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    team.b.append([team.b.set_field(stream, "incident.set", early, "title", "forged")])
    fresh = declare(team.b, "new lane")
    other = str(team.b.view.rows("SELECT stream FROM incident WHERE id=?", (fresh,))[0][0])
    bring(team.a, stream, rows_of(team.b, stream))
    bring(team.a, other, rows_of(team.b, other))
    assert titles(team.a) == {"before"}
    doubts = {stored.doubt for stored in team.a.log.of_stream(other)}
    assert doubts == {revoked.REVOKED}
    for again in range(2):  # settled again and again it stays so
        team.sync(team.a)
        assert titles(team.a) == {"before"}, again


def test_what_came_before_the_revocation_is_put_in_doubt_when_it_comes(team: Team) -> None:
    team.sync(team.b)
    early = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    stream = str(team.b.view.rows("SELECT stream FROM incident WHERE id=?", (early,))[0][0])
    team.b.append([team.b.set_field(stream, "incident.set", early, "title", "forged")])
    bring(team.a, stream, rows_of(team.b, stream))
    assert titles(team.a) == {"forged"}  # nobody knows better yet
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    assert titles(team.a) == {"before"}
    assert [each.doubt for each in not_accepted(team.a.view)] == [revoked.REVOKED]


def test_a_note_of_the_owner_can_be_adopted(team: Team) -> None:
    team.sync(team.b)
    early = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    stream = str(team.b.view.rows("SELECT stream FROM incident WHERE id=?", (early,))[0][0])
    (late,) = team.b.append([team.b.set_field(stream, "incident.set", early, "title", "mine after all")])
    bring(team.a, stream, rows_of(team.b, stream))
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    assert titles(team.a) == {"before"}
    team.a.append([Draft(stream, "event.adopted", stream, ({"event": late},))])
    assert titles(team.a) == {"mine after all"}


def test_nobody_is_cut_off_by_a_word_outside_the_authority_stream(team: Team) -> None:
    team.sync(team.b)
    declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    assert revoked.revocations(team.a.log, team.a.identity.authority_stream) == []
    assert revoked.revocations(team.a.log, "") == []
    assert not revoked.judge(team.a.log, team.a.identity.authority_stream).devices()
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    (stated,) = revoked.revocations(team.a.log, team.a.identity.authority_stream)
    assert stated.device == team.b.identity.device
    assert stated.lanes
    assert titles(team.a) == {"before"}


def test_a_revoked_device_is_not_let_in_again_and_its_owner_is(team: Team, newcomer: Workstation) -> None:
    for who in (team.b, team.a):
        team.sync(who)
    revoke(team, team.b.identity.device)
    code, link = team.hub.code("Bo"), DirectTransport(lambda: team.hub.hub)
    with pytest.raises(ConflictError, match="this device was revoked"):
        enroll(team.b, link, team.hub.url, code)
    enroll(newcomer, link, team.hub.url, code)  # the code was not used up by it
    ident = declare(newcomer, "from the new laptop")
    for who in (newcomer, team.a):
        team.sync(who)
    assert titles(team.a) == {"from the new laptop"}
    assert ident


def test_a_new_key_and_a_new_epoch_bring_a_revoked_device_nothing(team: Team) -> None:
    team.sync(team.b)
    early = declare(team.b, "before")
    for who in (team.b, team.a):
        team.sync(who)
    revoke(team, team.b.identity.device)
    team.sync(team.a)
    for again in (lambda: rotate(team.b), lambda: team.sync(team.b)):
        with pytest.raises(CockpitError):
            again()
    # Certified all the same, as by a root that has not heard of it: what is signed counts no more than before.
    root, stolen = read_key(team.a.profile.root_key), Writer(read_key(team.a.profile.root_key))
    stolen.device, stolen.user = team.b.identity.device, team.b.me
    stolen.certificate = issue(
        root, org=team.a.identity.org, subject=stolen.user, device=stolen.device, public=stolen.key.public,
        purpose=DEVICE, not_before=1, serial=random_uuid(),
    )  # fmt: skip
    with team.a.log.writing() as writer:
        writer.add_certificate(stolen.certificate)
    stream = str(team.a.view.rows("SELECT stream FROM incident WHERE id=?", (early,))[0][0])
    made = [
        stolen.open(stream),
        stolen.write(stream, "incident.set", {"value": "forged"}, ent=early, field="title"),
    ]
    bring(team.a, stream, [{"r": None, **to_wire(event)} for event in made])
    assert titles(team.a) == {"before"}
    team.sync(team.a)
    assert titles(team.a) == {"before"}
    assert {stored.doubt for stored in map(team.a.log.get, [event.id for event in made]) if stored} == {
        revoked.REVOKED
    }

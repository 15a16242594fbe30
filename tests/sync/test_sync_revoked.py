"""A revoked device on other people's workstations: its word ends where the authority says, in any order of arrival."""

from typing import Any

from tests.support.hub import declare
from tests.sync.conftest import Team

from ircockpit.features.membership.queries import not_accepted
from ircockpit.ledger.event import to_wire
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync import revoked
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

"""Who has said that an erasure is done: those that never will are named as such, and not waited for."""

from tests.support.hub import DirectTransport, declare, join
from tests.sync.conftest import Team, erase, note

from ircockpit.command.action import Result
from ircockpit.features.companion import actions as companion
from ircockpit.features.erasure import actions
from ircockpit.features.incidents import actions as incidents
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

WIDTH = 80


def states(shown: Result) -> dict[str, str]:
    return {each["device"]: each["state"] for each in shown.data["erasures"][0]["devices"]}


def text(shown: Result) -> str:
    return "\n".join(map(plain, shown.lines))


def test_a_device_that_cannot_say_so_is_not_waited_for(team: Team, newcomer: Workstation) -> None:
    join(team.hub, newcomer, "Cy", DirectTransport(lambda: team.hub.hub))
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    for who in (newcomer, team.a, team.b, newcomer, team.a):
        team.sync(who)
    erase(team.a, event)
    for who in (team.a, team.a):
        team.sync(who)
    a, b, c = (each.identity.device for each in (team.a, team.b, newcomer))
    shown = actions.status(team.a)
    assert states(shown) == {a: "confirmed", b: "waiting", c: "waiting"}
    assert shown.said == "2 devices waited for"
    authority = team.hub.hub.members.authority
    authority.revoke(b, by="", why="stolen")
    authority.set_role(newcomer.me, "", by="")
    team.sync(team.a)
    shown = actions.status(team.a)
    assert states(shown) == {a: "confirmed", b: "revoked", c: "removed"}
    assert shown.said == ""
    assert "1 of 3 devices confirmed, 2 not waited for" in text(shown)
    assert all(len(each) <= WIDTH for each in text(shown).splitlines())
    authority.set_role(newcomer.me, "responder", by="")  # somebody who comes back hears of it and says so
    for who in (newcomer, newcomer, team.a):
        team.sync(who)
    assert states(actions.status(team.a)) == {a: "confirmed", b: "revoked", c: "confirmed"}


def test_who_is_not_given_a_privileged_record_is_not_asked(team: Team) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    companion.open_record(team.a, incident=ident)
    event = str(incidents.note(team.a, incident=ident, text="counsel's words", privileged=True).data["event"])
    for who in (team.a, team.b):
        team.sync(who)
    erase(team.a, event)
    for who in (team.a, team.a, team.b):
        team.sync(who)
    devices = states(actions.status(team.a))
    assert devices == {team.a.identity.device: "confirmed", team.b.identity.device: "not given"}


def test_a_device_that_is_waited_for_says_since_when_it_is_silent(team: Team) -> None:
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    for who in (team.b, team.a):
        team.sync(who)
    erase(team.a, event)
    team.sync(team.a)
    line = next(
        each for each in text(actions.status(team.a)).splitlines() if team.b.identity.device[:8] in each
    )
    assert "not confirmed for" in line
    assert "last heard of" in line

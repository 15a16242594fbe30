"""The name of a member, erased: it stands nowhere any more, nothing that decides is lost, and nothing brings it back."""

import base64
import time
from pathlib import Path

import pytest
from tests.support.hub import LocalHub, join, sync
from tests.support.traces import files_with
from tests.sync.conftest import Team

from ircockpit.core.errors import ExitCode, NotFound, OfflineError, RefusedError
from ircockpit.features.bundles.actions import export, take
from ircockpit.features.erasure import actions
from ircockpit.features.membership import actions as membership
from ircockpit.features.membership.queries import members
from ircockpit.features.people.actions import set_name
from ircockpit.features.people.queries import names
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.features.record.backups import backup
from ircockpit.hub.enrolment import invite
from ircockpit.ledger.event import SignedEvent
from ircockpit.store.workstation import Workstation

NAME = "Zoraida Quixotebury-Wexford"
WHY = "left, asked for it"


@pytest.fixture
def zoe(team: Team, newcomer: Workstation) -> Workstation:
    """Somebody of that name, who joined and whom everybody has heard of."""
    team.hub.start(team.a, team.b)
    join(team.hub, newcomer, NAME)
    set_name(newcomer, name=f"{NAME} II")
    for who in (newcomer, team.a, team.b, newcomer):
        sync(who)
    return newcomer


def spellings(text: str) -> list[str]:
    """The text as it is, and in the three ways it can stand inside base64."""
    raw = text.encode()
    cut = [base64.b64encode(b"\0" * lead + raw)[4 if lead else 0 : -4].decode() for lead in range(3)]
    return [text, *cut]


def traces(place: Path) -> list[str]:
    return sorted({found for text in spellings("Quixotebury-Wexf") for found in files_with(place, text)})


def erase(lead: Workstation, person: str) -> None:
    plan = actions.erase(lead, name_of=person, reason=WHY)
    token = str(plan.data["entries"][0]["event"])[:12]
    done = actions.erase(lead, name_of=person, reason=WHY, yes=True, confirm=token)
    assert (done.code, done.data["ordered"]) == (ExitCode.OK, True)


def shown(who: Workstation, user: str) -> list[str]:
    listed = membership.list_members(who).data
    return [f"{each['name']}/{each['missing']}/{each['role']}" for each in listed if each["user"] == user]


def of_members(hub: LocalHub) -> list[SignedEvent]:
    from ircockpit.hub.court import signed

    return [signed(row) for row in hub.folder.store.record(hub.folder.authority_stream, 0)[1]]


def test_it_stands_nowhere_any_more_and_stood_where_it_was_looked_for(
    team: Team, zoe: Workstation, tmp_path: Path
) -> None:
    places = [team.hub.path, *(each.profile.folder for each in (team.a, team.b, zoe))]
    for lead_copy in ("before", "after"):
        backup(team.a, to=str(tmp_path / f"{lead_copy}-folder"))
        backup(team.b, to=str(tmp_path / f"{lead_copy}.tar"))
        export(team.a, to=str(tmp_path / f"{lead_copy}-bundle"), all=True)
        team.hub.back_up(tmp_path / f"{lead_copy}-hub")
        places += [
            tmp_path / f"{lead_copy}-folder",
            tmp_path / f"{lead_copy}-bundle",
            tmp_path / f"{lead_copy}-hub",
        ]
        if lead_copy == "before":
            for place in places:
                assert traces(place), f"the control: {place.name} holds it before"
            assert {"log.db", "view.db", "profile.json"} <= {
                each.removesuffix("-wal") for each in traces(zoe.profile.folder)
            }
            erase(team.a, zoe.me[:8])
            for who in (team.a, team.b, zoe, team.a):
                sync(who)
            places = places[:4]
    for place in places:
        assert traces(place) == []
    assert NAME.encode() not in (tmp_path / "after.tar").read_bytes()
    assert NAME.encode() in (tmp_path / "before.tar").read_bytes(), "the control"
    for who in (team.a, team.b, zoe):
        assert shown(who, zoe.me) == ["/erased/responder"]
        assert zoe.me not in names(who.view)
        assert verify(who).code == ExitCode.OK
        assert rebuild(who).data["same"] is True
        row = actions.status(who).data["erasures"]
        assert {each["counts"] for each in row} == {"in force"}
    assert team.a.view.dump() == team.b.view.dump() == zoe.view.dump()
    for who in (team.b, zoe, team.a):
        sync(who)
    states = {
        each["device"]: each["state"] for each in actions.status(team.a).data["erasures"][-1]["devices"]
    }
    assert set(states.values()) == {"confirmed"}, "also of the record of members, in which no device writes"


def test_what_decides_stays_and_goes_on(team: Team, zoe: Workstation) -> None:
    erase(team.a, NAME)
    membership.set_role(team.a, member=zoe.me[:8], role="observer", why="on leave")
    membership.remove(team.a, member=zoe.me[:8])
    membership.set_role(team.a, member=zoe.me[:8], role="engineer")
    for who in (team.a, team.b, zoe):
        sync(who)
        assert shown(who, zoe.me) == ["/erased/engineer"]
    assert traces(team.hub.path) == [], "no later word has brought it back"
    assert "erased" in str(membership.list_members(team.b).lines)
    team.hub.hub.members.reload()
    assert [each.name for each in team.hub.folder.store.devices() if each.user == zoe.me] == [""]
    for nobody in ("erased", "", " "):
        with pytest.raises(NotFound):
            membership.set_role(team.a, member=nobody, role="lead")
    with pytest.raises(NotFound, match="nobody is called"):
        actions.erase(team.a, name_of=NAME, reason=WHY)


def test_only_a_lead_orders_it_and_the_hub_is_needed(team: Team, zoe: Workstation) -> None:
    with pytest.raises(RefusedError, match="by a lead"):
        actions.erase(team.b, name_of=NAME, reason=WHY)
    authority = team.hub.hub.members.authority
    added = [each.id for each in of_members(team.hub) if each.envelope.type == "member.added"]
    with pytest.raises(RefusedError, match="only a lead"):
        authority.erase({added[-1]: None}, by=team.b.me, why="")
    with pytest.raises(NotFound):
        authority.erase({added[-1]: frozenset({0})}, by=team.a.me, why="")
    team.hub.stop()
    token = str(actions.erase(team.a, name_of=NAME, reason=WHY).data["entries"][0]["event"])[:12]
    before = team.a.log.count()
    with pytest.raises(OfflineError, match="decided about at the hub"):
        actions.erase(team.a, name_of=NAME, reason=WHY, yes=True, confirm=token)
    assert team.a.log.count() == before, "not even half of it"


def test_of_an_entry_about_members_the_part_that_decides_cannot_be_named(
    team: Team, zoe: Workstation
) -> None:
    added = [each.id for each in of_members(team.hub) if each.envelope.type == "member.added"][-1]
    with pytest.raises(RefusedError, match=r"part 0 of member\.added"):
        actions.erase(team.a, entry=[added], reason=WHY, parts="0,1")
    with pytest.raises(RefusedError, match="takes no holds"):
        actions.place(team.a, target=added, reason="court")
    done = actions.erase(team.a, entry=[added], reason=WHY, yes=True, confirm=added[:12])
    assert [each["parts"] for each in done.data["entries"]] == [[1]]
    held = team.a.log.get(added)
    assert held is not None
    assert [part.data is not None for part in held.event.parts] == [True, False]


def test_a_hub_put_back_to_before_it_forgets_the_name_again(
    team: Team, zoe: Workstation, tmp_path: Path
) -> None:
    team.hub.back_up(tmp_path / "backup")
    erase(team.a, zoe.me[:8])
    for who in (team.a, team.b):
        sync(who)
    assert traces(team.hub.path) == []
    team.hub.restore(tmp_path / "backup")
    assert traces(team.hub.path), "the control: the backup holds it"
    team.hub.hub.members.authority.set_role(zoe.me, "observer", by="")  # said before anybody told it better
    for who in (team.b, team.a, team.b, zoe, team.a):
        sync(who)
    for place in (team.hub.path, *(each.profile.folder for each in (team.a, team.b, zoe))):
        assert traces(place) == []
    assert {tuple(shown(who, zoe.me)) for who in (team.a, team.b, zoe)} == {("/erased/observer",)}


def test_a_bundle_from_before_does_not_bring_it_back(team: Team, zoe: Workstation, tmp_path: Path) -> None:
    export(team.a, to=str(tmp_path / "before"), all=True)
    erase(team.a, zoe.me[:8])
    for who in (team.a, team.b):
        sync(who)
    assert take(team.b, folders=[str(tmp_path / "before")], yes=True).code == ExitCode.OK
    assert traces(team.b.profile.folder) == []
    assert shown(team.b, zoe.me) == ["/erased/responder"]


def test_a_founder_is_forgotten_by_the_hub_for_good(team: Team) -> None:
    team.hub.start(team.a, team.b)
    set_name(team.a, name=NAME)
    authority = team.hub.hub.members.authority
    added = next(each for each in of_members(team.hub) if each.envelope.type == "member.added")
    authority.erase({added.id: None}, by=team.a.me, why=WHY)
    from ircockpit.features.sharing.hosting import founding
    from ircockpit.hub.folder import read_founding

    keys = {
        "log": team.hub.folder.log_key.public.hex(),
        "authority": team.hub.folder.authority_key.public.hex(),
    }
    said = founding(team.a, {**keys, "org_root": team.a.identity.root.hex()})
    assert said["name"] == NAME, "the control: the next start of the hub is told it"
    team.hub.folder.found(read_founding(said), time.time_ns() // 1000)
    assert traces(team.hub.path) == []


def test_a_code_that_expired_names_nobody(team: Team) -> None:
    now = time.time_ns() // 1000
    invite(team.hub.folder, NAME, "responder", now - 2 * 60 * 60 * 1_000_000, lambda n: b"x" * n)
    assert traces(team.hub.path), "the control: it is kept while it can be used"
    invite(team.hub.folder, "Somebody", "responder", now, lambda n: b"y" * n)
    team.hub.folder.store.close()
    assert traces(team.hub.path) == []


def test_a_name_said_by_nobody_is_unnamed_and_not_erased(team: Team, zoe: Workstation) -> None:
    erase(team.a, zoe.me[:8])
    assert [(each.name, each.missing) for each in members(team.a) if each.user == team.b.me] == [("Bo", "")]


def test_a_device_without_a_network_heeds_the_authority_s_order(
    team: Team, zoe: Workstation, tmp_path: Path
) -> None:
    """It hears by stick alone; nobody but the authority can have written the order in that record."""
    from ircockpit.store import erasing
    from ircockpit.store.sweep import carry_out

    apart = team.b.identity._replace(hub="")
    team.b.profile.save_identity(apart)
    team.b.identity = apart
    erase(team.a, zoe.me[:8])
    sync(team.a)
    export(team.a, to=str(tmp_path / "stick"), all=True)
    assert traces(team.b.profile.folder), "the control"
    take(team.b, folders=[str(tmp_path / "stick")], yes=True)
    team.b.log.db.execute("UPDATE directive SET settled=0")  # as of a stick that carries no word of a hub
    team.b.log.db.execute("DELETE FROM meta WHERE key=?", (erasing.SWEPT,))
    carry_out(team.b)
    assert traces(team.b.profile.folder) == []
    assert shown(team.b, zoe.me) == ["/erased/responder"]
    assert {each["counts"] for each in actions.status(team.b).data["erasures"]} == {"in force"}

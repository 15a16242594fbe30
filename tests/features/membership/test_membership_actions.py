"""What leads decide, what was not accepted and what is adopted: on workstations with a real hub between them."""

import json
import time
from pathlib import Path

import pytest
from tests.features.membership.conftest import Team, text
from tests.support.hub import declare, join, station, sync
from tests.support.standing import be

from ircockpit.cli.main import run
from ircockpit.command.action import Danger
from ircockpit.core.errors import (
    BadInput,
    ConflictError,
    ExitCode,
    NotFound,
    OfflineError,
    RefusedError,
    TrustError,
)
from ircockpit.features.catalogue import actions as registry
from ircockpit.features.incidents.actions import note
from ircockpit.features.membership import actions
from ircockpit.features.membership.door import check_role, closed
from ircockpit.features.membership.queries import members, my_role
from ircockpit.features.sharing import hosting
from ircockpit.features.sharing.actions import sync_now
from ircockpit.hub.enrolment import invite
from ircockpit.store.workstation import Workstation


def notes(who: Workstation, ident: str) -> list[str]:
    rows = who.view.rows(
        "SELECT body FROM entry WHERE type='incident.noted' AND ent=? AND doubt=''", (ident,)
    )
    return [json.loads(body)["text"] for (body,) in rows]


def test_both_see_who_belongs_and_as_what(team: Team) -> None:
    for who in (team.ann, team.bo):
        assert {(each.name, each.role) for each in members(who)} == {("Ann", "lead"), ("Bo", "responder")}
        listed = actions.list_members(who)
        assert [each["name"] for each in listed.data if each["you"]] == ["Ann" if who is team.ann else "Bo"]
        assert "lead" in text(listed)
        assert team.bo.identity.device[:8] in text(listed)
    assert (my_role(team.ann), my_role(team.bo)) == ("lead", "responder")


def test_a_lead_gives_a_role_takes_it_and_removes(team: Team) -> None:
    said = actions.set_role(team.ann, member="bo", role="observer", why="on leave").said
    assert said == "Bo is observer now"
    sync(team.bo)
    assert my_role(team.bo) == "observer"
    actions.remove(team.ann, member=team.bo.me[:8])
    assert [each.role for each in members(team.ann) if each.user == team.bo.me] == [""]
    with pytest.raises(TrustError, match="you were removed"):
        sync(team.bo)
    actions.set_role(team.ann, member="Bo", role="engineer")
    sync(team.bo)
    assert my_role(team.bo) == "engineer"


def test_who_is_no_lead_hears_it_from_the_hub_too(team: Team) -> None:
    with pytest.raises(TrustError, match="only a lead"):
        actions.set_role(team.bo, member="Bo", role="lead")
    with pytest.raises(ConflictError, match="last lead"):
        actions.remove(team.ann, member="Ann")
    assert {each.role for each in members(team.ann)} == {"lead", "responder"}


def test_offline_nothing_is_decided_and_it_says_where_it_can_be(team: Team) -> None:
    team.hub.stop()
    with pytest.raises(OfflineError, match="decided about at the hub") as told:
        actions.set_role(team.ann, member="Bo", role="observer")
    assert told.value.safe == "nothing was changed"
    assert my_role(team.bo) == "responder"


def test_a_profile_alone_has_no_members_and_is_its_own_lead(tmp_path: Path) -> None:
    with station(tmp_path / "alone") as alone:
        assert my_role(alone) == "lead"
        assert all(closed(alone, action) == "" for action in registry())
        assert "no hub" in text(actions.list_members(alone))
        with pytest.raises(RefusedError, match="no hub"):
            actions.remove(alone, member="x")
        with pytest.raises(RefusedError, match="no hub"):
            actions.revoke(alone, device="x", reason="lost")


def test_nobody_by_that_name_and_two_by_one_name(team: Team, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nobody here is called"):
        actions.remove(team.ann, member="zoe")
    with station(tmp_path / "bo2") as second:
        join(team.hub, second, "Bo")
        sync(team.ann)
        with pytest.raises(NotFound, match="could mean"):
            actions.remove(team.ann, member="Bo")
        actions.remove(team.ann, member=second.me[:10])
        assert {each.role for each in members(team.ann) if each.name == "Bo"} == {"responder", ""}


def test_a_role_lost_while_offline_holds_back_what_was_written_and_a_lead_adopts_it(team: Team) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    actions.set_role(team.ann, member="Bo", role="observer", why="left the rota")
    note(team.bo, incident=ident, text="seen at 03:10")  # offline for days, not knowing of it
    note(team.bo, incident=ident, text="and at 03:20")
    assert len(notes(team.bo, ident)) == 2
    sync(team.bo)
    sync(team.ann)
    assert notes(team.bo, ident) == notes(team.ann, ident) == []
    mine = actions.list_refused(team.bo)
    assert [(each["own"], each["adoptable"], each["reason"]) for each in mine.data] == [
        (True, True, "quarantined:role")
    ] * 2
    assert "seen at 03:10" in text(mine)
    assert "its author's role does not allow it" in text(mine)
    wanted = next(each for each in actions.list_refused(team.ann).data if "03:10" in each["text"])
    said = actions.adopt(team.ann, event=wanted["event"][:12], why="it is right").said
    assert said.startswith("it counts from now on")
    assert notes(team.ann, ident) == ["seen at 03:10"], "at once, without the hub"
    sync(team.ann)
    sync(team.bo)
    assert notes(team.bo, ident) == ["seen at 03:10"]
    assert "counts already" in actions.adopt(team.ann, event=wanted["event"]).said
    listed = actions.list_refused(team.bo)
    assert "adopted, yours" in text(listed)
    assert listed.said == "1 entry not accepted, 1 adopted since"


def test_what_somebody_wrote_before_they_heard_of_their_removal_is_not_lost(team: Team) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    actions.remove(team.ann, member="Bo", why="contract ended")
    note(team.bo, incident=ident, text="refunds went out until 03:10")
    with pytest.raises(TrustError, match="you were removed") as told:
        sync(team.bo)
    assert told.value.safe == "what you wrote is kept on your device"
    assert team.hub.folder.store.counts().quarantined == 2, "the opening of their lane, too"
    sync(team.ann)
    held = actions.list_refused(team.ann).data
    assert [(each["reason"], each["own"]) for each in held] == [("quarantined:removed", False)]
    actions.adopt(team.ann, event=held[0]["event"])
    assert notes(team.ann, ident) == ["refunds went out until 03:10"]


def test_a_sync_tells_what_was_held_back(team: Team) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    assert "not accepted" not in text(sync_now(team.bo))
    actions.set_role(team.ann, member="Bo", role="observer")
    note(team.bo, incident=ident, text="seen")
    assert "held     1 entry not accepted: ircockpit refused says why" in text(sync_now(team.bo))


def test_an_adoption_by_somebody_without_the_right_does_nothing(team: Team) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    actions.set_role(team.ann, member="Bo", role="observer")
    note(team.bo, incident=ident, text="mine counts")
    sync(team.bo)
    held = actions.list_refused(team.bo).data[0]["event"]
    actions.adopt(team.bo, event=held)  # past the door, as another program would
    assert notes(team.bo, ident) == ["mine counts"], "on their own device, until the hub has judged it"
    sync(team.bo)
    sync(team.ann)
    for who in (team.bo, team.ann):
        assert notes(who, ident) == []
    adoption = next(each for each in actions.list_refused(team.ann).data if each["type"] == "event.adopted")
    actions.adopt(team.ann, event=adoption["event"])
    sync(team.ann)
    assert notes(team.ann, ident) == []


def test_what_is_wrong_with_more_than_a_right_is_not_adopted(team: Team) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    stream = team.ann.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    team.bo.append([team.bo.set_field(stream, "member.role", team.bo.new_id(stream), "role", "lead")])
    sync(team.bo)
    sync(team.ann)
    held = actions.list_refused(team.ann).data[0]
    assert (held["reason"], held["adoptable"]) == ("quarantined:authority", False)
    with pytest.raises(RefusedError, match="cannot be adopted"):
        actions.adopt(team.ann, event=held["event"])
    with pytest.raises(NotFound, match="no entry that was not accepted"):
        actions.adopt(team.ann, event="beef" * 4)
    assert {each.role for each in members(team.ann)} == {"lead", "responder"}


def test_a_restored_hub_gives_nobody_removed_their_rights_back(team: Team, tmp_path: Path) -> None:
    ident = declare(team.ann, "wrong dose")
    sync(team.ann)
    sync(team.bo)
    team.hub.back_up(tmp_path / "old")
    actions.remove(team.ann, member="Bo", why="left")
    assert [each.role for each in team.hub.folder.store.devices() if each.user == team.bo.me] == [""]
    team.hub.restore(tmp_path / "old")
    sync(team.ann)  # brings the newer words of the authority back, like any other stream's
    with pytest.raises(TrustError, match="you were removed"):
        sync(team.bo)
    note(team.ann, incident=ident, text="goes on")
    sync(team.ann)
    assert [each.role for each in members(team.ann) if each.user == team.bo.me] == [""]
    actions.set_role(team.ann, member="Bo", role="responder")
    sync(team.bo)
    assert notes(team.bo, ident) == ["goes on"]


def test_a_hub_that_forgot_a_member_learns_of_them_from_their_own_copy(team: Team, tmp_path: Path) -> None:
    team.hub.back_up(tmp_path / "old")
    with station(tmp_path / "cy") as cy:
        join(team.hub, cy, "Cy")
        sync(cy)
        team.hub.restore(tmp_path / "old")
        ident = declare(cy, "wrong dose")
        sync(cy)
        sync(cy)
        assert actions.list_refused(cy).data == []
        sync(team.ann)
        assert team.ann.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]
        assert {each.name for each in members(team.ann)} == {"Ann", "Bo", "Cy"}


def test_a_revoked_device_speaks_no_more_and_colleagues_see_why(team: Team) -> None:
    ident = declare(team.bo, "wrong dose")
    sync(team.bo)
    sync(team.ann)
    said = actions.revoke(team.ann, device="Bo", reason="stolen on the train").said
    assert said.startswith(f"device {team.bo.identity.device[:8]} is revoked")
    assert team.ann.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]
    with pytest.raises(TrustError, match="this device was revoked"):
        sync(team.bo)
    assert "revoked" in text(actions.list_members(team.ann))
    with pytest.raises(ConflictError, match="last lead"):
        actions.revoke(team.ann, device=team.ann.identity.device[:8], reason="mine")


def test_the_operator_of_the_hub_decides_there(team: Team) -> None:
    data = str(team.hub.path)
    assert hosting.member(team.ann, member="Bo", role="lead", data=data).said == "Bo is lead now"
    sync(team.bo)
    assert my_role(team.bo) == "lead"
    assert hosting.member(team.ann, member="Ann", role="removed", why="left", data=data).data["role"] == ""
    hosting.member(team.ann, member="Ann", role="lead", data=data)
    assert (
        "is revoked" in hosting.revoke(team.ann, device=team.bo.identity.device, reason="x", data=data).said
    )
    with pytest.raises(Exception, match="nobody here is called"):
        hosting.member(team.ann, member="Zoe", role="lead", data=data)


def test_a_role_that_is_none_cannot_be_invited(team: Team) -> None:
    with pytest.raises(BadInput, match="is no role"):
        invite(team.hub.folder, "Cy", "king", time.time_ns() // 1000, lambda size: b"x" * size)


def test_the_door_says_why_and_who_may(team: Team) -> None:
    by_id = {action.id: action for action in registry()}
    actions.set_role(team.ann, member="Bo", role="observer")
    sync(team.bo)
    reading = {action.id for action in registry() if action.danger is Danger.READ}
    may = {action.id for action in registry() if not closed(team.bo, action)}
    assert may >= reading | {"person.name", "record.rebuild", "hub.enroll"}
    assert not may & {
        "incident.open",
        "incident.note",
        "containment.stop",
        "signal.reveal",
        "member.role",
        "entry.adopt",
    }
    with pytest.raises(RefusedError, match=r"you are here as observer, and this is for a lead \(Ann\)"):
        check_role(team.bo, by_id["member.remove"])
    assert "a lead or a responder" in closed(team.bo, by_id["incident.open"])
    assert closed(team.ann, by_id["member.remove"]) == ""


def test_the_command_line_keeps_the_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRCOCKPIT_HOME", str(tmp_path / "p"))
    with station(tmp_path / "p") as who:
        be(who, "auditor")
    assert run(["open", "wrong dose"]) == ExitCode.REFUSED
    said = capsys.readouterr().err
    assert "you are here as auditor, and this is for a lead or a responder" in said
    assert "nothing was recorded" in said
    assert run(["queue"]) == ExitCode.OK
    with station(tmp_path / "p") as who:
        be(who, "legal")
    assert run(["open", "wrong dose"]) == ExitCode.OK, "control: their role allows it"

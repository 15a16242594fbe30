"""Orders, releases and widenings of somebody without the right count once a lead adopts them: at the hub and everywhere."""

import pytest
from tests.support.traces import files_with
from tests.sync.conftest import SECRET, Team, note, order, said, stream_of

from ircockpit.core.errors import ExitCode
from ircockpit.core.scopes import PRIVILEGED
from ircockpit.features.erasure import actions, scopes
from ircockpit.features.membership.actions import adopt
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.store.workstation import Draft, Workstation


def agreed(team: Team) -> tuple[str, str]:
    from tests.support.hub import declare

    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    for who in (team.a, team.b):
        team.sync(who)
    return stream_of(team.a, ident), event


def adopt_plainly(who: Workstation, stream: str, event: str) -> None:
    """As any program may write it, also of an entry that has not come yet."""
    who.append([Draft(stream, "event.adopted", stream, ({"event": event},))])


@pytest.mark.parametrize("first", ["order", "adoption"])
def test_an_adopted_order_counts_whichever_came_first(team: Team, first: str) -> None:
    stream, event = agreed(team)
    asked = order(team.b, stream, event)  # by a responder
    if first == "adoption":
        adopt_plainly(team.a, stream, asked)
        team.sync(team.a)
    for who in (team.b, team.a, team.b):
        team.sync(who)
    if first == "order":
        for who in (team.a, team.b):
            assert said(who, event) == SECRET, "the control: it counts for nothing yet"
            assert actions.status(who).data["erasures"][0]["counts"] == "quarantined:role"
        shown = adopt(team.a, event=asked[:12])
        assert (shown.code, shown.data["adopted_by"]) == (ExitCode.REFUSED, ""), "first what would go"
        assert SECRET in str(shown.lines)
        assert adopt(team.a, event=asked[:12], confirm=asked[:12]).code == ExitCode.OK
        assert said(team.a, event) == SECRET, "without the hub's word nothing goes"
        assert actions.status(team.a).data["erasures"][0]["counts"] == "waits for the hub"
    for _ in range(3):  # the adoption there, the order carried out, that it was carried out
        for who in (team.a, team.b):
            team.sync(who)
    for who in (team.a, team.b):
        assert said(who, event) == "erased"
        assert files_with(who.profile.folder, SECRET) == []
        row = actions.status(who).data["erasures"][0]
        assert row["counts"] == "in force"
        assert {each["state"] for each in row["devices"]} == {"confirmed"}
        assert verify(who).code == ExitCode.OK
        assert rebuild(who).data["same"] is True
    held = team.hub.folder.store.parts_of(stream, event)
    assert held is not None
    assert "data" not in held.parts
    assert team.a.view.dump() == team.b.view.dump()


def test_the_word_of_somebody_who_may_not_adopt_adopts_nothing(team: Team) -> None:
    stream, event = agreed(team)
    asked = order(team.b, stream, event)
    adopt_plainly(team.b, stream, asked)
    for who in (team.b, team.a, team.b):
        team.sync(who)
    for who in (team.a, team.b):
        assert said(who, event) == SECRET
        assert actions.status(who).data["erasures"][0]["counts"] == "quarantined:role"


def test_an_adopted_release_and_an_adopted_widening_count(team: Team) -> None:
    stream, event = agreed(team)
    hold = str(actions.place(team.a, target=event[:12], reason="court").data["ident"])
    order(team.a, stream, event)
    other = note(team.a, str(team.a.view.rows("SELECT id FROM incident")[0][0]), "what counsel said")
    team.sync(team.a)
    scopes.narrow(team.a, entry=[other], reason="counsel", to=PRIVILEGED)
    for who in (team.a, team.b):
        team.sync(who)
    released = team.b.append([team.b.set_field(stream, "hold.released", hold, "state", "released")])[0]
    lifts = [str(row[0]) for row in team.b.view.rows("SELECT id FROM narrowing")]
    body = {"events": [[other, None]], "lifts": lifts, "scope": "team"}
    widened = team.b.append([Draft(stream, "scope.widened", team.b.new_id(stream), (body,))])[0]
    for who in (team.b, team.a):
        team.sync(who)
    assert said(team.a, event) == SECRET, "the control: still held"
    assert [each["in_force"] for each in actions.list_holds(team.a).data] == [True]
    assert team.hub.folder.store.withdrawal(stream).scope(other, "incident.noted", "team", 0) == PRIVILEGED
    for each in (released, widened):
        adopt(team.a, event=each[:12])
    for who in (team.a, team.b):
        team.sync(who)
        assert said(who, event) == "erased"
        assert [each["in_force"] for each in actions.list_holds(who).data] == [False]
    assert team.hub.folder.store.withdrawal(stream).scope(other, "incident.noted", "team", 0) == "team"
    connection = team.connection(team.b)
    assert connection.client.parts(stream, other), "who may read it again is given it"
    connection.close()


def test_words_that_were_not_accepted_can_be_erased_like_any(team: Team) -> None:
    stream, _ = agreed(team)
    team.hub.hub.members.authority.set_role(team.b.me, "observer", by="")
    ident = str(team.a.view.rows("SELECT id FROM incident")[0][0])
    refused = note(team.b, ident, "Words of an observer, written offline")
    for who in (team.b, team.a):
        team.sync(who)
    held = team.a.log.get(refused)
    assert held is not None
    assert held.doubt == "quarantined:role"
    order(team.a, stream, refused)
    for who in (team.a, team.b, team.a):
        team.sync(who)
    for who in (team.a, team.b):
        assert files_with(who.profile.folder, "Words of an observer") == []
        assert said(who, refused) == "erased"
        assert rebuild(who).data["same"] is True

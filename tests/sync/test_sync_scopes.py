"""Fewer readers over a hub: whoever lacks the right holds leaves alone, and fetches the words on the record once they may."""

import pytest
from tests.support.hub import declare
from tests.support.traces import files_with
from tests.sync.conftest import SECRET, Team, note, row_of, said, stream_of

from ircockpit.core.errors import ExitCode, RefusedError, TrustError
from ircockpit.core.scopes import PRIVILEGED, RESTRICTED
from ircockpit.features.erasure import scopes
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.store.workstation import Draft


def test_fewer_readers_get_leaves_and_those_without_the_right_drop_them(
    team: Team, shared: tuple[str, str]
) -> None:
    ident, event = shared
    mine = note(team.b, ident, "what Bo wrote himself")
    scopes.narrow(team.b, entry=[event, mine], reason="sensitive", to=PRIVILEGED)
    assert row_of(team.b, event) == ("{}", "withheld"), "at once, since the hub holds it"
    assert said(team.b, mine) == "what Bo wrote himself"
    team.sync(team.b)
    team.sync(team.a)
    assert said(team.a, event) == SECRET, "a lead reads it"
    assert row_of(team.b, event) == ("{}", "withheld")
    assert said(team.b, mine) == "what Bo wrote himself", "whoever wrote it keeps it"
    assert files_with(team.b.profile.folder, SECRET) == []
    connection = team.connection(team.b)
    with pytest.raises(TrustError, match="fewer readers"):
        connection.client.parts(stream_of(team.b, ident), event)
    connection.close()
    with pytest.raises(RefusedError):
        scopes.widen(team.b, entry=[event], reason="I want to")
    scopes.widen(team.a, entry=[event, mine], reason="cleared")
    team.sync(team.a)
    team.sync(team.b)
    assert verify(team.b).code == ExitCode.OK
    connection = team.connection(team.b)
    assert connection.client.parts(stream_of(team.b, ident), event)
    connection.close()


def test_withheld_words_are_fetched_with_the_right_and_on_the_record(
    team: Team, shared: tuple[str, str]
) -> None:
    _, event = shared
    team.hub.start(team.a, team.b)
    scopes.narrow(team.a, entry=[event], reason="sensitive", to=PRIVILEGED)
    team.sync(team.a)
    team.sync(team.b)
    assert said(team.b, event) == "withheld"
    with pytest.raises(TrustError, match="fewer readers"):
        scopes.fetch(team.b, entry=event, why="curious")
    scopes.widen(team.a, entry=[event], reason="cleared")
    team.sync(team.a)
    team.sync(team.b)
    assert said(team.b, event) == "withheld"
    fetched = scopes.fetch(team.b, entry=event, why="to call them back")
    assert fetched.data["body"] == {"text": SECRET}
    assert said(team.b, event) == SECRET
    assert rebuild(team.b).data["same"] is True
    assert "to call them back" in str(
        team.b.view.rows("SELECT body FROM entry WHERE type='scope.read'")[0][0]
    )
    with pytest.raises(RefusedError, match="here already"):
        scopes.fetch(team.b, entry=event, why="again")
    assert verify(team.b).code == ExitCode.OK


def test_what_was_restricted_from_the_start_goes_out_as_leaves(team: Team) -> None:
    ident = declare(team.a, "wrong dose")
    stream = stream_of(team.a, ident)
    events = team.a.append(
        [
            Draft(stream, "incident.noted", ident, ({"text": f"{scope} words"},), scope=scope)
            for scope in (RESTRICTED, PRIVILEGED, "of.a.later.version")
        ]
    )
    team.sync(team.a)
    team.sync(team.b)
    assert [said(team.b, each) for each in events] == ["restricted words", "withheld", "withheld"]
    assert verify(team.b).code == ExitCode.OK

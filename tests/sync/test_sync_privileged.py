"""Privileged records over a hub: to whoever may not read them nothing is told but that they exist."""

import threading

import pytest
from tests.support.hub import sync
from tests.support.traces import files_with
from tests.sync.conftest import Team, note, stream_of

from ircockpit.core.errors import ExitCode, NotFound, RefusedError
from ircockpit.features.companion import actions as companion
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record.actions import verify
from ircockpit.store.workstation import Workstation
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect


def test_of_a_privileged_record_others_see_only_that_it_exists(team: Team, shared: tuple[str, str]) -> None:
    ident, _ = shared
    record = str(companion.open_record(team.a, incident=ident).data["record"])
    written = str(
        incidents.note(team.a, incident=ident, text="what counsel advised", privileged=True).data["event"]
    )
    team.sync(team.a)
    team.sync(team.b)
    assert team.b.log.get(written) is None
    assert record not in team.b.log.streams()
    shown = companion.show(team.b, incident=ident)
    assert (shown.data["held"], shown.data["entries"]) == (False, [])
    assert files_with(team.b.profile.folder, "what counsel advised") == []
    with pytest.raises(RefusedError, match="leads and for counsel"):
        incidents.note(team.b, incident=ident, text="mine", privileged=True)
    connection = team.connection(team.b)
    assert record not in connection.client.heads().heads
    told = (connection.client.heads().since, connection.client.status()["events"])
    incidents.note(team.a, incident=ident, text="more of it", privileged=True)
    team.sync(team.a)
    assert (connection.client.heads().since, connection.client.status()["events"]) == told, (
        "not even that it grew"
    )
    closed = team.hub.hub.closed_to(team.b.identity.device, team.asked(team.b))
    assert closed is not None
    assert set(closed) == {record}
    assert not team.hub.hub.closed_to(team.a.identity.device, team.asked(team.a))
    for ask in (
        lambda: connection.client.pull(record, 0, 0, ""),
        lambda: connection.client.common(record, [(1, "0" * 64)]),
        lambda: connection.client.parts(record, written),
        lambda: connection.client.push(record, [b"{}"]),
    ):
        with pytest.raises(NotFound):
            ask()
    connection.close()
    entries = companion.show(team.a, incident=ident).data["entries"]
    assert [each["text"] for each in entries] == ["what counsel advised", "more of it"]


def test_a_record_of_a_kind_that_is_not_known_yet_is_for_the_fewest(team: Team) -> None:
    found = {}
    for kind in ("of_a_later_version", "intake"):
        found[kind], genesis = team.a.open_stream(kind)
        team.a.append([genesis])
    team.sync(team.a)
    team.sync(team.b)
    assert found["of_a_later_version"] not in team.b.log.streams()
    assert found["intake"] in team.b.log.streams(), "one that is known does arrive"
    closed = team.hub.hub.closed_to(team.b.identity.device, team.asked(team.b))
    assert closed is not None
    assert set(closed) == {found["of_a_later_version"]}
    assert verify(team.a).code == ExitCode.OK


def test_a_right_that_is_lost_and_given_again(team: Team, shared: tuple[str, str]) -> None:
    ident, _ = shared
    user = team.b.me
    authority = team.hub.hub.members.authority
    companion.open_record(team.a, incident=ident)
    incidents.note(team.a, incident=ident, text="what counsel advised", privileged=True)
    team.sync(team.a)
    authority.set_role(user, "legal", by="")
    team.sync(team.b)
    team.b.refresh()
    assert [each["text"] for each in companion.show(team.b, incident=ident).data["entries"]] == [
        "what counsel advised"
    ]
    incidents.note(team.b, incident=ident, text="unsent words of counsel", privileged=True)
    authority.set_role(user, "responder", by="")
    assert not team.sync(team.b).trouble
    assert not [each for each in team.alarms(team.b) if each.kind == "restored"], (
        "no loss is told for a lost right"
    )
    authority.set_role(user, "legal", by="")
    for who in (team.b, team.a):
        team.sync(who)
    assert "unsent words of counsel" in {
        each["text"] for each in companion.show(team.a, incident=ident).data["entries"]
    }


def test_hints_of_a_privileged_record_reach_only_those_who_read_it(
    team: Team, shared: tuple[str, str]
) -> None:
    ident, _ = shared
    team.hub.start(team.a, team.b)
    record = str(companion.open_record(team.a, incident=ident).data["record"])
    sync(team.a)
    public = stream_of(team.a, ident)
    heard: dict[str, list[str]] = {"a": [], "b": []}
    listening = [threading.Event(), threading.Event()]
    done = [threading.Event(), threading.Event()]

    def listen(number: int, name: str, who: Workstation) -> None:
        connection = connect(who.profile, who.identity, HttpTransport, who.clock)
        try:
            for stream in connection.client.hints():
                listening[number].set()
                heard[name].append(stream)
                if stream == public:
                    return
        finally:
            connection.close()
            done[number].set()

    for number, (name, who) in enumerate((("a", team.a), ("b", team.b))):
        threading.Thread(target=listen, args=(number, name, who), daemon=True).start()
        assert listening[number].wait(30)
    incidents.note(team.a, incident=ident, text="what counsel advised", privileged=True)
    sync(team.a)
    note(team.a, ident, "for everybody")
    sync(team.a)
    assert all(each.wait(60) for each in done)
    assert record in heard["a"]
    assert record not in heard["b"]
    assert public in heard["b"]


def test_a_right_given_while_listening_brings_what_was_not_told_before(
    team: Team, shared: tuple[str, str]
) -> None:
    ident, _ = shared
    companion.open_record(team.a, incident=ident)
    incidents.note(team.a, incident=ident, text="what counsel advised", privileged=True)
    team.sync(team.a)
    connection = team.connection(team.b)  # one engine throughout, as beside a screen
    connection.engine.round()
    connection.engine.round()
    team.hub.hub.members.authority.set_role(team.b.me, "legal", by="")
    for _ in range(2):
        connection.engine.round()
    connection.close()
    team.b.refresh()
    assert [each["text"] for each in companion.show(team.b, incident=ident).data["entries"]] == [
        "what counsel advised"
    ]

"""Erasure, holds and scopes over a hub: every device drops what is to go, in any order, and says so; nothing else does."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, declare, join, sync
from tests.support.traces import files_with
from tests.sync.conftest import Team

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import manifest_of
from ircockpit.core.errors import ExitCode, NotFound, RefusedError, TrustError
from ircockpit.core.reduce import Picture
from ircockpit.core.scopes import PRIVILEGED, RESTRICTED
from ircockpit.features.companion import actions as companion
from ircockpit.features.erasure import actions, scopes
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.incidents import actions as incidents
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.features.table import events
from ircockpit.ledger.event import to_wire
from ircockpit.store import erasing
from ircockpit.store.fold import happening
from ircockpit.store.log import Log
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import connect

SECRET = "Zoraida Quixotebury-Wexford called twice"
WHY = "the person asked for it"


def stream_of(who: Workstation, ident: str) -> str:
    return str(who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


def note(who: Workstation, ident: str, text: str = SECRET) -> str:
    return str(incidents.note(who, incident=ident, text=text).data["event"])


def order(who: Workstation, stream: str, *events: str) -> str:
    """An order as any program may write it: nothing is checked before."""
    named = [[event, None] for event in events]
    return who.append(
        [Draft(stream, "erasure.ordered", who.new_id(stream), ({"events": named}, {"why": WHY}))]
    )[0]


def row_of(who: Workstation, event: str) -> tuple[str, str]:
    rows = who.view.rows("SELECT body, missing FROM entry WHERE event_id=?", (event,))
    return str(rows[0][0]), str(rows[0][1])


def said(who: Workstation, event: str) -> str:
    return str(json.loads(row_of(who, event)[0]).get("text", row_of(who, event)[1]))


def confirmed(who: Workstation) -> dict[str, bool]:
    return {each["device"]: each["confirmed"] for each in actions.status(who).data["erasures"][0]["devices"]}


@pytest.fixture
def shared(team: Team) -> tuple[str, str]:
    """An incident with a note that both devices and the hub hold."""
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    team.sync(team.a)
    team.sync(team.b)
    for place in (team.a.profile.folder, team.b.profile.folder, team.hub.path):
        found = files_with(place, SECRET) or files_with(place, as_kept(team, event))
        assert found, f"the control: {place.name} holds it before"
    return ident, event


def as_kept(team: Team, event: str) -> str:
    """How the hub spells the words: base64 inside JSON."""
    stored = team.a.log.get(event)
    assert stored is not None
    return str(to_wire(stored.event)["p"][0].get("data", "gone"))[8:60]


def erase(who: Workstation, event: str) -> None:
    done = actions.erase(who, entry=[event], reason=WHY, yes=True, confirm=event[:12])
    assert (done.code, done.data["ordered"]) == (ExitCode.OK, True)


def clean(team: Team, spelled: str, *who: Workstation) -> None:
    for place in (team.hub.path, *(each.profile.folder for each in who)):
        assert files_with(place, SECRET) == []
        assert files_with(place, spelled) == []


def test_it_goes_at_the_hub_and_on_every_device_and_each_says_so(team: Team, shared: tuple[str, str]) -> None:
    _, event = shared
    spelled = as_kept(team, event)
    erase(team.a, event)
    assert said(team.a, event) == SECRET, "without the hub's word nothing goes"
    assert actions.status(team.a).data["erasures"][0]["counts"] == "waits for the hub"
    team.sync(team.a)
    clean(team, spelled, team.a)
    assert said(team.a, event) == "erased"
    assert confirmed(team.a) == {team.a.identity.device: True, team.b.identity.device: False}
    # b was offline until now
    assert said(team.b, event) == SECRET
    team.sync(team.b)
    clean(team, spelled, team.a, team.b)
    assert said(team.b, event) == "erased"
    team.sync(team.b)
    team.sync(team.a)
    assert confirmed(team.a) == {team.a.identity.device: True, team.b.identity.device: True}
    for who in (team.a, team.b):
        assert verify(who).code == ExitCode.OK
        assert rebuild(who).data["same"] is True
    assert team.a.view.dump() == team.b.view.dump()


def test_a_device_that_never_held_it_gets_leaves_only(team: Team) -> None:
    ident = declare(team.a, "wrong dose")
    event = note(team.a, ident)
    spelled = as_kept(team, event)
    order(team.a, stream_of(team.a, ident), event)
    team.sync(team.a)
    team.sync(team.b)
    assert said(team.b, event) == "erased"
    clean(team, spelled, team.a, team.b)
    assert verify(team.b).code == ExitCode.OK


def test_an_event_that_comes_after_its_erasure_is_never_shown(team: Team, shared: tuple[str, str]) -> None:
    ident, _ = shared
    late = note(team.b, ident)  # b is offline; somebody carried the id to a lead
    spelled_b = team.b.log.get(late)
    assert spelled_b is not None
    order(team.a, stream_of(team.a, ident), late)
    team.sync(team.a)
    with team.a.log.writing() as writer:  # by bundle, before the hub has it
        assert writer.add(spelled_b.event)
    team.a.refresh()
    assert said(team.a, late) == "erased"
    held = team.a.log.get(late)
    assert held is not None
    assert [part.data for part in held.event.parts] == [None]
    team.sync(team.b)  # pushes it with its words, and pulls the order in the same round
    assert said(team.b, late) == "erased"
    team.sync(team.a)
    assert verify(team.a).code == verify(team.b).code == ExitCode.OK


def test_an_order_without_the_role_drops_nothing_anywhere(team: Team, shared: tuple[str, str]) -> None:
    ident, event = shared
    order(team.b, stream_of(team.b, ident), event)  # b is a responder, with a program that does not ask
    assert said(team.b, event) == SECRET
    team.sync(team.b)
    team.sync(team.a)
    for who in (team.a, team.b):
        assert said(who, event) == SECRET
        assert actions.status(who).data["erasures"][0]["counts"] == "quarantined:role"
    assert team.b.log.meta(erasing.ROLE) == "responder"
    with pytest.raises(RefusedError, match="responder"):
        actions.erase(team.b, entry=[event], reason=WHY)
    hold = actions.place(team.b, target=ident, reason="court").data["short"]
    with pytest.raises(RefusedError, match="responder"):
        actions.release(team.b, hold=hold, reason="no")


def test_a_hold_from_offline_reaches_everybody_and_comes_too_late_only_for_what_is_gone(
    team: Team, shared: tuple[str, str]
) -> None:
    ident, event = shared
    other = note(team.a, ident, "Second secret of the same evening")
    team.sync(team.a)
    team.sync(team.b)
    hold = str(actions.place(team.b, target=ident, reason="court").data["short"])  # offline
    order(team.a, stream_of(team.a, ident), event, other)
    team.sync(team.a)  # the order counts; a and the hub have not heard of the hold
    assert said(team.a, event) == "erased"
    team.sync(team.b)  # b has its hold: it keeps the words
    assert said(team.b, event) == SECRET
    team.sync(team.a)
    state = actions.status(team.a).data["erasures"][0]
    assert state["holds"] == [hold]
    assert not confirmed(team.b)[team.b.identity.device]
    late = actions.place(team.a, target=event[:12], reason="auditor")
    assert "do not come back" in late.said
    short = str(late.data["short"])
    team.sync(team.a)
    for name in (hold, short):
        assert said(team.b, event) == SECRET
        actions.release(team.a, hold=name, reason="over")
        team.sync(team.a)
        team.sync(team.b)
    assert said(team.b, event) == "erased"
    assert files_with(team.b.profile.folder, SECRET) == []
    team.sync(team.b)
    team.sync(team.a)
    assert team.a.view.dump() == team.b.view.dump()


def held_bytes(log: Log, idents: list[str]) -> list[list[bool]]:
    found = [log.get(each) for each in idents]
    return [[part.data is not None for part in each.event.parts] for each in found if each is not None]


@pytest.mark.parametrize(("released", "step"), [(False, False), (True, False), (True, True)])
def test_any_order_of_event_order_hold_and_release_gives_the_same(
    team: Team, tmp_path: Path, released: bool, step: bool
) -> None:
    """Swept after each arrival (``step``), a hold that comes last cannot bring bytes back: then all are released."""
    a = team.a
    ident = declare(a, "wrong dose")
    stream = stream_of(a, ident)
    event = note(a, ident)
    hold = str(actions.place(a, target=event[:12], reason="court").data["event"])
    order_id = order(a, stream, event)
    release = a.append(
        [
            a.set_field(
                stream, "hold.released", str(actions.list_holds(a).data[0]["ident"]), "state", "released"
            )
        ]
    )[0]
    idents = [event, hold, order_id, *([release] if released else [])]
    words = {each: stored.event for each in idents if (stored := a.log.get(each)) is not None}
    before = [
        stored.event
        for stored in a.log.since(0, 10_000)
        if stored.event.id not in (event, hold, order_id, release)
    ]
    outcomes = set()
    for number, arrival in enumerate(itertools.permutations(idents)):
        log = Log(tmp_path / f"{number}.db")
        with log.writing() as writer:
            for earlier in before:
                writer.add(earlier)
        for each in arrival:
            with log.writing() as writer:
                writer.add(words[each])
            if step:
                sweep(log, a.identity.device)
        sweep(log, a.identity.device)
        outcomes.add((json.dumps(held_bytes(log, [event])), dumped(log)))
        assert [bool(stored.erased) for stored in [log.get(event)] if stored] == [released]
        log.close()
    assert [held for held, _ in outcomes] == [json.dumps([[not released]])], (
        "one outcome, whatever came first"
    )


def dumped(log: Log) -> bytes:
    picture = Picture(events())
    for stored in log.since(0, 10_000):
        picture.apply(happening(stored))
    return picture.dump()


def sweep(log: Log, device: str) -> None:
    erasing.settle_alone(log, lambda _: True)
    with log.writing() as writer:
        for each in list(erasing.going(log, device)):
            for index in each.parts:
                writer.take_away(each.stored.arrival, index)


KILLED = """
import os, signal, sys
from pathlib import Path
from ircockpit.features.catalogue import open_workstation
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.store import sweep
from ircockpit.hub import erasing as at_hub
from tests.support.hub import DirectTransport, sync

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

home, hub_folder, where = map(Path, sys.argv[1:])
setattr(sweep if where.name == "device" else at_hub, "rewrite", die)
hub = Hub(HubFolder(hub_folder))
with open_workstation(home) as station:
    sync(station, lambda _: DirectTransport(lambda: hub))
"""


@pytest.mark.parametrize("where", ["device", "hub"])
def test_killed_in_the_middle_device_and_hub_go_on(
    team: Team, shared: tuple[str, str], where: str, repository: Path
) -> None:
    _, event = shared
    spelled = as_kept(team, event)
    erase(team.a, event)
    if where == "device":
        team.sync(team.a)
    victim = team.b if where == "device" else team.a
    team.hub.folder.close()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(victim.profile.folder), str(team.hub.path), where], check=False,
        capture_output=True, cwd=repository, env={**os.environ, "PYTHONPATH": str(repository)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    if where == "device":
        assert files_with(victim.profile.folder, SECRET), "the control: cut off before, it is still there"
    else:
        assert files_with(team.hub.path, spelled), "the control: cut off before, it is still there"
    team.hub.restart()
    for who in (team.a, team.b, team.a):
        team.sync(who)
    clean(team, spelled, team.a, team.b)


def test_a_file_goes_at_the_hub_and_one_sent_late_goes_again(
    team: Team, shared: tuple[str, str], tmp_path: Path
) -> None:
    ident, _ = shared
    path = tmp_path / "chat.txt"
    path.write_text(SECRET * 3)
    sha256 = str(evidence.add(team.a, file=str(path), incident=ident).data["sha256"])
    event = str(team.a.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
    team.hub.folder.blobs.put_path(path)
    team.sync(team.a)
    FileBlobs(team.b.profile.blobs).put_path(path)
    team.sync(team.b)
    assert files_with(team.hub.path / "blobs", SECRET)
    erase(team.a, event)
    team.sync(team.a)
    team.sync(team.b)
    for blobs in (team.hub.folder.blobs, FileBlobs(team.a.profile.blobs), FileBlobs(team.b.profile.blobs)):
        assert not blobs.has(sha256)
    connection = team.connection(team.b)
    manifest = manifest_of([path.read_bytes()])
    assert connection.client.begin_upload(manifest) is None, "it is not asked for"
    with pytest.raises(NotFound):
        connection.client.put_chunk(manifest, 0, path.read_bytes())
    connection.close()
    assert files_with(team.hub.path, SECRET) == []


def test_a_file_half_way_to_the_hub_goes_with_its_erasure(
    team: Team, shared: tuple[str, str], tmp_path: Path
) -> None:
    ident, _ = shared
    path = tmp_path / "chat.txt"
    path.write_text(SECRET * 3)
    evidence.add(team.a, file=str(path), incident=ident)
    event = str(team.a.view.rows("SELECT event_id FROM entry WHERE type='evidence.added'")[0][0])
    team.sync(team.a)
    connection = team.connection(team.a)
    manifest = manifest_of([path.read_bytes()])
    connection.client.begin_upload(manifest)
    connection.client.put_chunk(manifest, 0, path.read_bytes())
    assert files_with(team.hub.path / "uploads", SECRET), "the control: it arrived, and is not committed"
    erase(team.a, event)
    team.sync(team.a)
    with pytest.raises(NotFound):
        connection.client.commit_upload(manifest)
    connection.close()
    assert files_with(team.hub.path, SECRET) == []


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


def test_a_hub_put_back_to_before_the_erasure_erases_again(
    team: Team, shared: tuple[str, str], tmp_path: Path
) -> None:
    _, event = shared
    spelled = as_kept(team, event)
    team.hub.back_up(tmp_path / "backup")
    erase(team.a, event)
    for who in (team.a, team.b, team.a):
        team.sync(who)
    team.hub.restore(tmp_path / "backup")
    assert files_with(team.hub.path, spelled), "the control: the backup holds it"
    for who in (team.b, team.a, team.b):
        team.sync(who)
    clean(team, spelled, team.a, team.b)
    assert team.a.view.dump() == team.b.view.dump()


def test_a_hub_that_was_put_back_gets_withheld_words_from_who_holds_them(team: Team, tmp_path: Path) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "backup")
    event, gone = note(team.a, ident), note(team.a, ident, "Another secret of that evening")
    team.sync(team.a)
    team.sync(team.b)
    scopes.narrow(team.a, entry=[event], reason="sensitive", to=PRIVILEGED)
    erase(team.a, gone)
    for who in (team.a, team.b):
        team.sync(who)
    assert said(team.b, event) == "withheld"
    team.hub.restore(tmp_path / "backup")
    team.sync(team.b)  # the hub has the event now, from somebody who has no words of it
    stream = stream_of(team.a, ident)
    stored = team.hub.folder.store.parts_of(stream, event)
    assert stored is not None
    assert "data" not in stored.parts, "the control: it lacks them"
    team.sync(team.a)
    for ident_, there in ((event, True), (gone, False)):
        stored = team.hub.folder.store.parts_of(stream, ident_)
        assert stored is not None
        assert ("data" in stored.parts) is there


def test_a_newcomer_never_gets_it(team: Team, shared: tuple[str, str], newcomer: Workstation) -> None:
    _, event = shared
    erase(team.a, event)
    team.sync(team.a)
    team.sync(team.b)
    join(team.hub, newcomer, "Cy", DirectTransport(lambda: team.hub.hub))
    team.sync(newcomer)
    assert said(newcomer, event) == "erased"
    assert files_with(newcomer.profile.folder, SECRET) == []
    assert verify(newcomer).code == ExitCode.OK


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

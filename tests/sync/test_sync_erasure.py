"""Erasure and holds over a hub: every device drops what is to go, in any order, and says so; nothing else does."""

import itertools
import json
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, declare, join
from tests.support.traces import files_with
from tests.sync.conftest import SECRET, WHY, Team, as_kept, clean, erase, note, order, said, stream_of

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import manifest_of
from ircockpit.core.errors import ExitCode, NotFound, RefusedError
from ircockpit.core.reduce import Picture
from ircockpit.features.erasure import actions
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.record.actions import rebuild, verify
from ircockpit.features.table import events
from ircockpit.store import erasing
from ircockpit.store.fold import happening
from ircockpit.store.log import Log
from ircockpit.store.workstation import Workstation


def confirmed(who: Workstation) -> dict[str, bool]:
    return {each["device"]: each["confirmed"] for each in actions.status(who).data["erasures"][0]["devices"]}


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

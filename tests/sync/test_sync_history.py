"""What a client believes of a hub: only a history that goes on from the one it verified, signed by the hub's key."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.copies import copy_unnoticed
from tests.support.hub import DirectTransport, LocalHub, declare, ids, set_field, station, sync
from tests.sync.conftest import Team

from ircockpit.core.errors import OfflineError, TrustError
from ircockpit.ledger.signing import SigningKey
from ircockpit.store.lanemark import read_mark
from ircockpit.store.log import Log
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import Alarm, alarms, clear_alarms, raise_alarm
from ircockpit.sync.engine import Round
from ircockpit.sync.transport import Headers, Reply
from ircockpit.sync.worker import Connection, connect


class Tampered(DirectTransport):
    """A hub, or somebody on the way, that changes the pages of events it hands out."""

    def __init__(self, hub: LocalHub, change: Callable[[list[dict[str, object]]], None]) -> None:
        super().__init__(lambda: hub.hub)
        self._change = change

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        reply = super().send(method, path, body, headers)
        if method != "GET" or "/events" not in path or reply.status != 200:
            return reply
        lines = [json.loads(line) for line in reply.body.split(b"\n") if line]
        self._change(lines)
        return reply._replace(body=b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def _flip_envelope(lines: list[dict[str, object]]) -> None:
    text = str(lines[2]["e"])
    lines[2]["e"] = text.replace('"scope":"team"', '"scope":"tear"')


def _flip_part(lines: list[dict[str, object]]) -> None:
    part = lines[2]["p"][0]  # type: ignore[index]
    part["data"] = ("A" if part["data"][0] != "A" else "B") + part["data"][1:]


def _flip_signature(lines: list[dict[str, object]]) -> None:
    text = str(lines[2]["s"])
    lines[2]["s"] = ("A" if text[0] != "A" else "B") + text[1:]


def _flip_receipt(lines: list[dict[str, object]]) -> None:
    text = json.loads(str(lines[2]["r"]))
    lines[2]["r"] = json.dumps({**text, "received_at": text["received_at"] + 1}, separators=(",", ":"))


def _leave_one_out(lines: list[dict[str, object]]) -> None:
    del lines[2]
    lines[0]["count"] = int(str(lines[0]["count"])) - 1


def _cut_off(lines: list[dict[str, object]]) -> None:
    del lines[-1]


def _swap(lines: list[dict[str, object]]) -> None:
    lines[1], lines[2] = lines[2], lines[1]


def _nothing(_: list[dict[str, object]]) -> None:
    return


@pytest.mark.parametrize(
    ("change", "caught"),
    [
        (_flip_envelope, True),
        (_flip_part, True),
        (_flip_signature, True),
        (_flip_receipt, True),
        (_leave_one_out, True),
        (_cut_off, True),
        (_swap, True),
        (_nothing, False),
    ],
)
def test_a_tampered_page_is_refused_whole(
    team: Team, change: Callable[[list[dict[str, object]]], None], caught: bool
) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    before = ids(team.b)
    done = sync(team.b, lambda _: Tampered(team.hub, change))
    assert bool(done.trouble) is caught
    assert bool(alarms(team.b.log)) is caught
    known = team.b.view.rows("SELECT id FROM incident WHERE id=?", (ident,))
    assert known == ([] if caught else [(ident,)])
    if caught:
        assert ids(team.b) == before
        team.sync(team.b)  # the true page is taken afterwards
    assert ids(team.b) >= ids(team.a)


def test_another_key_cannot_speak_for_the_hub(team: Team) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.hub.folder.log_key = SigningKey.generate()
    before = ids(team.b)
    done = team.sync(team.b)
    assert all("not signed by" in trouble for trouble in done.trouble)
    assert done.trouble
    assert ids(team.b) == before


def test_a_hub_put_back_silently_is_healed_and_alarms(team: Team, tmp_path: Path) -> None:
    declare(team.a, "before")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "after")
    team.sync(team.a)
    team.sync(team.b)
    set_field(team.b, ident, "severity", "SEV1")
    team.sync(team.b)
    total = len(ids(team.b))
    team.hub.restore(tmp_path / "old")
    assert team.hub.folder.store.counts().events < total
    team.sync(team.b)  # b alone heals it, with a's entries too
    assert team.hub.folder.store.counts().events == total
    team.sync(team.a)
    assert ids(team.a) == ids(team.b)
    assert team.a.view.dump() == team.b.view.dump()
    assert "restored" in {alarm.kind for alarm in alarms(team.b.log)}
    assert team.b.log.unconfirmed_count() == 0
    assert clear_alarms(team.b.log) > 0
    assert alarms(team.b.log) == []


def test_two_histories_of_one_size_raise_an_alarm_naming_both(team: Team, tmp_path: Path) -> None:
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "one history")
    team.sync(team.a)
    team.hub.restore(tmp_path / "old")
    stream = team.a.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0]
    team.sync(team.a)
    told = [alarm for alarm in alarms(team.a.log) if alarm.kind == "two-histories"]
    assert {alarm.stream for alarm in told} == {stream}
    assert all("both checkpoints are kept" in alarm.text for alarm in told)


def test_a_new_generation_is_read_from_its_start(team: Team) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.folder.store.close()
    with sqlite3.connect(team.hub.path / "hub.db") as db:
        db.execute("UPDATE stream SET gen = gen + 1")
    db.close()
    for who in (team.a, team.b, team.a):
        assert team.sync(who).trouble == ()
    for who in (team.a, team.b):
        assert who.log.unconfirmed_count() == 0
        assert {who.log.reach(stream).gen for stream in who.log.streams()} == {2}  # type: ignore[union-attr]
    team.sync(team.a)
    declare(team.a, "in the new one")
    assert team.sync(team.a).pushed


def test_a_hub_that_lost_everything_gets_it_back(team: Team, tmp_path: Path) -> None:
    team.hub.back_up(tmp_path / "empty")
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.restore(tmp_path / "empty")
    with sqlite3.connect(team.hub.path / "hub.db") as db:
        db.execute("DELETE FROM device")
        db.execute('DELETE FROM certificate WHERE instr(CAST(raw AS TEXT), \'"purpose":"device"\')')
    db.close()
    team.hub.back_up(tmp_path / "forgotten")
    team.hub.restore(tmp_path / "forgotten")
    team.sync(team.b)  # its certificate still speaks for it
    team.sync(team.a)
    assert team.hub.folder.store.counts().events == len(ids(team.a))
    assert len(team.hub.folder.store.devices()) == 2


def _sync_both(team: Team, twin: Workstation) -> list[Round]:
    return [team.sync(who) for who in (team.b, twin, team.b, twin)]


def test_a_copied_device_raises_an_alarm_and_keeps_both_branches(team: Team, tmp_path: Path) -> None:
    ident = declare(team.b, "before the copy")
    team.sync(team.b)
    copy_unnoticed(team.b.profile.folder, tmp_path / "twin")
    with station(tmp_path / "twin") as twin:
        set_field(team.b, ident, "severity", "SEV1")
        set_field(twin, ident, "severity", "SEV4")
        written = ids(team.b) | ids(twin)
        epochs = {read_mark(who.profile.lane_mark)[0] for who in (team.b, twin)}
        assert len(epochs) == 1
        _sync_both(team, twin)
        assert ids(team.b) == ids(twin) >= written
        assert "copied" in {alarm.kind for who in (team.b, twin) for alarm in alarms(who.log)}
        set_field(team.b, ident, "owner", "x")
        set_field(twin, ident, "impact", "y")
        assert read_mark(team.b.profile.lane_mark)[0] != read_mark(twin.profile.lane_mark)[0]
        _sync_both(team, twin)
        assert ids(team.b) == ids(twin)
        assert team.hub.folder.store.counts().forks == 1  # the new lanes collide no more
        assert team.b.view.dump() == twin.view.dump()
        assert team.b.view.rows("SELECT disputed FROM incident WHERE id=?", (ident,)) == [("severity",)]


def test_a_colleague_is_told_of_the_copy_too(team: Team, tmp_path: Path) -> None:
    ident = declare(team.b, "before the copy")
    team.sync(team.b)
    copy_unnoticed(team.b.profile.folder, tmp_path / "twin")
    with station(tmp_path / "twin") as twin:
        set_field(team.b, ident, "severity", "SEV1")
        set_field(twin, ident, "severity", "SEV4")
        team.sync(team.b)
        team.sync(team.a)
        team.sync(twin)
        team.sync(team.a)
    assert [alarm.text for alarm in alarms(team.a.log)] == [
        "a colleague's device was copied or its disk put back: two entries claim one place; both are kept"
    ]


def test_a_hub_that_no_longer_knows_the_device_says_so(team: Team, tmp_path: Path) -> None:
    with station(tmp_path / "c") as stranger:
        me = stranger.identity._replace(
            hub="http://hub.invalid", hub_log_key=team.hub.folder.log_key.public.hex()
        )
        stranger.profile.save_identity(me)
        stranger.identity = me
        with pytest.raises(TrustError, match="not known here"):
            team.sync(stranger)


def test_what_another_process_took_back_is_sent_again_by_this_one(team: Team, tmp_path: Path) -> None:
    """A command beside the screen learns that the hub was restored, and is ended before it has sent anything."""
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "wrong dose")

    def open_engine() -> Connection:
        return connect(
            team.a.profile, team.a.identity, lambda _: DirectTransport(lambda: team.hub.hub), team.a.clock
        )

    screen, command = open_engine(), open_engine()
    screen.engine.round()
    command.engine.round()
    assert screen.engine.waiting() == {}
    team.hub.restore(tmp_path / "old")
    command.engine._pull_changed(command.client.heads())
    command.close()
    screen.engine.round()
    assert screen.engine.waiting() == {}
    screen.close()
    assert team.a.log.unconfirmed_count() == 0
    team.sync(team.b)
    assert team.b.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]


def test_alarms_raised_at_once_are_all_kept(team: Team) -> None:
    def raise_some(who: str) -> None:
        log = Log(team.a.profile.log_db)
        for number in range(20):
            raise_alarm(log, Alarm("copied", who, str(number), number))
        log.close()

    both = [threading.Thread(target=raise_some, args=(who,)) for who in ("one", "two")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(alarms(team.a.log)) == 40


@pytest.mark.parametrize("seen", [False, True])
def test_what_was_acknowledged_and_then_lost_unseen_is_sent_again(
    team: Team, tmp_path: Path, seen: bool
) -> None:
    """Nothing tells of that loss: the hub is where it was when this device last looked."""
    a, hub = team.a, team.hub
    ident = declare(a, "known to the hub")
    team.sync(a)
    hub.back_up(tmp_path / "before")
    if seen:
        set_field(a, ident, "severity", "SEV1")
    else:
        declare(a, "in a record of its own")
    asked: list[str] = []

    def no_way_back(method: str, _: str) -> str:
        asked.append(method)
        return "lost request" if asked.count("POST") > 1 and method == "GET" else ""

    links = iter((no_way_back, lambda *_: ""))
    fault = next(links)
    connection = connect(
        a.profile, a.identity, lambda _: DirectTransport(lambda: hub.hub, lambda m, p: fault(m, p)), a.clock
    )
    with pytest.raises(OfflineError):
        connection.engine.round()
    assert hub.folder.store.counts().events == len(ids(a))
    hub.restore(tmp_path / "before")
    fault = next(links)
    connection.engine.round()
    assert connection.engine.waiting() == {}
    assert hub.folder.store.counts().events == len(ids(a))
    connection.close()

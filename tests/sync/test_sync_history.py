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

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import CockpitError, OfflineError, StoreError, TrustError
from ircockpit.features.record.doctor import examine
from ircockpit.features.record.verification import Verifier
from ircockpit.features.sharing import hosting
from ircockpit.hub.folder import HubFolder, alone
from ircockpit.hub.generations import announce
from ircockpit.hub.service import Hub
from ircockpit.ledger.checkpoint import Origin, make, parse_and_verify
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.signing import SigningKey
from ircockpit.ledger.verify import Finding
from ircockpit.store import history, outbox
from ircockpit.store.lanemark import read_mark
from ircockpit.store.log import Log
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import Alarm, alarms, clear_alarms, raise_alarm
from ircockpit.sync.engine import Round
from ircockpit.sync.intake import take_in
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


def gens(who: Workstation) -> dict[str, int]:
    return {stream: reach.gen for stream, reach in outbox.reaches(who.log).items()}


def stream_of(who: Workstation, ident: str) -> str:
    return str(who.view.rows("SELECT stream FROM incident WHERE id=?", (ident,))[0][0])


@pytest.mark.parametrize("whole", [False, True])
def test_a_hub_put_back_silently_begins_a_new_generation_and_is_healed(
    team: Team, tmp_path: Path, whole: bool
) -> None:
    """By the mark beside the database, or, where that was put back as well, by what a workstation holds."""
    declare(team.a, "before")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "after")
    team.sync(team.a)
    team.sync(team.b)
    set_field(team.b, ident, "severity", "SEV1")
    team.sync(team.b)
    total = len(ids(team.b))
    before = gens(team.b)
    team.hub.restore(tmp_path / "old", whole=whole)
    assert team.hub.folder.store.counts().events < total
    assert {head.gen > 1 for head in team.hub.folder.store.heads()} == {not whole}
    team.sync(team.b)  # b alone heals it, with a's entries too
    assert team.hub.folder.store.counts().events == total
    team.sync(team.a)
    assert ids(team.a) == ids(team.b)
    assert team.a.view.dump() == team.b.view.dump()
    assert "restored" in {alarm.kind for alarm in alarms(team.b.log)}
    assert team.b.log.unconfirmed_count() == 0
    assert all(gens(team.b)[stream] > gen for stream, gen in before.items())
    assert gens(team.a) == gens(team.b)
    assert "two-histories" not in {each.kind for who in (team.a, team.b) for each in alarms(who.log)}
    for who in (team.a, team.b):  # what the generation before had signed still proves what it proved
        assert verified(who) == []
    assert clear_alarms(team.b.log) > 0
    assert alarms(team.b.log) == []


def test_the_checkpoint_that_shows_it_is_kept_as_evidence(team: Team, tmp_path: Path) -> None:
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    declare(team.a, "after")
    team.sync(team.a)
    team.hub.restore(tmp_path / "old", whole=True)
    team.sync(team.a)
    with sqlite3.connect(team.hub.path / "hub.db") as db:
        kept = {text for (text,) in db.execute("SELECT text FROM forgotten")}
    db.close()
    assert kept
    assert kept <= {text for s in team.a.log.streams() for _, _, text in team.a.log.checkpoints(s)}


def verified(who: Workstation) -> list[Finding]:
    verifier = Verifier(who.log, who.identity)
    return [finding for stream in who.log.streams() for finding in verifier.stream(stream).findings]


def test_what_a_generation_shares_is_not_pulled_again(team: Team) -> None:
    for number in range(12):
        declare(team.a, f"incident {number}")
    ident = declare(team.a, "the long one")
    for number in range(40):
        set_field(team.a, ident, "owner", f"{number}")
    team.sync(team.a)
    team.sync(team.b)
    announce(team.hub.folder.store, team.hub.folder.mark, "for the test", 1)
    asked: list[str] = []

    def note(method: str, path: str) -> str:
        asked.append(f"{method} {path}")
        return ""

    done = sync(team.b, lambda _: DirectTransport(lambda: team.hub.hub, note))
    assert (done.pulled, done.pushed, done.trouble) == (0, 0, ())
    pulls = [each for each in asked if each.startswith("GET") and "/events" in each]
    assert len(pulls) == len(gens(team.b))
    assert not [each for each in asked if "common" in each]
    assert set(gens(team.b).values()) == {2}
    assert team.b.log.unconfirmed_count() == 0
    assert alarms(team.b.log) == []  # nothing was lost
    assert verified(team.b) == []


def test_of_a_history_lost_in_part_only_the_rest_is_pulled_again(team: Team, tmp_path: Path) -> None:
    ident = declare(team.a, "wrong dose")
    for number in range(30):
        set_field(team.a, ident, "owner", f"{number}")
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    for number in range(5):
        set_field(team.a, ident, "owner", f"late {number}")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.restore(tmp_path / "old", whole=True)
    stream = stream_of(team.a, ident)
    kept = team.hub.folder.store.head(stream)
    assert kept is not None
    team.sync(team.a)
    team.sync(team.b)
    for who in (team.a, team.b):
        assert [each.start for each in history.generations(who.log, stream)] == [0, kept.seq]
        assert who.log.unconfirmed_count() == 0
        first = history.receipts(who.log, stream, 1)  # kept, though the hub has forgotten them
        assert len(first) == kept.seq + 5
        assert history.receipts(who.log, stream, gens(who)[stream])[: kept.seq] == first[: kept.seq]


def test_put_back_twice_no_generation_is_used_twice(team: Team, tmp_path: Path) -> None:
    """Each time by another workstation, of which one has not seen the generation between."""
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    team.hub.back_up(tmp_path / "old")
    for round_, who in enumerate((team.a, team.b, team.a)):
        set_field(who, ident, "owner", f"{round_}")
        team.sync(who)
        team.hub.restore(tmp_path / "old", whole=True)
        team.hub.hub = Hub(team.hub.folder, clock=Later(round_ + 1))
        team.sync(who)
    for who in (team.a, team.b, team.a, team.b):
        team.sync(who)
    assert ids(team.a) == ids(team.b)
    assert gens(team.a) == gens(team.b)
    assert "two-histories" not in {each.kind for who in (team.a, team.b) for each in alarms(who.log)}
    for who in (team.a, team.b):
        assert who.log.unconfirmed_count() == 0
        assert verified(who) == []


class Later(SystemClock):
    """A clock some hours ahead, as when a backup is put back another day."""

    def __init__(self, hours: int) -> None:
        super().__init__()
        self._ahead = hours * 3_600_000_000

    def wall_us(self) -> int:
        return super().wall_us() + self._ahead


class Shameless(DirectTransport):
    """A way to a hub that is not shown what it has signed before, as one that lies would not look at it."""

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        kept = tuple(each for each in headers if each[0] != "ircockpit-checkpoint")
        return super().send(method, path, body, kept)


@pytest.mark.parametrize("honest", [False, True])
def test_a_hub_that_goes_back_and_begins_no_generation_is_not_followed(
    team: Team, tmp_path: Path, honest: bool
) -> None:
    team.sync(team.a)
    team.hub.back_up(tmp_path / "old")
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.hub.restore(tmp_path / "old", whole=True)
    way = DirectTransport if honest else Shameless
    done = sync(team.a, lambda _: way(lambda: team.hub.hub))
    assert bool(done.trouble) is not honest
    assert ("refused" in {each.kind for each in alarms(team.a.log)}) is not honest
    assert team.a.view.rows("SELECT title FROM incident WHERE id=?", (ident,)) == [("wrong dose",)]


def fork_the_hub(team: Team, folder: Path) -> str:
    """A hub that has signed one history for a, and another one of the same size and generation for b."""
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    stream = stream_of(team.a, ident)
    team.hub.back_up(folder / "fork")
    for value in ("one", "two"):
        set_field(team.a, ident, "owner", value)
    team.sync(team.a)
    team.hub.restore(folder / "fork", whole=True)
    set_field(team.b, ident, "owner", "three")  # after opening its lane: two entries as well
    team.sync(team.b)
    return stream


@pytest.mark.parametrize("forked", [True, False])
def test_two_histories_of_one_size_raise_one_alarm_naming_both_for_good(
    team: Team, tmp_path: Path, forked: bool
) -> None:
    stream = fork_the_hub(team, tmp_path)
    if not forked:
        team.sync(team.a)  # control: here the hub was told in time
        team.sync(team.b)
    newest = [history.newest_checkpoint(who.log, stream) for who in (team.a, team.b)]
    roots = {parse_and_verify(text, team.hub.folder.log_key.public).root for text in newest}
    clear_alarms(team.a.log)

    def bring() -> list[Alarm]:
        rows = [{"r": None, **to_wire(stored.event)} for stored in team.b.log.of_stream(stream)]
        me = team.a
        take_in(me.log, me.profile, me.identity, me.clock, stream, rows, checkpoints=newest)
        return [alarm for alarm in alarms(team.a.log) if alarm.kind == "two-histories"]

    told = bring()
    if not forked:
        assert (told, len(roots)) == ([], 1)
        return
    assert [alarm.stream for alarm in told] == [stream]
    assert all(root[:16] in told[0].text for root in roots)
    assert {text for _, _, text in team.a.log.checkpoints(stream)} >= set(newest)
    assert sum(told[0].text in each.what for each in examine(team.a)) == 1
    assert clear_alarms(team.a.log) == 1
    assert bring() == []  # it was told, and stays proved
    assert "the hub signed another history" in verified(team.a)[0].detail


def test_a_hub_that_signs_one_history_when_taking_in_and_hands_out_another_is_caught(
    team: Team, tmp_path: Path
) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    stream = stream_of(team.a, ident)
    key, org = team.hub.folder.log_key, team.a.identity.org
    set_field(team.a, ident, "owner", "x")

    class TwoFaced(DirectTransport):
        """Signs another root in its answer to a push."""

        def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
            reply = super().send(method, path, body, headers)
            if method != "POST" or stream not in path:
                return reply
            told = json.loads(reply.body)
            told["checkpoint"] = make(Origin(org, stream, told["gen"]), told["head"], bytes(32), key)
            return reply._replace(body=json.dumps(told).encode())

    sync(team.a, lambda _: TwoFaced(lambda: team.hub.hub))
    (told,) = alarms(team.a.log)
    assert told.kind == "two-histories"
    assert "0" * 16 in told.text
    assert len(team.a.log.checkpoints(stream)) == 3


def test_checkpoints_and_alarms_cannot_be_taken_out_of_the_log(team: Team) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    raise_alarm(team.a.log, Alarm("copied", "s", "t", 1))
    for sql in ("DELETE FROM checkpoint", "UPDATE checkpoint SET text=''", "DELETE FROM alarm"):
        with pytest.raises(StoreError), team.a.log.writing() as writer:
            writer._db.execute(sql)


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
    command.engine._pull_changed()
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


def test_an_operator_says_that_a_backup_was_put_back(team: Team, tmp_path: Path) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    before = {head.stream: head for head in team.hub.folder.store.heads()}
    team.hub.back_up(tmp_path / "now")
    team.hub.folder.close()
    with alone(team.hub.path), pytest.raises(CockpitError, match="is running"):
        hosting.restore(team.a, folder=str(team.hub.path))
    with pytest.raises(CockpitError, match="no hub in"):
        hosting.restore(team.a, folder=str(tmp_path / "nowhere"))
    done = hosting.restore(team.a, folder=str(team.hub.path)).data
    total = sum(head.seq for head in before.values())
    assert (done["streams"], done["events"]) == (len(before), total)
    team.hub.folder = HubFolder(team.hub.path)
    team.hub.hub = Hub(team.hub.folder)
    for head in team.hub.folder.store.heads():
        old = before[head.stream]
        assert (head.gen, head.seq, head.root) == (done["generation"], old.seq, old.root)
        assert head.gen > old.gen
    assert team.sync(team.a).trouble == ()
    assert team.a.log.unconfirmed_count() == 0

"""What a client believes of a hub: only a history that goes on from the one it verified, signed by the hub's key."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, LocalHub, declare, ids, set_field, station, sync
from tests.sync.conftest import Team, stream_of, verified

from ircockpit.core.errors import OfflineError, StoreError, TrustError
from ircockpit.features.record.doctor import examine
from ircockpit.ledger.checkpoint import Origin, make, parse_and_verify
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.signing import SigningKey
from ircockpit.store import history
from ircockpit.store.log import Log
from ircockpit.sync.alarms import Alarm, alarms, clear_alarms, raise_alarm
from ircockpit.sync.intake import take_in
from ircockpit.sync.transport import Headers, Reply
from ircockpit.sync.worker import connect


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


class Worsening(Tampered):
    """A hub whose pages are first changed on the way, and then do not come at all."""

    def __init__(self, hub: LocalHub) -> None:
        super().__init__(hub, _leave_one_out)
        self.gone = self.well = False

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        if self.well:
            return DirectTransport.send(self, method, path, body, headers)
        if self.gone and method == "GET" and "/events" in path:
            raise OfflineError("no answer")
        return super().send(method, path, body, headers)


def test_a_record_that_was_refused_is_asked_for_again_though_the_link_breaks_then(team: Team) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    line = Worsening(team.hub)
    connection = connect(team.b.profile, team.b.identity, lambda _: line, team.b.clock)
    try:
        assert connection.engine.round().trouble
        line.gone = True
        with pytest.raises(OfflineError):
            connection.engine.round()
        line.well = True
        assert not connection.engine.round().trouble
    finally:
        connection.close()
    assert ids(team.b) >= ids(team.a)


def test_a_proof_that_was_kept_and_not_told_is_told_with_the_next_round(team: Team) -> None:
    ident = declare(team.a, "wrong dose")
    team.sync(team.a)
    team.sync(team.b)
    stream = stream_of(team.a, ident)
    reach = team.b.log.reach(stream)
    assert reach is not None
    of = Origin(team.a.identity.org, stream, reach.gen)
    with team.b.log.writing() as writer:  # ended here, before it was told
        text = make(of, reach.seq, b"\1" * 32, team.hub.folder.log_key)
        writer.add_checkpoint(stream, reach.gen, reach.seq, text)
    assert alarms(team.b.log) == []
    team.sync(team.b)
    team.sync(team.b)
    assert [(each.kind, each.stream) for each in alarms(team.b.log)] == [("two-histories", stream)]


def test_another_key_cannot_speak_for_the_hub(team: Team) -> None:
    declare(team.a, "wrong dose")
    team.sync(team.a)
    team.hub.folder.log_key = SigningKey.generate()
    before = ids(team.b)
    done = team.sync(team.b)
    assert all("not signed by" in trouble for trouble in done.trouble)
    assert done.trouble
    assert ids(team.b) == before


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


def test_a_hub_is_shown_the_history_it_lacks_though_a_newer_checkpoint_is_of_the_one_it_has(
    team: Team, tmp_path: Path
) -> None:
    stream = fork_the_hub(team, tmp_path)
    ident = team.b.view.rows("SELECT id FROM incident WHERE owner='three'")[0][0]
    for value in ("four", "five", "six"):
        set_field(team.b, ident, "impact", value)
    team.sync(team.b)
    reach = team.b.log.reach(stream)
    assert reach is not None
    newest = history.newest_checkpoint(team.b.log, stream)
    with team.a.log.writing() as writer:
        writer.add_checkpoint(stream, reach.gen, reach.seq, newest)
    assert history.newest_checkpoint(team.a.log, stream) == newest
    assert team.sync(team.a).trouble == ()
    team.sync(team.b)
    assert ids(team.a) == ids(team.b)
    assert team.a.log.reach(stream) == team.b.log.reach(stream)


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


def test_a_hub_that_no_longer_knows_the_device_says_so(team: Team, tmp_path: Path) -> None:
    with station(tmp_path / "c") as stranger:
        me = stranger.identity._replace(
            hub="http://hub.invalid", hub_log_key=team.hub.folder.log_key.public.hex()
        )
        stranger.profile.save_identity(me)
        stranger.identity = me
        with pytest.raises(TrustError, match="not known here"):
            team.sync(stranger)


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

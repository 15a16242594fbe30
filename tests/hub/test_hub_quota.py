"""Quotas: one device cannot fill the hub, nobody is held up by another, and no clock locks anybody out for ever."""

import json
import os

import pytest
from tests.hub.test_hub_service import Hands
from tests.support.lanes import Asker, Writer, new_stream

from ircockpit.hub import quota
from ircockpit.hub.asking import LimitedError
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.quota import DAY_US, EVENTS_AT_ONCE, EVENTS_PER_S, LANES, Pace
from ircockpit.hub.service import Hub
from ircockpit.ledger.event import SignedEvent, to_wire
from ircockpit.ledger.signing import SigningKey

LATER = ("later", "lanes")
OK = ("ok", "")


class Stopwatch(Hands):
    ticked = 0

    def mono_us(self) -> int:
        return self.ticked


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def hub(folder: HubFolder, hands: Hands) -> Hub:
    return Hub(folder, clock=hands)


@pytest.fixture
def stream(root: SigningKey) -> str:
    return new_stream(root)


def lanes(writer: Writer, stream: str, count: int) -> list[SignedEvent]:
    """As many new lanes: what a workstation does that starts anew each time."""
    made = []
    for _ in range(count):
        writer.epoch = os.urandom(8).hex()
        writer._heads.clear()
        made.append(writer.open(stream))
    return made


def test_a_device_begins_sixteen_lanes_a_day_in_one_stream(
    asker: Asker, writer: Writer, stream: str, root: SigningKey
) -> None:
    assert LANES == 16
    begun = lanes(writer, stream, LANES + 2)
    assert asker.push(stream, *begun) == [OK] * LANES + [LATER] * 2
    assert asker.push(stream, begun[0], begun[-1]) == [("dup", ""), LATER]
    following = writer.write(stream)
    assert asker.push(stream, following)[0][0] == "missing", "its lane waits, and is not taken apart"
    other = new_stream(root)
    assert asker.push(other, *lanes(writer, other, 1)) == [OK], "another stream has its own"


def test_it_is_counted_over_a_restart_and_over_when_the_day_is(
    folder: HubFolder, writer: Writer, stream: str, hands: Hands, asker: Asker
) -> None:
    asker.push(stream, *lanes(writer, stream, LANES))
    again = Asker(Hub(folder, clock=hands), writer)
    late = lanes(writer, stream, 1)
    assert again.push(stream, *late) == [LATER]
    hands.moved = DAY_US - 60_000_000
    again = Asker(again.hub, writer)
    assert again.push(stream, *late) == [LATER]
    hands.moved = DAY_US + 60_000_000
    assert Asker(again.hub, writer).push(stream, *late) == [OK]


@pytest.mark.parametrize("jump", [400 * DAY_US, -400 * DAY_US])
def test_a_clock_that_jumped_locks_nobody_out(
    hub: Hub, writer: Writer, stream: str, hands: Hands, jump: int
) -> None:
    hands.moved = jump
    assert Asker(hub, writer).push(stream, *lanes(writer, stream, LANES + 1))[-1] == LATER
    hands.moved = 0
    assert Asker(hub, writer).push(stream, *lanes(writer, stream, 1)) == [OK]


def test_who_brings_back_what_others_wrote_is_not_held_up(
    asker: Asker, stream: str, root: SigningKey, folder: HubFolder, hub: Hub
) -> None:
    colleague = Writer(root)
    folder.store.add_certificates([colleague.certificate])
    hub.members.authority.admit(colleague.user, colleague.device, "Bo", "responder")
    hub.members.reload()
    assert asker.push(stream, *lanes(colleague, stream, 3 * LANES)) == [OK] * (3 * LANES)
    assert Asker(hub, colleague).push(stream, *lanes(colleague, stream, LANES + 1))[-1] == LATER, "control"


def test_a_device_begins_so_many_streams_a_day(
    asker: Asker, writer: Writer, root: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "STREAMS", 3)
    streams = [new_stream(root) for _ in range(4)]
    words = [asker.push(each, writer.open(each))[0] for each in streams]
    assert words == [OK, OK, OK, ("later", "streams")]
    assert asker.hub.store.record(streams[3], 0) == (0, [])
    assert asker.push(streams[0], writer.write(streams[0])) == [OK], "what is begun goes on"


def test_windows_that_are_over_are_forgotten(
    hub: Hub, writer: Writer, root: SigningKey, hands: Hands
) -> None:
    for day in range(4):
        hands.moved = 2 * day * DAY_US
        for _ in range(5):
            stream = new_stream(root)
            Asker(hub, writer).push(stream, *lanes(writer, stream, 1))
    with hub.store._reading() as db:  # type: ignore[attr-defined]
        assert db.execute("SELECT count(*) FROM quota").fetchone()[0] == 6


def test_a_device_that_sends_without_end_is_told_to_wait(
    asker: Asker, writer: Writer, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quota, "EVENTS_AT_ONCE", 3)
    events = [writer.open(stream), *(writer.write(stream) for _ in range(3))]
    answer = asker.ask("POST", f"/v1/streams/{stream}/events", {"events": [to_wire(e) for e in events]})
    assert answer.status == 429
    assert dict(answer.headers)["retry-after"] == "1"
    assert "goes on by itself" in json.loads(answer.body)["error"]["fix"]
    assert asker.hub.store.record(stream, 0)[0] == 0
    assert asker.push(stream, *events[:3]) == [OK] * 3, "control"


def test_the_pace_is_each_devices_own_and_comes_back() -> None:
    watch = Stopwatch()
    pace = Pace(watch)
    pace.take("a", EVENTS_AT_ONCE)
    with pytest.raises(LimitedError) as told:
        pace.take("a", 2 * EVENTS_PER_S)
    assert told.value.retry_s == 3
    pace.take("b", EVENTS_AT_ONCE)
    watch.ticked += 3_000_000
    pace.take("a", 2 * EVENTS_PER_S)
    with pytest.raises(LimitedError):
        pace.take("a", 2 * EVENTS_PER_S)


def test_the_pace_remembers_only_so_many_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MOST_DEVICES", 100)
    watch = Stopwatch()
    pace = Pace(watch)
    for number in range(1000):
        pace.take(f"device {number}", 1)
        watch.ticked += 1_000_000
    assert len(pace._spent) <= 100

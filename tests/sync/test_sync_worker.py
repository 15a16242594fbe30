"""The thread beside the screen: it notices by itself, says how it stands in words, and never holds up the end."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.hub import DirectTransport, LocalHub, declare, ids, join, station, sync
from tests.sync.conftest import Pair, Team

from ircockpit.core.errors import OfflineError
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.store.workstation import Workstation
from ircockpit.sync.state import Link, SyncState, spell
from ircockpit.sync.transport import Headers, HttpTransport, Reply
from ircockpit.sync.worker import POLL_S, SyncWorker


class Told:
    """What a worker told, and a way to wait for more of it."""

    def __init__(self, who: Workstation, transport: Callable[[str], HttpTransport] = HttpTransport) -> None:
        self.states: list[SyncState] = []
        self.changes = 0
        self.worker = SyncWorker(
            who.profile, copy_gate_of, self.states.append, self._changed, transport=transport
        )
        self.worker.start()

    def _changed(self) -> None:
        self.changes += 1

    def until(self, holds: Callable[[SyncState], bool], seconds: float = 60) -> SyncState:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds(self.worker.state):
                return self.worker.state
            time.sleep(0.01)
        raise AssertionError(f"never came: {self.states[-3:]}")

    def until_true(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        self.until(lambda _: holds(), seconds)


def live(state: SyncState) -> bool:
    return state.link is Link.LIVE and state.unconfirmed == 0


def test_a_colleagues_entry_appears_by_itself(pair: Pair) -> None:
    hub, a, b = pair
    here, there = Told(a), Told(b)
    here.until(live)
    there.until(live)
    there.until_true(lambda: hub._server is not None and len(hub._server._hints._listeners) == 2)
    started = time.monotonic()
    ident = declare(a, "wrong dose")  # nobody wakes the worker: it sees the log change
    there.until_true(lambda: b.refresh() > 0)
    there.until_true(
        lambda: b.refresh() == 0 and bool(b.view.rows("SELECT 1 FROM incident WHERE id=?", (ident,)))
    )
    assert time.monotonic() - started < POLL_S / 2  # and not with the next poll
    assert there.changes
    for told in (here, there):
        told.worker.stop()


def test_offline_is_said_with_what_is_unsent_and_heals(pair: Pair) -> None:
    hub, a, _ = pair
    told = Told(a)
    told.until(live)
    hub.stop()
    declare(a, "written while cut off")
    state = told.until(lambda state: state.link is Link.OFFLINE and state.unsent == 3)
    assert state.trouble
    assert state.words(state.last_ok_us + 3 * 3_600_000_000) == "offline 3 h, 3 unsent"
    hub.start()
    told.worker.wake()
    told.until(live)
    told.worker.stop()
    assert hub.folder.store.counts().events == len(ids(a))


def test_the_cable_can_be_pulled_and_put_back(pair: Pair) -> None:
    hub, a, _ = pair
    told = Told(a)
    told.until(live)
    told.worker.unplug()
    told.until(lambda state: state.link is Link.OFFLINE)
    declare(a, "unplugged")
    told.until(lambda state: state.unsent == 3)
    assert hub.folder.store.counts().events < len(ids(a))
    told.worker.plug()
    told.until(live)
    assert hub.folder.store.counts().events == len(ids(a))
    told.worker.stop()


def test_a_hub_that_hangs_does_not_hold_up_the_end(pair: Pair) -> None:
    _, a, _ = pair
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never says a word
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asked = threading.Event()

        class Hanging(HttpTransport):
            def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
                asked.set()
                return super().send(method, path, body, headers)

        told = Told(a, lambda _: Hanging(url, request_s=20))
        assert asked.wait(60)
        time.sleep(0.1)
        started = time.monotonic()
        told.worker.stop()
        assert time.monotonic() - started < 10  # half of what a request takes to be given up
        assert told.worker._thread.daemon
    told.worker._thread.join(60)  # the socket is gone now: nothing of it stays behind in this process


def test_alone_is_said_and_a_later_joining_is_noticed(tmp_path: Path) -> None:
    with station(tmp_path / "a") as a, station(tmp_path / "b") as b:
        told = Told(b)
        time.sleep(0.3)
        assert told.worker.state == SyncState(Link.ALONE)
        assert told.worker.state.words(0) == "not joined"
        hub = LocalHub(tmp_path / "hub", a)
        hub.start(a)
        join(hub, b, "Bo")
        told.until(live)
        told.worker.stop()
        hub.close()


class LateEar(HttpTransport):
    """Hears hints only from when it is let."""

    may_listen = threading.Event()

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        self.may_listen.wait(60)
        return super().lines(path, headers)


def test_what_changed_before_it_listened_is_not_left_to_the_poll(pair: Pair) -> None:
    _, a, b = pair
    LateEar.may_listen.clear()
    there = Told(b, LateEar)
    there.until(live)
    b.refresh()
    declare(a, "wrong dose")
    sync(a)
    assert b.refresh() == 0  # told to nobody: the control without which this would show nothing
    LateEar.may_listen.set()
    there.until_true(lambda: b.refresh() > 0)  # within seconds, where a poll would come after sixty
    there.worker.stop()


def test_waits_after_failures_grow_within_their_bound(pair: Pair) -> None:
    _, a, _ = pair
    worker = SyncWorker(a.profile, copy_gate_of, lambda state: None)
    drawn = [[worker._backoff(failures, OfflineError("x")) for _ in range(300)] for failures in (1, 4, 60)]
    assert all(0 <= wait <= 30 for waits in drawn for wait in waits)
    assert max(drawn[0]) <= 1.0 < max(drawn[1]) <= 8.0 < max(drawn[2])
    assert min(drawn[2]) < 2  # full jitter: some come back at once


def test_two_readers_on_one_profile_do_not_disturb_each_other(pair: Pair) -> None:
    hub, a, b = pair
    told = Told(b)
    told.until(live)
    for number in range(5):
        declare(a, f"incident {number}")
        declare(b, f"own {number}")
        sync(a)
        sync(b)
    told.until(live)
    told.worker.stop()
    sync(a)
    sync(b)
    assert ids(a) == ids(b)
    assert hub.folder.store.counts().events == len(ids(a))


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3 * 3600 + 5, "3 h"), (90_000, "1 d")]
)
def test_lengths_of_time_in_words(seconds: int, said: str) -> None:
    assert spell(seconds) == said


def test_states_in_words() -> None:
    assert SyncState(Link.LIVE).words(0) == "live"
    assert SyncState(Link.SYNCING, unsent=14).words(0) == "syncing, 14 unsent"
    assert SyncState(Link.OFFLINE, unsent=2).words(5) == "offline, 2 unsent"
    assert (
        SyncState(Link.OFFLINE, last_ok_us=10).words(0) == "offline 0 s"
    )  # a clock put back shows no nonsense


def test_hints_that_nothing_lets_through_make_no_round_without_end(team: Team) -> None:
    """Before a hub may stand what passes requests on and no streams: the rounds stay few."""
    asked: list[str] = []

    class WithoutStreams(DirectTransport):
        def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
            asked.append(path)
            return super().send(method, path, body, headers)

    worker = SyncWorker(
        team.b.profile, copy_gate_of, lambda _: None, transport=lambda _: WithoutStreams(lambda: team.hub.hub)
    )
    worker.start()
    until = time.monotonic() + 3
    while time.monotonic() < until or _listed(asked) <= 2:
        assert time.monotonic() < until + 60
        time.sleep(0.05)
    worker.stop(3)
    assert _listed(asked) < 60


def _listed(asked: list[str]) -> int:
    return sum(path.startswith("/v1/heads") for path in list(asked))

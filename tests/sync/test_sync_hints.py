"""How a workstation learns of changes where a stream of hints does not come through, and that nothing is without bound."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.support.hub import DirectTransport, declare, ids, sync
from tests.sync.conftest import Pair, Team
from tests.sync.test_sync_worker import Told, live

from ircockpit.core.errors import OfflineError
from ircockpit.hub import live as live_module
from ircockpit.hub import service
from ircockpit.hub.live import EVERYTHING, Hints
from ircockpit.sync import worker as worker_module
from ircockpit.sync.transport import Headers, HttpTransport, Reply
from ircockpit.sync.worker import connect


class NoStreams(HttpTransport):
    """A proxy on the way that lets no stream of hints through."""

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        raise OfflineError("no streams here")


def test_where_no_stream_comes_through_a_long_poll_does(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BACKOFF_S", (0.01, 0.02))
    _, a, b = pair
    waited = threading.Event()

    class Waiting(NoStreams):
        def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
            if "wait=" in path:
                waited.set()
            return super().send(method, path, body, headers)

    there = Told(b, Waiting)
    try:
        there.until(live)
        assert waited.wait(30)
        ident = declare(a, "wrong dose")
        sync(a)
        # A poll of its own would come after sixty seconds.
        there.until_true(
            lambda: b.refresh() == 0 and bool(b.view.rows("SELECT 1 FROM incident WHERE id=?", (ident,))), 30
        )
    finally:
        there.worker.stop()


def test_a_long_poll_answers_at_a_change_and_not_before(pair: Pair) -> None:
    hub, a, b = pair
    sync(a)
    connection = connect(b.profile, b.identity, HttpTransport, b.clock)
    mark = ""
    while True:
        page = connection.client.heads(mark)
        mark = page.since
        if not page.more:
            break
    assert connection.client.heads(mark, 1).heads == {}  # nothing: it waits its second out
    found: list[set[str]] = []
    asked = threading.Thread(target=lambda: found.append(set(connection.client.heads(mark, 9).heads)))
    asked.start()
    declare(a, "wrong dose")
    sync(a)
    asked.join(60)
    connection.close()
    assert found
    assert found[0] <= {head.stream for head in hub.folder.store.heads()}
    assert found[0]


def test_heads_come_in_bounded_pages_and_then_only_what_changed(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "HEADS", 3)
    for number in range(8):
        declare(team.a, f"incident {number}")
    team.sync(team.a)
    sizes: list[int] = []

    class Counting(DirectTransport):
        def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
            reply = super().send(method, path, body, headers)
            if "/v1/heads" in path:
                sizes.append(len(json.loads(reply.body)["heads"]))
            return reply

    connection = connect(
        team.b.profile, team.b.identity, lambda _: Counting(lambda: team.hub.hub), team.b.clock
    )
    connection.engine.round()
    assert ids(team.a) <= ids(team.b)
    assert max(sizes) == 3
    sizes.clear()
    connection.engine.round()
    assert sizes == [0]  # nothing changed, and nothing is listed
    declare(team.a, "one more")
    team.sync(team.a)
    sizes.clear()
    connection.engine.round()
    assert sum(sizes) == 1
    team.hub.hub = service.Hub(team.hub.folder)  # another run: its marks are others, all is listed again
    sizes.clear()
    connection.engine.round()
    assert sum(sizes) == len(team.hub.folder.store.heads())
    connection.close()


def test_a_slow_reader_of_hints_costs_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "MANY", 5)

    async def told(count: int) -> list[str]:
        hints = Hints()

        async def nothing() -> frozenset[str]:
            return frozenset()

        reading = hints.listen(nothing)
        await anext(reading)
        for number in range(count):
            hints._mark(f"stream {number}", 1, 1)
        (dirty,) = hints._listeners.values()
        assert len(dirty) <= 5
        text = (await anext(reading)).decode()
        await reading.aclose()  # type: ignore[attr-defined]
        return [json.loads(line.removeprefix("data: "))["i"] for line in text.split("\n\n") if line]

    assert asyncio.run(told(5)) == [f"stream {number}" for number in range(5)]
    assert asyncio.run(told(50)) == [EVERYTHING]


def test_a_whole_round_comes_in_time_however_many_hints_there_are(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "POLL_S", 0.0)
    _, a, _ = pair
    told = Told(a)
    told.until(live)
    worker = told.worker
    worker.stop(10)
    connection = connect(a.profile, a.identity, HttpTransport, a.clock)
    rounds: list[str] = []
    monkeypatch.setattr(connection.engine, "pull_hinted", lambda _: rounds.append("short"))
    worker._hinted = {"s"}
    worker._owed.clear()
    worker._one_round(connection, 0)
    assert rounds == []
    connection.close()


def test_the_end_comes_within_200_ms_though_the_hub_is_a_black_hole(pair: Pair) -> None:
    """Measured: the best of some, since this machine may be busy; nothing of the waiting is in the hub's hands."""
    _, a, _ = pair
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as hole:
        url = f"http://127.0.0.1:{hole.getsockname()[1]}"
        for _ in range(5):
            asked = threading.Event()

            class Hanging(HttpTransport):
                def send(
                    self, method: str, path: str, body: bytes | None = None, headers: Headers = ()
                ) -> Reply:
                    asked.set()  # noqa: B023 - of this turn
                    return super().send(method, path, body, headers)

            told = Told(a, lambda _, way=Hanging: way(url, request_s=15))  # type: ignore[misc]
            assert asked.wait(60)
            began = time.monotonic()
            told.worker.stop()
            taken.append(time.monotonic() - began)
            assert told.worker._thread.is_alive()  # it hangs indeed, and is left behind as a daemon
            assert told.worker._thread.daemon
    assert min(taken) < 0.2, taken

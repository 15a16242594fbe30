"""A torn network between a workstation and its hub: requests lost, answers lost, silence, changed bytes."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.support import scripted
from tests.support.hub import FaultProxy, LocalHub, declare, ids, sync
from tests.sync.conftest import Pair

from ircockpit.core.errors import CockpitError, DeadlineError, OfflineError
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import alarms
from ircockpit.sync.transport import Headers, HttpTransport, Reply, Transport


class Line(NamedTuple):
    """A hub on a socket, a proxy before it, and two workstations; ``b`` goes through the proxy."""

    hub: LocalHub
    proxy: FaultProxy
    a: Workstation
    b: Workstation

    def through(self, _: str) -> Transport:
        """Patient, but where silence is the fault: a busy machine is no reason to give up."""
        return HttpTransport(self.proxy.url, request_s=1.0 if self.proxy.mode == "hang" else 30.0)


@pytest.fixture
def line(pair: Pair) -> Iterator[Line]:
    hub, a, b = pair
    proxy = FaultProxy(hub.port)
    sync(b)
    yield Line(hub, proxy, a, b)
    proxy.close()


@pytest.mark.parametrize(
    "what", [b"POST /v1/streams", b"GET /v1/streams", b"GET /v1/heads", b"POST /v1/session"]
)
@pytest.mark.parametrize("mode", ["lost request", "lost answer"])
def test_what_is_lost_on_the_way_is_sent_again_once(line: Line, mode: str, what: bytes) -> None:
    declare(line.b, "wrong dose")
    line.proxy.mode, line.proxy.only = mode, what
    with pytest.raises((OfflineError, DeadlineError)):
        sync(line.b, line.through)
    assert line.proxy.struck
    assert line.b.log.unconfirmed_count() > 0
    line.proxy.mode = "pass"
    sync(line.b, line.through)
    assert line.b.log.unconfirmed_count() == 0
    assert line.hub.folder.store.counts().events == len(ids(line.b))
    sync(line.a)
    assert ids(line.a) >= ids(line.b)


def test_silence_ends_in_time(line: Line) -> None:
    line.proxy.mode, line.proxy.only = "hang", b"GET /v1/heads"
    with pytest.raises(DeadlineError):
        sync(line.b, line.through)


@pytest.mark.parametrize(("mode", "clean"), [("flip", False), ("pass", True)])
def test_a_byte_flipped_on_the_way_is_refused(line: Line, mode: str, clean: bool) -> None:
    ident = declare(line.a, "wrong dose")
    sync(line.a)
    line.proxy.mode, line.proxy.only = mode, b"/events?after="
    done = sync(line.b, line.through)
    assert (done.trouble == ()) is clean
    assert (alarms(line.b.log) == []) is clean
    assert bool(line.b.view.rows("SELECT 1 FROM incident WHERE id=?", (ident,))) is clean
    line.proxy.mode = "pass"
    sync(line.b, line.through)
    assert ids(line.b) == ids(line.a)


@pytest.mark.parametrize(
    "answer", [b"", b"{}", b"[]", b"null", b"\xff", b'{"heads":[{"stream":1}]}', b'{"heads":3}']
)
def test_nonsense_from_a_hub_changes_nothing(line: Line, answer: bytes) -> None:
    class Nonsense(HttpTransport):
        def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
            reply = super().send(method, path, body, headers)
            return reply._replace(body=answer) if path == "/v1/heads" else reply

    before = ids(line.b)
    with pytest.raises(CockpitError):
        sync(line.b, lambda _: Nonsense(line.hub.url))
    assert ids(line.b) == before


def test_events_beyond_one_batch_all_arrive(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    import ircockpit.sync.engine as engine

    monkeypatch.setattr(engine, "PUSH_EVENTS", 7)
    monkeypatch.setattr(engine, "PUSH_BYTES", 5000)
    monkeypatch.setattr("ircockpit.hub.streams.PAGE_EVENTS", 5)
    for number in range(12):
        declare(line.b, f"incident {number}")
    sync(line.b)
    sync(line.a)
    sync(line.b)
    assert ids(line.a) == ids(line.b)
    assert line.b.log.unconfirmed_count() == 0


def test_a_slow_link_is_not_taken_for_a_dead_one() -> None:
    """An answer that keeps coming is waited for; one that stops coming is not."""
    whole = scripted.answer(200, b"x" * 40)

    def slow(_: scripted.Received, line: scripted.Line) -> None:
        line.send(whole[:-40])
        line.drip(whole[-40:], 0.1)

    def stuck(_: scripted.Received, line: scripted.Line) -> None:
        line.send(whole[:-40])
        line.hang()

    with scripted.Scripted(slow) as server:
        transport = HttpTransport(server.url, request_s=2.0)
        assert transport.send("GET", "/").body == b"x" * 40  # four seconds of dripping
        transport.close()
    with scripted.Scripted(stuck) as server:
        transport = HttpTransport(server.url, request_s=0.5)
        with pytest.raises(DeadlineError):
            transport.send("GET", "/")
        transport.close()

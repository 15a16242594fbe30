"""Giving up on a target that hangs: who waits is woken at once, and nothing more is sent."""

import socket
import threading
from collections.abc import Callable

import pytest
from tests.support.scripted import Script, Scripted, answer

from ircockpit.core.errors import CockpitError, OfflineError
from ircockpit.net.giveup import GiveUp
from ircockpit.net.http import HttpClient, Request, Response, UnknownOutcome

LONG_S = 60.0
"""The time-out that must not be waited for."""
SOON_S = 20.0
"""More than anything here takes on a busy machine, and less than the time-out."""


class Asking:
    """A request in a thread, and how it ended."""

    def __init__(self, url: str, *, connect_s: float = LONG_S) -> None:
        self.give_up = GiveUp()
        self.outcome: Response | CockpitError | None = None
        self._client = HttpClient(give_up=self.give_up, connect_s=connect_s)
        self._request = Request("GET", url)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._client:
            try:
                self.outcome = self._client.send(self._request, LONG_S)
            except CockpitError as error:
                self.outcome = error

    def waits(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> Response | CockpitError | None:
        self._thread.join(SOON_S)
        assert not self._thread.is_alive()
        return self.outcome


def reached(there: Callable[[], object]) -> None:
    waited = threading.Event()
    for _ in range(int(SOON_S * 100)):
        if there():
            return
        waited.wait(0.01)
    raise AssertionError("the server was never asked")


@pytest.mark.parametrize(
    "script",
    [
        lambda _, line: line.hang(),
        lambda _, line: line.drip(answer(200, b"x" * 100_000), 0.05),
        lambda _, line: (line.send(answer(200, b"x" * 1000)[:-900]), line.drip(b"x" * 900, 0.05)),
    ],
    ids=["black hole", "a dripping head", "a dripping body"],
)
def test_a_request_under_way_ends_at_once(script: Script) -> None:
    with Scripted(script) as server:
        asking = Asking(server.url + "/x")
        reached(lambda: server.received)
        assert asking.waits()  # the control: it does wait
        asking.give_up.now()
        ended = asking.end()
    assert isinstance(ended, UnknownOutcome)
    assert "given up" in ended.what


def test_a_handshake_that_hangs_ends_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        asking = Asking(f"https://127.0.0.1:{silent.getsockname()[1]}/x")
        line, _ = silent.accept()
        with line:
            assert line.recv(1)  # the client's greeting: it waits for ours now
            assert asking.waits()
            asking.give_up.now()
            ended = asking.end()
    assert isinstance(ended, OfflineError)
    assert ended.safe == "Nothing was sent."


def test_what_was_given_up_before_is_never_sent() -> None:
    with Scripted(lambda _, line: line.send(answer(200))) as server:
        give_up = GiveUp()
        give_up.now()
        with HttpClient(give_up=give_up) as client, pytest.raises(OfflineError, match="given up"):
            client.send(Request("POST", server.url + "/x"), LONG_S)
        assert server.received == []
        with HttpClient(give_up=GiveUp()) as client:
            assert client.send(Request("POST", server.url + "/x"), LONG_S).status == 200


def test_a_connection_nobody_accepts_sends_nothing_once_given_up() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        asking = Asking(f"http://127.0.0.1:{full.getsockname()[1]}/x", connect_s=1.0)
        asking.give_up.now()
        ended = asking.end()
        for one in waiting:
            one.close()
    assert isinstance(ended, OfflineError)
    assert ended.safe == "Nothing was sent."

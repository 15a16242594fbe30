"""Those who listen for hints and do not read, or may not any more: they are sent away, and cost a bounded number meanwhile."""

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.sync.conftest import Team

from ircockpit.core.ids import random_uuid
from ircockpit.features.membership import actions as membership
from ircockpit.hub import app as app_module
from ircockpit.hub import live as live_module
from ircockpit.hub import serving
from ircockpit.hub.authority import Authority
from ircockpit.hub.live import MANY, Hints

READERS = 200
BURSTS, CHANGES = 4, 1000
"""More text than fits into what lies between hub and reader: the last burst cannot be taken by anybody."""
MOST_BYTES = 96 * 1024 * 1024
"""More memory than all that those who do not read may cost; a list for each would take several times as much."""
SHORT_S = 0.3
PATIENCE_S = 60


@pytest.fixture
def served(team: Team, monkeypatch: pytest.MonkeyPatch) -> Team:
    """The team's hub on a socket whose buffers in the system are small, so that not reading is noticed soon."""

    def listen(host: str, port: int) -> socket.socket:
        listener = serving.listen(host, port)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return listener

    monkeypatch.setattr("tests.support.hub.listen", listen)
    return team


def hints_of(team: Team) -> Hints:
    assert team.hub._server is not None
    return team.hub._server._hints


def token_of(team: Team) -> dict[str, str]:
    return dict(team.asked(team.b).headers)


class Reader:
    """Who has asked for hints, and reads when told to."""

    def __init__(self, team: Team, headers: dict[str, str]) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(("127.0.0.1", team.hub.port))
        asked = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"GET /v1/live HTTP/1.1\r\nhost: hub\r\n{asked}\r\n".encode())

    def read_until(self, word: bytes) -> bytes:
        """What comes until ``word`` has, or the end of it."""
        held = b""
        while word not in held and (data := self._socket.recv(65536)):
            held = held[-1000:] + data
        return held

    def close(self) -> None:
        self._socket.close()


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def resident() -> int:
    """Bytes of memory of this process, in which the hub runs."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def cost_of_not_reading(team: Team) -> tuple[int, int]:
    """Changes kept for one of many who do not read, and bytes that all of them cost."""
    team.hub.start(team.a, team.b)
    hints, headers = hints_of(team), token_of(team)
    with ExitStack() as stack:
        for _ in range(READERS):
            stack.callback(Reader(team, headers).close)
        until(lambda: len(hints._listeners) == READERS)
        before = resident()
        for _ in range(BURSTS):
            for _ in range(CHANGES):
                hints.changed(random_uuid(), 1, 1)
            come = threading.Event()
            assert hints._loop is not None
            hints._loop.call_soon_threadsafe(come.set)  # after all of them
            assert come.wait(PATIENCE_S)
        grown = resident() - before
        held = max(len(dirty) for dirty in hints._listeners.values())
        assert team.sync(team.b).trouble == ()  # the others are served meanwhile
    until(lambda: not hints._listeners)
    return held, grown


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="elsewhere: memory is told otherwise")
def test_many_who_do_not_read_cost_a_bounded_amount(served: Team, say: Say) -> None:
    held, grown = cost_of_not_reading(served)
    say(
        f"{READERS} who do not read, {BURSTS * CHANGES} changes: {grown // 1024} KiB more, {held} held for one"
    )
    assert held <= MANY
    assert grown < MOST_BYTES


def test_a_list_for_each_of_them_would_be_found(served: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(live_module, "MANY", 10**9)
    assert cost_of_not_reading(served)[0] > MANY


def test_who_does_not_read_is_sent_away_and_who_reads_is_not(
    served: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "BLOCKED_S", SHORT_S)
    monkeypatch.setattr(serving, "BLOCKED_S", SHORT_S)
    served.hub.start(served.a, served.b)
    assert served.hub._server is not None
    hints, headers = hints_of(served), token_of(served)
    connections = served.hub._server.server_state.connections
    slow, quick = Reader(served, headers), Reader(served, headers)
    quick.read_until(b"listening")
    until(lambda: len(hints._listeners) == 2)
    end = time.monotonic() + PATIENCE_S
    while len(hints._listeners) == 2:
        assert time.monotonic() < end, "who does not read is listened to for ever"
        for _ in range(MANY - 1):
            hints.changed(random_uuid(), 1, 1)
        last = random_uuid()
        hints.changed(last, 1, 1)
        assert quick.read_until(last.encode())
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        until(lambda: len(connections) == 1)  # nor does its socket stay
    last = random_uuid()
    hints.changed(last, 7, 7)
    assert last.encode() in quick.read_until(last.encode()), "who reads goes on listening"
    assert len(hints._listeners) == 1
    with suppress(ConnectionError, TimeoutError):
        slow.read_until(b"never comes")
    slow.close()
    quick.close()


def test_without_the_limit_they_would_stay(served: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it is the limit that sends them away, and nothing else."""
    monkeypatch.setattr(app_module, "BLOCKED_S", 3600.0)
    monkeypatch.setattr(serving, "BLOCKED_S", 3600.0)
    served.hub.start(served.a, served.b)
    hints, headers = hints_of(served), token_of(served)
    slow, quick = Reader(served, headers), Reader(served, headers)
    quick.read_until(b"listening")
    until(lambda: len(hints._listeners) == 2)
    for _ in range(20):
        for _ in range(MANY - 1):
            hints.changed(random_uuid(), 1, 1)
        last = random_uuid()
        hints.changed(last, 1, 1)
        assert quick.read_until(last.encode())
    assert len(hints._listeners) == 2
    slow.close()
    quick.close()


@pytest.fixture
def listening(team: Team) -> Iterator[tuple[Team, http.client.HTTPResponse]]:
    """Bo follows the hints of the hub; so does Ann, whose stream must go on."""
    team.hub.start(team.a, team.b)
    team.sync(team.a)
    line = http.client.HTTPConnection("127.0.0.1", team.hub.port, timeout=PATIENCE_S)
    line.request("GET", "/v1/live", headers=token_of(team))
    answer = line.getresponse()
    assert answer.readline() == b": listening\n"
    yield team, answer
    line.close()


def rest(answer: http.client.HTTPResponse) -> list[str]:
    """Streams named until the stream of hints has ended."""
    lines = answer.read().splitlines()
    return [json.loads(line.removeprefix(b"data: "))["i"] for line in lines if line.startswith(b"data: ")]


@pytest.mark.parametrize("how", ["removed", "revoked"])
def test_the_hints_of_who_is_removed_end_with_that_word(
    listening: tuple[Team, http.client.HTTPResponse], how: str
) -> None:
    team, answer = listening
    if how == "removed":
        membership.remove(team.a, member="Bo", why="left")
    else:
        membership.revoke(team.a, device=team.b.identity.device, reason="lost")
    assert rest(answer) == [], "not even that the record of members changed"


def test_so_do_they_where_another_process_of_the_hub_was_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT_S", SHORT_S)
    team.hub.start(team.a, team.b)
    line = http.client.HTTPConnection("127.0.0.1", team.hub.port, timeout=PATIENCE_S)
    line.request("GET", "/v1/live", headers=token_of(team))
    answer = line.getresponse()
    while b"still here" not in answer.readline():
        pass
    Authority(team.hub.folder, team.a.clock).set_role(team.b.identity.user, "", by="", why="left")
    assert rest(answer) == []
    line.close()


def test_the_hints_of_the_others_go_on(listening: tuple[Team, http.client.HTTPResponse]) -> None:
    """The control."""
    team, answer = listening
    membership.set_role(team.a, member="Bo", role="observer")
    while not (line := answer.readline()).startswith(b"data: "):
        assert line, "the stream of hints ended"
    assert json.loads(line.removeprefix(b"data: "))["i"] == team.hub.folder.authority_stream

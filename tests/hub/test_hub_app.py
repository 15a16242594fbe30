"""The hub behind real sockets: bounded bodies, bounded work, hints that carry nothing, files of any size."""

import hashlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.support.lanes import Asker, Writer, new_stream

from ircockpit.hub import app as app_module
from ircockpit.hub.asking import BODY_BYTES, Answer, Asked
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.hub.serving import HubServer, listen
from ircockpit.hub.uploads import PIECE_BYTES
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.signing import SigningKey


class Served:
    """A hub on loopback and a device that is signed in."""

    def __init__(self, folder: HubFolder, writer: Writer) -> None:
        listener = listen("127.0.0.1", 0)
        self.port = int(listener.getsockname()[1])
        ready = threading.Event()
        self.server = HubServer(folder, listener, ready.set)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        assert ready.wait(10)
        self.asker = Asker(Hub(folder), writer)
        self.signed_in = {"Authorization": f"Bearer {self.asker.token}"}

    def stop(self) -> float:
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive()
        return time.monotonic() - began

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path, body, {**self.signed_in, **named})
            answer = line.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            line.close()


@pytest.fixture
def served(folder: HubFolder, writer: Writer) -> Iterator[Served]:
    served = Served(folder, writer)
    yield served
    if served.thread.is_alive():
        served.stop()


def test_a_body_beyond_its_bound_is_not_read(served: Served) -> None:
    def refused(body: bytes | Iterator[bytes]) -> bool:
        try:
            return served.ask("POST", "/v1/enroll", body)[0] == 413
        except ConnectionError:  # it hung up on what was still being sent
            return True

    assert refused(b"x" * (BODY_BYTES + 1))
    assert refused(b"x" * 65536 for _ in range(BODY_BYTES // 65536 + 2))
    assert served.ask("POST", "/v1/enroll", b"{}")[0] == 400


def test_a_claimed_size_is_refused_before_it_comes(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(b"POST /v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert line.recv(64).startswith(b"HTTP/1.1 413")


def test_more_work_than_hands_is_told_to_come_back(
    folder: HubFolder, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()
    answer = Hub.answer

    def slow(hub: Hub, asked: Asked) -> Answer:
        if asked.path == "/v1/heads":
            began.set()
            go_on.wait(10)
        return answer(hub, asked)

    monkeypatch.setattr(Hub, "answer", slow)
    monkeypatch.setattr(app_module.make_app, "__kwdefaults__", {"at_once": 1})
    served = Served(folder, writer)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(served.ask("GET", "/v1/heads")[0]))
    thread.start()
    assert began.wait(10)
    status, headers, _ = served.ask("GET", "/v1/hello")
    assert (status, headers["retry-after"]) == (429, "1")
    go_on.set()
    thread.join(10)
    assert first == [200]
    assert served.ask("GET", "/v1/hello")[0] == 200
    served.stop()


def test_hints_name_the_stream_and_nothing_else(served: Served, writer: Writer, root: SigningKey) -> None:
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    line.request("GET", "/v1/live", headers=served.signed_in)
    answer = line.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    assert answer.readline() == b": listening\n"
    stream = new_stream(root)
    body = json.dumps({"events": [to_wire(writer.open(stream)), to_wire(writer.write(stream))]}).encode()
    assert served.ask("POST", f"/v1/streams/{stream}/events", body)[0] == 200
    assert answer.readline() == b"\n"
    hint = answer.readline()
    assert json.loads(hint.removeprefix(b"data: ")) == {"i": stream, "g": 1, "h": 2}
    assert served.stop() < 5  # those who listen do not hold up the end
    line.close()


def test_hints_need_a_sign_in(served: Served) -> None:
    served.signed_in = {}
    assert served.ask("GET", "/v1/live")[0] == 401
    assert served.ask("PUT", "/v1/blobs/" + "ab" * 32, b"x")[0] == 401


@pytest.mark.parametrize("size", [0, 5, PIECE_BYTES + 70_000])
def test_a_whole_file_goes_in_and_comes_out(served: Served, size: int) -> None:
    data = hashlib.sha256(b"seed").digest() * (size // 32 + 1)
    data = data[:size]
    path = "/v1/blobs/" + hashlib.sha256(data).hexdigest()
    assert served.ask("HEAD", path)[0] == 404
    assert served.ask("PUT", path, data)[0] == 201
    assert served.ask("PUT", path, data)[0] == 201
    status, headers, _ = served.ask("HEAD", path)
    assert (status, headers["upload-offset"]) == (200, str(size))
    assert served.ask("GET", path)[2] == data
    if size > 100:
        status, headers, piece = served.ask("GET", path, Range="bytes=10-19")
        assert (status, piece) == (206, data[10:20])
        assert headers["content-range"].endswith(f"/{size}")


def test_a_file_that_is_another_is_kept_by_nobody(served: Served, folder: HubFolder) -> None:
    data = b"z" * (PIECE_BYTES + 10)
    named = hashlib.sha256(b"other").hexdigest()
    assert served.ask("PUT", f"/v1/blobs/{named}", data)[0] == 422
    assert served.ask("PUT", f"/v1/blobs/{named}", b"small")[0] == 403
    assert not folder.blobs.has(named)
    for wrong in ("ab", "AB" * 32, "../hub-log.key", "%2e%2e%2fhub-log.key"):
        assert served.ask("GET", f"/v1/blobs/{wrong}")[0] in (400, 404)
        assert served.ask("PUT", f"/v1/blobs/{wrong}", b"x")[0] in (400, 404)


def test_pieces_must_follow_each_other(served: Served) -> None:
    data = b"abcdefghij"
    path = "/v1/blobs/" + hashlib.sha256(data).hexdigest()
    assert served.ask("PUT", path, data[5:], Content_Range="bytes 5-9/10")[0] == 409
    assert served.ask("PUT", path, data[:5], Content_Range="bytes 0-4/10")[0] == 202
    assert served.ask("HEAD", path)[1]["upload-offset"] == "5"
    for wrong in ("bytes 5-9/9", "bytes 5-8/10", "5-9/10", f"bytes 5-9/{1 << 60}"):
        assert served.ask("PUT", path, data[5:], Content_Range=wrong)[0] in (400, 413)
    assert served.ask("PUT", path, data[5:], Content_Range="bytes 5-9/10")[0] == 201
    assert served.ask("GET", path)[2] == data


def test_garbage_on_the_socket_does_not_stop_it(served: Served) -> None:
    for garbage in (b"\x00" * 100, b"GET\r\n\r\n", b"GET /v1/hello HTTP/9.9\r\n\r\n", b"A" * 200_000):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            try:
                line.sendall(garbage)
                line.recv(10)
            except OSError:
                continue
    assert served.ask("GET", "/v1/hello")[0] == 200


def test_who_begins_a_request_and_falls_silent_holds_no_place(
    folder: HubFolder, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "SILENCE_S", 0.2)
    monkeypatch.setattr(app_module.make_app, "__kwdefaults__", {"at_once": 1})
    served = Served(folder, writer)
    head = b"POST /v1/enroll HTTP/1.1\r\nhost: hub\r\ncontent-length: 1000\r\n\r\n{"
    try:
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as silent:
            silent.sendall(head)
            assert silent.recv(64).startswith(b"HTTP/1.1 408")
        assert served.ask("GET", "/v1/heads")[0] == 200
    finally:
        served.stop()

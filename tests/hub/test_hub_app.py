"""The hub behind real sockets: bounded bodies, bounded work, hints that carry nothing, files of any size."""

import hashlib
import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import NoReturn

import pytest
from tests.support.lanes import Asker, Writer, new_stream

from ircockpit.blobs.manifest import CHUNK_BYTES, manifest_of
from ircockpit.core.errors import StoreError
from ircockpit.core.ids import random_uuid
from ircockpit.hub import app as app_module
from ircockpit.hub.asking import BODY_BYTES, Answer, Asked
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.hub.serving import HubServer, listen
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
        assert ready.wait(60)
        self.asker = Asker(Hub(folder), writer)
        self.signed_in = {"Authorization": f"Bearer {self.asker.token}"}

    def stop(self) -> float:
        began = time.monotonic()
        self.server.should_exit = True
        self.thread.join(60)
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
            go_on.wait(60)
        return answer(hub, asked)

    monkeypatch.setattr(Hub, "answer", slow)
    monkeypatch.setattr(app_module.make_app, "__kwdefaults__", {"at_once": 1})
    served = Served(folder, writer)
    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(served.ask("GET", "/v1/heads")[0]))
    thread.start()
    assert began.wait(60)
    status, headers, _ = served.ask("GET", "/v1/hello")
    assert (status, headers["retry-after"]) == (429, "1")
    go_on.set()
    thread.join(60)
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


@pytest.mark.parametrize("size", [0, 5, CHUNK_BYTES + 70_000])
def test_a_whole_file_goes_in_and_comes_out(served: Served, size: int) -> None:
    data = hashlib.sha256(b"seed").digest() * (size // 32 + 1)
    data = data[:size]
    path = "/v1/blobs/" + hashlib.sha256(data).hexdigest()
    assert served.ask("HEAD", path)[0] == 404
    assert served.ask("PUT", path, data)[0] == 201
    assert served.ask("PUT", path, data)[0] == 201
    assert served.ask("HEAD", path)[0] == 200
    assert served.ask("GET", path)[2] == data
    if size > 100:
        status, headers, piece = served.ask("GET", path, Range="bytes=10-19")
        assert (status, piece) == (206, data[10:20])
        assert headers["content-range"].endswith(f"/{size}")


def test_a_file_that_is_another_is_kept_by_nobody(served: Served, folder: HubFolder) -> None:
    data = b"z" * (CHUNK_BYTES + 10)
    named = hashlib.sha256(b"other").hexdigest()
    assert served.ask("PUT", f"/v1/blobs/{named}", data)[0] == 422
    assert served.ask("PUT", f"/v1/blobs/{named}", b"small")[0] == 422
    assert not folder.blobs.has(named)
    for wrong in ("ab", "AB" * 32, "../hub-log.key", "%2e%2e%2fhub-log.key"):
        assert served.ask("GET", f"/v1/blobs/{wrong}")[0] in (400, 404)
        assert served.ask("PUT", f"/v1/blobs/{wrong}", b"x")[0] in (400, 404)


def begin(served: Served, data: bytes) -> tuple[str, list[int]]:
    manifest = manifest_of([data])
    status, _, body = served.ask("POST", "/v1/uploads", json.dumps(manifest.to_wire()).encode())
    assert status == 200
    return f"/v1/uploads/{manifest.sha256}/{manifest.digest}", json.loads(body)["missing"]


def test_chunks_come_in_any_order_and_again(served: Served) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 5)
    place, missing = begin(served, data)
    assert missing == [0, 1, 2]
    chunks = [data[i * CHUNK_BYTES : (i + 1) * CHUNK_BYTES] for i in range(3)]
    assert served.ask("PUT", f"{place}/2", chunks[2])[0] == 204
    assert served.ask("PUT", f"{place}/0", chunks[0])[0] == 204
    assert served.ask("PUT", f"{place}/2", chunks[2])[0] == 204
    assert json.loads(served.ask("GET", place)[2])["missing"] == [1]
    assert served.ask("POST", f"{place}/commit")[0] == 409
    assert begin(served, data) == (place, [1])
    assert served.ask("PUT", f"{place}/1", chunks[1])[0] == 204
    assert served.ask("POST", f"{place}/commit")[0] in (200, 202)
    assert served.ask("POST", f"{place}/commit")[0] == 200
    assert served.ask("GET", "/v1/blobs/" + hashlib.sha256(data).hexdigest())[2] == data
    assert json.loads(served.ask("GET", place)[2])["have"] is True
    assert served.ask("PUT", f"{place}/1", chunks[1])[0] == 204


def test_a_chunk_of_other_bytes_is_not_kept(served: Served, folder: HubFolder) -> None:
    data = b"a chunk"
    place, _ = begin(served, data)
    assert served.ask("PUT", f"{place}/0", b"another")[0] == 422
    assert served.ask("PUT", f"{place}/0", data[:3])[0] == 422
    assert json.loads(served.ask("GET", place)[2])["missing"] == [0]
    for wrong in ("1", "-1", "x", "99999999", "0/0"):
        assert served.ask("PUT", f"{place}/{wrong}", data)[0] in (400, 404)
    assert served.ask("PUT", f"/v1/uploads/{'ab' * 32}/{'cd' * 32}/0", data)[0] == 404
    assert served.ask("PUT", "/v1/uploads/%2e%2e/hub-log.key/0", data)[0] in (400, 404)
    assert not folder.blobs.has(hashlib.sha256(data).hexdigest())


def test_a_manifest_that_lies_about_the_whole_stands_in_nobodys_way(served: Served) -> None:
    data, named = b"the real bytes", hashlib.sha256(b"the real bytes").hexdigest()
    lie = manifest_of([b"made up bytes!"])._replace(sha256=named)
    assert served.ask("POST", "/v1/uploads", json.dumps(lie.to_wire()).encode())[0] == 200
    place = f"/v1/uploads/{named}/{lie.digest}"
    assert served.ask("PUT", f"{place}/0", b"made up bytes!")[0] == 204
    true, _ = begin(served, data)
    assert served.ask("PUT", f"{true}/0", data)[0] == 204
    assert served.ask("POST", f"{place}/commit")[0] == 422
    assert served.ask("HEAD", f"/v1/blobs/{named}")[0] == 404
    assert served.ask("POST", f"{true}/commit")[0] == 200
    assert served.ask("GET", f"/v1/blobs/{named}")[2] == data


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": -1}, {"size": 1 << 60}, {"size": 8}, {"chunk_size": 1}, {"chunks": []}, {"chunks": ["x"]},
        {"sha256": "../../hub-log.key"}, {"chunks": None}, {"more": 1},
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(served: Served, wrong: dict[str, object]) -> None:
    said = {**manifest_of([b"12345"]).to_wire(), **wrong}
    if wrong == {"size": 8}:
        said["chunks"] = []
    assert served.ask("POST", "/v1/uploads", json.dumps(said).encode())[0] == 400


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


@pytest.mark.parametrize("path", ["/v1/live", f"/v1/blobs/{'0' * 64}", "/v1/heads"])
def test_a_database_that_fails_while_somebody_is_let_in_is_told(
    served: Served, folder: HubFolder, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def failing() -> NoReturn:
        raise StoreError("hub.db cannot be used")

    stranger = served.asker.hub.members._sessions.token(
        random_uuid()
    )  # known to another process of this hub, perhaps
    monkeypatch.setattr(folder.store, "certificates", failing)
    status, _, body = served.ask("GET", path, Authorization=f"Bearer {stranger}")
    assert status == 503
    assert "hub.db cannot be used" in body.decode()

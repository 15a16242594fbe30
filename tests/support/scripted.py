"""A server on a raw socket that answers as a test says: truly, late, halfway, too much, or not at all."""

import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from threading import Event, Thread
from types import TracebackType
from typing import Any, NamedTuple, Self


class Received(NamedTuple):
    """One request as it came off the wire."""

    method: str
    target: str
    """Path and query, byte for byte."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Line:
    """The connection while it is being answered."""

    def __init__(self, sock: socket.socket, over: Event) -> None:
        self._sock = sock
        self._over = over

    def send(self, raw: bytes) -> None:
        """These bytes."""
        self._sock.sendall(raw)

    def drip(self, raw: bytes, every_s: float) -> None:
        """These bytes, one at a time, until they or the test are over."""
        for index in range(len(raw)):
            if self._over.wait(every_s):
                return
            self._sock.sendall(raw[index : index + 1])

    def hang(self) -> None:
        """Nothing, until the test is over."""
        self._over.wait(30)

    def reset(self) -> None:
        """An end without a farewell (RST)."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


Script = Callable[[Received, Line], None]


def answer(status: int, body: object = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer; anything but bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"content-length": str(len(raw)), **(headers or {})}
    lines = [f"HTTP/1.1 {status} said", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


class Scripted:
    """Runs ``script`` for each request, one thread a connection; keeps what was received."""

    def __init__(
        self,
        script: Script,
        context: ssl.SSLContext | None = None,
        family: int = socket.AF_INET,
        keep: bool = False,
        at: tuple[str, int] | None = None,
    ) -> None:
        """``keep`` leaves connections open after an answer; ``at`` is an address and port instead of any of this host."""
        self._keep = keep
        self._script = script
        self._context = context
        self._over = Event()
        self._socket = socket.socket(family)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(at or ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._socket.listen(16)
        self.port: int = self._socket.getsockname()[1]
        self.received: list[Received] = []
        self.connections = 0
        self._threads: list[Thread] = []
        host = "[::1]" if family == socket.AF_INET6 else "127.0.0.1"
        self.url = f"{'https' if context else 'http'}://{host}:{self.port}"

    def __enter__(self) -> Self:
        acceptor = Thread(target=self._accept, daemon=True)
        acceptor.start()
        self._threads.append(acceptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Be gone: from here on nothing answers at its address."""
        if self._over.is_set():
            return
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(60)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            thread = Thread(target=self._serve, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(10)
        try:
            sock = self._context.wrap_socket(plain, server_side=True) if self._context else plain
        except OSError:
            plain.close()
            return
        try:
            while (request := _request(sock)) is not None:
                self.received.append(request)
                self._script(request, Line(sock, self._over))
                if not self._keep:
                    return
        except OSError:
            return
        finally:
            sock.close()


def _request(sock: socket.socket) -> Received | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = sock.recv(65536)
        if not part:
            return None
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += sock.recv(65536)
    return Received(method, target, headers, body)


class Skipping:
    """A clock whose sleep does not wait: seconds slept are added, seconds worked pass as they do."""

    def __init__(self) -> None:
        self.skipped_us = 0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.slept.append(seconds)
        self.skipped_us += int(seconds * 1e6)

    def wall_us(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return time.time_ns() // 1000 + self.skipped_us

    def mono_us(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return time.monotonic_ns() // 1000 + self.skipped_us

    def boot(self) -> str:
        """See :class:`ircockpit.core.clock.Clock`."""
        return "00000000-0000-4000-8000-000000000000"

    def offset_minutes(self) -> int:
        """See :class:`ircockpit.core.clock.Clock`."""
        return 0


def json_of(received: Received) -> Any:
    """The body as JSON."""
    return json.loads(received.body)

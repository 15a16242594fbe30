"""A wire with an ear on it: passes bytes on to a server and keeps what the client sent, connection by connection."""

import contextlib
import select
import socket
from collections.abc import Callable
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Tap:
    """A TCP proxy in threads; its port stands in for the server's."""

    def __init__(self, url: str, at: int = 0) -> None:
        """Stands before the server of ``url``, at a port of its own or at a given one."""
        parts = urlsplit(url)
        self._server = str(parts.hostname), int(parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", at))
        self.port: int = self._listener.getsockname()[1]
        self._heard: list[bytearray] = []
        self._lock = Lock()
        self._over = Event()
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)

    def heard(self) -> list[bytes]:
        """What was sent so far, in the order in which the connections were made."""
        with self._lock:
            return [bytes(each) for each in self._heard]

    def _begin(self, what: Callable[..., None], *args: object) -> None:
        thread = Thread(target=what, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            kept = bytearray()
            with self._lock:
                self._heard.append(kept)
            self._begin(self._pass, client, kept)

    def _pass(self, client: socket.socket, kept: bytearray) -> None:
        """Both ways, until either side ends: none of the clients goes on listening after it has closed."""
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(self._server, timeout=10) as server,
        ):
            ways = {client: server, server: client}
            while not self._over.is_set():
                for one in select.select(list(ways), [], [], 0.2)[0]:
                    part = one.recv(65536)
                    if not part:
                        return
                    if one is client:
                        with self._lock:
                            kept += part
                    ways[one].sendall(part)

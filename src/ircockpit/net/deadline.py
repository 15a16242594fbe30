"""Sockets that keep one deadline for a whole request, however slowly the other side drips, and can be given up."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import httpcore

from ircockpit.net.giveup import GiveUp

if TYPE_CHECKING:
    import socket
    import ssl


TAIL_BYTES = 8192
"""Bytes kept of the end of an answer, for its trailers."""


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens sockets whose every wait ends at :attr:`until`.

    The time-outs of httpx count from each byte received, so a peer that sends one byte a second
    holds a caller for hours, also inside the response head where no caller can look at a watch.
    """

    def __init__(self, give_up: GiveUp | None = None, *, in_turn: bool = False) -> None:
        """``in_turn``: where a name has several addresses, each connection begins with the next of them."""
        self.give_up = give_up or GiveUp()
        self._turns: dict[str, int] | None = {} if in_turn else None
        self._inner = httpcore.SyncBackend()
        self.until: float | None = None
        """``time.monotonic()`` at which the request in flight is over; ``None`` for a stream without end."""
        self.tail = b""
        """The last bytes received: trailers stand there, and the HTTP library throws them away."""

    def left(self, timeout: float | None) -> float | None:
        """Seconds to wait at most: the time-out of this one step, or what is left of the whole."""
        if self.until is None:
            return timeout
        left = max(self.until - time.monotonic(), 0.001)  # zero would switch the socket to non-blocking
        return left if timeout is None else min(timeout, left)

    def over(self) -> bool:
        """Whether the whole request has had its time."""
        return self.until is not None and time.monotonic() >= self.until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """See :class:`httpcore.NetworkBackend`."""
        if self.give_up.asked:
            raise httpcore.ConnectError(GIVEN_UP)
        stream = self._connected(host, port, timeout, local_address, socket_options)
        held = self.give_up.hold(stream.get_extra_info("socket"))
        if held is None:
            stream.close()
            raise httpcore.ConnectError(GIVEN_UP)
        return _DeadlineStream(stream, self, held)

    def _connected(
        self,
        host: str,
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None,
    ) -> httpcore.NetworkStream:
        places = [host] if self._turns is None else self._next(host, port)
        for at, place in enumerate(places, 1):
            try:
                return self._inner.connect_tcp(place, port, self.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if at == len(places) or self.over() or self.give_up.asked:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    def _next(self, host: str, port: int) -> list[str]:
        """The addresses of a name, this connection's first; those of another family than the system's first come last.

        A family that leads nowhere from here would else cost every other connection its time.
        """
        import socket

        assert self._turns is not None  # noqa: S101 - asked by the caller
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(error) from error
        alike = list(dict.fromkeys(str(each[4][0]) for each in found if each[0] == found[0][0]))
        others = list(dict.fromkeys(str(each[4][0]) for each in found if each[0] != found[0][0]))
        turn = self._turns.get(host, 0) % len(alike)
        self._turns[host] = turn + 1
        return alike[turn:] + alike[:turn] + others


GIVEN_UP = "the request was given up"


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(
        self, inner: httpcore.NetworkStream, backend: DeadlineBackend, held: "socket.socket"
    ) -> None:
        self._inner = inner
        self._backend = backend
        self._held = held

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._backend.give_up.asked:
            raise httpcore.ReadError(GIVEN_UP)
        if self._backend.over():
            raise httpcore.ReadTimeout("the deadline of the request has passed")
        got = self._inner.read(max_bytes, self._backend.left(timeout))
        self._backend.tail = (self._backend.tail + got)[-TAIL_BYTES:]
        return got

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._backend.give_up.asked:
            raise httpcore.WriteError(GIVEN_UP)
        if self._backend.over():
            raise httpcore.WriteTimeout("the deadline of the request has passed")
        self._inner.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._backend.give_up.drop(self._held)
        self._inner.close()

    def start_tls(
        self, ssl_context: "ssl.SSLContext", server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            stream = self._inner.start_tls(ssl_context, server_hostname, self._backend.left(timeout))
        except BaseException:
            self._backend.give_up.drop(self._held)
            raise
        return _DeadlineStream(stream, self._backend, self._held)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

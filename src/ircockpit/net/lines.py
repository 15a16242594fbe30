"""A socket that takes one command a connection and closes it after its answer, as HAProxy's runtime API does."""

import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ircockpit.core.errors import OfflineError, UsageError
from ircockpit.net.giveup import GiveUp
from ircockpit.net.http import BODY_BYTES, CONNECT_S, NOTHING_SENT, Response, UnknownOutcome

if TYPE_CHECKING:
    from collections.abc import Callable


def ask(
    address: str, command: str, timeout_s: float, *, most: int = BODY_BYTES, give_up: GiveUp | None = None
) -> Response:
    """Send one command to ``tcp://host:port`` or ``unix:/path`` and read until the other side closes.

    Such an answer has no status: it is 0. Raises :class:`OfflineError` or :class:`UsageError` when nothing was
    sent, :class:`UnknownOutcome` when the command may have arrived.
    """
    if not command or not (command.isascii() and command.isprintable()):
        raise UsageError("a command is one line of printable ASCII", safe=NOTHING_SENT)
    giving_up = give_up or GiveUp()
    started = time.monotonic_ns()
    until = time.monotonic() + timeout_s
    connection = _connected(address, min(CONNECT_S, timeout_s), giving_up)
    held = giving_up.hold(connection)
    try:
        if held is None:
            raise OfflineError(f"the command to {address} was given up", safe=NOTHING_SENT)
        body = _exchanged(connection, command, until, most, lambda what: _fail(address, what, giving_up))
        if giving_up.asked:  # broken off here, which looks like the other side's end
            raise _fail(address, "", giving_up)
    finally:
        if held is not None:
            giving_up.drop(held)
        connection.close()
    return Response(0, {}, body, (time.monotonic_ns() - started) // 1000)


def _exchanged(
    connection: socket.socket, command: str, until: float, most: int, fail: "Callable[[str], UnknownOutcome]"
) -> bytes:
    body = bytearray()
    try:
        connection.settimeout(max(until - time.monotonic(), 0.001))
        connection.sendall(command.encode("ascii") + b"\n")
        while True:
            connection.settimeout(max(until - time.monotonic(), 0.001))
            chunk = connection.recv(65536)
            if not chunk:
                break
            body += chunk
            if len(body) > most:
                raise fail(f"answered with more than {most} bytes; the rest was not read")
            if time.monotonic() >= until:
                raise TimeoutError
    except TimeoutError:
        raise fail("did not answer completely in time") from None
    except OSError:
        raise fail("broke the connection before the answer was complete") from None
    return bytes(body)


def _fail(address: str, what: str, giving_up: GiveUp) -> UnknownOutcome:
    if giving_up.asked:
        return UnknownOutcome(f"the command to {address} was given up before the answer was complete")
    return UnknownOutcome(f"{address} {what}")


def _connected(address: str, connect_s: float, giving_up: GiveUp) -> socket.socket:
    if giving_up.asked:
        raise OfflineError(f"the command to {address} was given up", safe=NOTHING_SENT)
    try:
        if address.startswith("unix:"):
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.settimeout(connect_s)
                connection.connect(address.removeprefix("unix:"))
            except BaseException:
                connection.close()
                raise
            return connection
        parts = urlsplit(address)
        return socket.create_connection((parts.hostname or "", parts.port or 0), connect_s)
    except TimeoutError:
        raise OfflineError(f"{address} did not accept a connection in time", safe=NOTHING_SENT) from None
    except OSError as error:
        why = (error.strerror or "no such place").lower()
        raise OfflineError(f"{address} cannot be reached: {why}", safe=NOTHING_SENT) from None

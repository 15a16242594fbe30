"""One hub process: it listens, says where, and stops cleanly."""

import logging
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from ircockpit.core.clock import elapsed_s
from ircockpit.core.errors import CockpitError, ConflictError, UsageError
from ircockpit.hub.app import BLOCKED_S, make_app
from ircockpit.hub.folder import HubFolder, alone
from ircockpit.hub.generations import PUT_BACK
from ircockpit.hub.live import Hints
from ircockpit.hub.service import Hub
from ircockpit.inert.gate import clean

STOP_S = 2
"""Seconds that requests in flight get when the hub is told to stop."""
AGAIN_S = 60.0
"""Seconds after which the same trouble is told once more."""


class Journal:
    """What a hub tells its operator on stderr: the same trouble once, and once more a while later while it lasts."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}

    def complain(self, error: CockpitError) -> None:
        """Something keeps this hub from answering; may be called from any thread."""
        now = elapsed_s()
        if now - self._told.get(error.what, -AGAIN_S) >= AGAIN_S:
            self._told = {what: at for what, at in self._told.items() if now - at < AGAIN_S}
            self._told[error.what] = now
            say(f"hub: {'; '.join(error.sentences())}")


def say(line: str) -> None:
    """One line on stderr, inert, where there still is one."""
    with suppress(OSError, ValueError):  # the terminal may be gone
        sys.stderr.write(clean(line) + "\n")
        sys.stderr.flush()


class HubServer(uvicorn.Server):
    """The server of one hub folder; :meth:`run` returns when it was told to stop."""

    def __init__(
        self, folder: HubFolder, listener: socket.socket, ready: Callable[[], None] = lambda: None
    ) -> None:
        self._hints = Hints()
        self._listener = listener
        self._ready = ready
        self.hub = Hub(folder, complain=Journal().complain)
        config = uvicorn.Config(
            make_app(self.hub, self._hints), lifespan="off", access_log=False, log_config=None,
            server_header=False, timeout_keep_alive=75, timeout_graceful_shutdown=STOP_S, ws="none",
        )  # fmt: skip
        super().__init__(config)

    def serve_forever(self) -> None:
        """Serve until a signal or :attr:`should_exit` says stop."""
        self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn; those who listen for hints are sent away first."""
        self._hints.close()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises :class:`ConflictError` for an occupied port, :class:`UsageError` for a bad address."""
    try:
        family, kind, protocol, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named as TCP: asyncio sets TCP_NODELAY only then, and without it every answer waits 40 ms.
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{host}:{port} is no address to listen on: {error}") from None
    try:
        if sys.platform != "win32":  # there it would let two hubs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Also where the other end takes nothing: else what was written to it, and its socket, would stay for good.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(BLOCKED_S * 1000))
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConflictError(
            f"port {port} of {host} cannot be used: {getattr(error, 'strerror', '') or error}",
            safe="no hub was started",
            fix="stop what listens there, or choose another with --port",
        ) from None
    listener.setblocking(False)
    return listener


def serve(data: Path, host: str, port: int) -> None:
    """Run the hub of a data folder until SIGINT or SIGTERM."""
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    with alone(data):
        _serve(HubFolder(data), host, port)
    say("hub stopped; what it answered is kept")


def _serve(folder: HubFolder, host: str, port: int) -> None:
    try:
        folder.root  # noqa: B018 - says so at once where the folder is no hub's
        listener = listen(host, port)
        where = address(host, listener.getsockname()[1])

        def ready() -> None:
            sys.stdout.write(
                f"hub listening on {where}; invite others with: ircockpit hub invite --name NAME\n"
            )
            sys.stdout.flush()

        folder.store.set_meta("address", where)
        server = HubServer(folder, listener, ready)
        if server.hub.was_put_back:
            say(PUT_BACK)

        def told(*_: object) -> None:
            # uvicorn handles the signal while it serves, and raises it once more when it is done.
            if not server.started:
                raise SystemExit(0)

        def gone(*_: object) -> None:
            server.should_exit = True
            told()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, told)
        if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, gone)  # not among those that uvicorn handles
        server.serve_forever()
    finally:
        folder.close()


def address(host: str, port: int) -> str:
    """The URL to tell others: this machine's name where the hub listens on every network."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - a comparison, nothing is bound here
        host = socket.gethostname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

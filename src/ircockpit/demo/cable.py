"""The cable between a workstation and the hub: a relay on loopback that can be pulled out and put back."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

from ircockpit.core.errors import ConflictError

LOOK_S = 0.2
CHUNK = 65_536


class Cable:
    """Carries bytes to the hub while it is in; out, nobody answers at its address, as with a cut line."""

    def __init__(self) -> None:
        """Raises :class:`ConflictError` where this machine gives no port on loopback."""
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._hub = ("127.0.0.1", 0)
        try:
            self._listener: socket.socket | None = _listen(0)
        except OSError as error:
            raise ConflictError(
                f"the demo needs ports on 127.0.0.1, and gets none: {error.strerror}",
                safe="nothing was started", fix="allow programs to listen there, or end some that do",
            ) from None  # fmt: skip
        self._port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The hub's address as seen from this side of the cable."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_in(self) -> bool:
        """Whether the hub can be reached."""
        return self._listener is not None

    def lead_to(self, hub: str) -> None:
        """Begin to carry, to the hub at this address."""
        self._hub = ("127.0.0.1", urlsplit(hub).port or 0)
        if self._listener is not None:
            self._carry(self._listener)

    def pull(self) -> None:
        """Cut every connection and answer no new one."""
        with self._lock:
            listener, self._listener = self._listener, None
            ends, self._ends = self._ends, set()
        for end in (*ends, *([listener] if listener is not None else [])):
            _hang_up(end)

    def put_back(self) -> None:
        """Carry again. Raises :class:`ConflictError` where another program has taken the address meanwhile."""
        if self._listener is None:
            try:
                self._listener = _listen(self._port)
            except OSError:
                raise ConflictError(
                    f"port {self._port} was taken by another program while the hub was unplugged",
                    safe="everything is kept on this device", fix="try again in a moment",
                ) from None  # fmt: skip
            self._carry(self._listener)

    def toggle(self) -> bool:
        """Pull it where it is in, else put it back; returns whether it is in now."""
        if self.is_in:
            self.pull()
        else:
            self.put_back()
        return self.is_in

    def _carry(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), name="cable", daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                near, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            near.settimeout(None)
            try:
                far = socket.create_connection(self._hub, timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for end in (near, far):
                # What is relayed was written whole already: holding small pieces back only adds a delay.
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                cut = self._listener is not listener
                if not cut:
                    self._ends |= {near, far}
            if cut:
                _hang_up(near)
                _hang_up(far)
                return
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), name="cable", daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                sink.sendall(data)
        for end in (source, sink):
            _hang_up(end)
        with self._lock:
            self._ends -= {source, sink}


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port))
    # Closing a socket does not wake the thread that accepts on it everywhere, so it looks up now and then.
    listener.settimeout(LOOK_S)
    return listener


def _hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()

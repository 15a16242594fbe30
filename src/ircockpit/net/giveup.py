"""A way to end requests from another thread: who waits is woken, and nothing more is sent."""

import contextlib
import socket
import threading


class GiveUp:
    """Handed to whoever asks a target, so that whoever waits for the answer can end it.

    A connection being made, or a name being looked up, cannot be broken off by the system: such a thread ends
    after the time to connect, and sends nothing.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    @property
    def asked(self) -> bool:
        """Whether it was given up."""
        return self._asked.is_set()

    def now(self) -> None:
        """Give up: every connection held is broken off at once. Never blocks."""
        with self._lock:
            self._asked.set()
            for each in self._open:
                with contextlib.suppress(OSError):  # it may be over already
                    each.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is given up; returns whether it is."""
        return self._asked.wait(seconds)

    def hold(self, connection: socket.socket) -> socket.socket | None:
        """Take hold of a connection; returns what to :meth:`drop`, ``None`` where it is given up already."""
        with self._lock:
            if self.asked:
                return None
            # A handle of our own: TLS takes the socket itself away, and what is shut down is the connection.
            held = connection.dup()
            self._open.add(held)
            return held

    def drop(self, held: socket.socket) -> None:
        """Let go of a connection that has ended."""
        with self._lock:
            self._open.discard(held)
            held.close()

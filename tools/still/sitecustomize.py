"""Holds still what differs from one start to the next, for the pictures: the time, chance, keys and ports.

Python imports a module of this name at its start wherever its folder is on PYTHONPATH; only tools/screens.py puts
it there, for the programs whose screens it draws. Nothing of it is part of the program.
"""

import hashlib
import os
import random
import socket
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

FOLDER = Path(os.environ["IRCOCKPIT_STILL"])
"""Holds ``now``, the time in whole seconds since 1970, and counts how often each program was started."""
NOW = FOLDER / "now"
FIRST_PORT = 20_000

_gmtime, _localtime, _bind = time.gmtime, time.localtime, socket.socket.bind


def _who() -> str:
    """The words of this program, without the folder they lie in, and how many of the same were started before."""
    words = " ".join(sys.orig_argv[1:]).replace(str(FOLDER), "")
    with (FOLDER / hashlib.sha256(words.encode()).hexdigest()[:16]).open("ab") as starts:
        starts.write(b".")
        return f"{words} {starts.tell()}"


_WHO = _who()
_drawn: Counter[str] = Counter()
_lock = threading.Lock()


def seconds() -> int:
    """The time that whoever draws has set."""
    return int(NOW.read_text("ascii"))


def chance(size: int) -> bytes:
    """As many bytes as asked for, the same in every run: threads of another task have a row of their own."""
    thread = threading.current_thread().name.rstrip("0123456789").split("-")[0]
    with _lock:
        _drawn[thread] += 1
        at = _drawn[thread]
    return hashlib.shake_256(f"{_WHO} {thread} {at}".encode()).digest(size)


def bind(self: socket.socket, address: Any) -> None:
    """A port that is not named is the next of a row, where it is free."""
    if isinstance(address, tuple) and address[1] == 0:
        start = FIRST_PORT + int.from_bytes(hashlib.sha256(_WHO.encode()).digest()[:2], "big") // 8 * 4
        for port in range(start, start + 4):
            try:
                _bind(self, (address[0], port, *address[2:]))
            except OSError:
                continue
            return
    _bind(self, address)


def generate() -> ed25519.Ed25519PrivateKey:
    """A key that everybody can know: it signs made-up records alone."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(chance(32))


time.time = lambda: float(seconds())
time.time_ns = lambda: seconds() * 1_000_000_000
time.gmtime = lambda at=None: _gmtime(seconds() if at is None else at)
time.localtime = lambda at=None: _localtime(seconds() if at is None else at)
for where, name, held in (
    (os, "urandom", chance), (random, "_urandom", chance), (socket.socket, "bind", bind),
    (ed25519.Ed25519PrivateKey, "generate", staticmethod(generate)),
):  # fmt: skip
    setattr(where, name, held)

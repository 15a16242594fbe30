"""Programs run without shell and terminal, bounded in time and output; whatever they started ends with them."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, NamedTuple


class Answer(NamedTuple):
    """What a program left: exit code, output and error output."""

    code: int
    out: bytes
    err: bytes


class TooMuch(Exception):
    """A program printed more than was allowed and was ended."""


def run(
    argv: Sequence[str],
    given: bytes,
    timeout_s: float,
    env: Mapping[str, str],
    most: int,
    given_up: Callable[[], bool] = lambda: False,
) -> Answer | None:
    """Run a program; None when it took longer than ``timeout_s`` or was given up, and was ended.

    Input is ``given`` or nothing at all; the session is its own, so that ``/dev/tty`` cannot be opened. Raises
    :class:`OSError` or :class:`ValueError` when it cannot be started, :class:`TooMuch` when it prints more than
    ``most`` bytes.
    """
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(env),
        start_new_session=True,
    )
    with process:
        readers = [_Reader(process, stream, most) for stream in (process.stdout, process.stderr) if stream]
        until = time.monotonic() + timeout_s
        try:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(given)
            for reader in readers:  # a grandchild may hold the pipes open longer than the program lives
                while reader.is_alive() and time.monotonic() < until and not given_up():
                    reader.join(min(max(until - time.monotonic(), 0), _LOOK_S))
            process.wait(max(until - time.monotonic(), 0.01) if not given_up() else 0.01)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        except BaseException:
            _end(process)
            raise
        if any(reader.is_alive() for reader in readers):
            _end(process)
            return None
    if any(len(reader.kept) > most for reader in readers):
        raise TooMuch
    out, err = (bytes(reader.kept) for reader in readers)
    return Answer(process.returncode, out, err)


_LOOK_S = 0.1
"""Seconds between two looks whether it was given up."""


class _Reader(threading.Thread):
    """Keeps what comes out of a pipe, and ends the program that would fill the memory with it."""

    def __init__(self, process: "subprocess.Popen[bytes]", stream: IO[bytes], most: int) -> None:
        super().__init__(daemon=True)
        self.kept = bytearray()
        self._process, self._stream, self._most = process, stream, most
        self.start()

    def run(self) -> None:
        """Read to the end, or a little beyond what is allowed."""
        with contextlib.suppress(ValueError, OSError):  # closed under it when the program was given up
            while chunk := os.read(self._stream.fileno(), 1 << 14):
                self.kept += chunk
                if len(self.kept) > self._most:
                    _end(self._process)
                    return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and whatever it started, which would hold the pipes open."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own, so the group is, too
    else:
        process.kill()

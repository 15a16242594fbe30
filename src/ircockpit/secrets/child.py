"""Programs that hand over secrets, run where they can neither prompt nor draw on the screen."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, NamedTuple

from ircockpit.core.errors import SecretError

MOST = 64 * 1024
"""Bytes a program may print; no secret is longer."""
# Through these a key agent would find a terminal or a window to ask in.
_PROMPTERS = ("GPG_TTY", "SSH_ASKPASS", "SUDO_ASKPASS", "PINENTRY_USER_DATA")


class Answer(NamedTuple):
    """What a program left: exit code, output and error output."""

    code: int
    out: bytes
    err: bytes


def run(argv: Sequence[str], given: bytes, timeout_s: float, environ: Mapping[str, str]) -> Answer | None:
    """Run a program without shell and terminal; None when it took longer than ``timeout_s`` and was ended.

    Input is ``given`` or nothing at all; the session is its own, so that ``/dev/tty`` cannot be
    opened. :class:`SecretError` when it cannot be started, or prints more than :data:`MOST` bytes.
    """
    env = {name: value for name, value in environ.items() if name not in _PROMPTERS}
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise SecretError(
            f"The program {argv[0]} cannot be started.",
            safe="Only what needs this secret is disabled.",
            fix="Check that it is installed and on the path.",
        ) from None
    with process:
        readers = [_Reader(process, stream) for stream in (process.stdout, process.stderr) if stream]
        until = time.monotonic() + timeout_s
        try:
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError), process.stdin:
                    process.stdin.write(given)
            for reader in readers:  # a grandchild may hold the pipes open longer than the program lives
                reader.join(max(until - time.monotonic(), 0))
            process.wait(max(until - time.monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        except BaseException:
            _end(process)
            raise
        if any(reader.is_alive() for reader in readers):
            _end(process)
            return None
    if any(len(reader.kept) > MOST for reader in readers):
        raise SecretError(
            f"The program {argv[0]} printed more than {MOST:,} bytes: that is no secret.",
            safe="Nothing of it was kept.",
            fix="Let it print the secret alone.",
        )
    out, err = (bytes(reader.kept) for reader in readers)
    return Answer(process.returncode, out, err)


class _Reader(threading.Thread):
    """Keeps what comes out of a pipe, and ends the program that would fill the memory with it."""

    def __init__(self, process: "subprocess.Popen[bytes]", stream: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.kept = bytearray()
        self._process, self._stream = process, stream
        self.start()

    def run(self) -> None:
        """Read to the end, or a little beyond what is allowed."""
        with contextlib.suppress(ValueError, OSError):  # closed under it when the program was given up
            while chunk := os.read(self._stream.fileno(), 1 << 14):
                self.kept += chunk
                if len(self.kept) > MOST:
                    _end(self._process)
                    return


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and whatever it started, which would hold the pipes open."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own, so the group is, too
    else:
        process.kill()

"""Programs that hand over secrets, run where they can neither prompt nor draw on the screen."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ircockpit.core.errors import SecretError

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
    opened. :class:`SecretError` when it cannot be started.
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
        try:
            out, err = process.communicate(given or None, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return None
        except BaseException:
            _end(process)
            raise
    return Answer(process.returncode, out, err)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and whatever it started, which would hold the pipes open."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its session is its own, so the group is, too
    else:
        process.kill()

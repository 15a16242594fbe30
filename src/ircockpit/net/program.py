"""A program somebody allowed on this device, asked like a server: fixed path, given arguments, bounded answer."""

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ircockpit.core.errors import OfflineError, RefusedError, UsageError
from ircockpit.net.http import BODY_BYTES, NOTHING_SENT, Response, UnknownOutcome
from ircockpit.processes import child

if TYPE_CHECKING:
    from ircockpit.net.giveup import GiveUp

KEPT = ("PATH", "HOME", "USER", "LOGNAME", "TZ", "SSL_CERT_FILE", "KUBECONFIG", "TMPDIR")
"""What of this process's environment a program gets; tokens and settings of others stay out of it."""


def run(
    path: str,
    args: Sequence[str],
    timeout_s: float,
    *,
    most: int = BODY_BYTES,
    give_up: "GiveUp | None" = None,
) -> Response:
    """Run it once without shell and input; its status is the exit status, its error output a header ``errors``.

    Raises :class:`OfflineError` or :class:`UsageError` when it was not started, :class:`UnknownOutcome` when it
    was ended before it was done: it may have done everything.
    """
    name = os.path.basename(path)
    if not os.path.isabs(path) or any("\0" in arg for arg in args):
        raise UsageError(f"{name} cannot be run like this", safe=NOTHING_SENT)
    if give_up is not None and give_up.asked:
        raise OfflineError(f"running {name} was given up", safe=NOTHING_SENT)
    env = {key: os.environ[key] for key in KEPT if key in os.environ} | {"LC_ALL": "C.UTF-8"}
    started = time.monotonic_ns()
    try:
        answer = child.run(
            [path, *args], b"", timeout_s, env, most, lambda: give_up is not None and give_up.asked
        )
    except OSError as error:
        raise RefusedError(
            f"{path} cannot be started: {(error.strerror or 'unknown').lower()}", safe=NOTHING_SENT,
            fix="Correct its path in connectors/programs.toml, or install it.",
        ) from None  # fmt: skip
    except child.TooMuch:
        raise UnknownOutcome(f"{name} printed more than {most} bytes and was ended") from None
    if answer is None:
        raise UnknownOutcome(f"{name} was not done in time and was ended with all it started")
    if answer.code < 0:
        raise UnknownOutcome(f"{name} was ended by signal {-answer.code} before it was done")
    errors = answer.err.decode("utf-8", "replace")
    return Response(answer.code, {"errors": errors}, answer.out, (time.monotonic_ns() - started) // 1000)

"""Programs that hand over secrets, run where they can neither prompt nor draw on the screen."""

from collections.abc import Mapping, Sequence

from ircockpit.core.errors import SecretError
from ircockpit.processes import child
from ircockpit.processes.child import Answer

MOST = 64 * 1024
"""Bytes a program may print; no secret is longer."""
# Through these a key agent would find a terminal or a window to ask in.
_PROMPTERS = ("GPG_TTY", "SSH_ASKPASS", "SUDO_ASKPASS", "PINENTRY_USER_DATA")


def run(argv: Sequence[str], given: bytes, timeout_s: float, environ: Mapping[str, str]) -> Answer | None:
    """Run a program without shell and terminal; None when it took longer than ``timeout_s`` and was ended.

    Input is ``given`` or nothing at all. :class:`SecretError` when it cannot be started, or prints more than
    :data:`MOST` bytes.
    """
    env = {name: value for name, value in environ.items() if name not in _PROMPTERS}
    try:
        return child.run(argv, given, timeout_s, env, MOST)
    except (OSError, ValueError):
        raise SecretError(
            f"The program {argv[0]} cannot be started.",
            safe="Only what needs this secret is disabled.",
            fix="Check that it is installed and on the path.",
        ) from None
    except child.TooMuch:
        raise SecretError(
            f"The program {argv[0]} printed more than {MOST:,} bytes: that is no secret.",
            safe="Nothing of it was kept.",
            fix="Let it print the secret alone.",
        ) from None

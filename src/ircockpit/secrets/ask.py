"""The process that talks to the keyring in our place: a backend that prompts or hangs harms only this one.

Run as ``python -m ircockpit.secrets.ask get|set|probe SERVICE USER``; ``set`` reads the value from
its input. The answer is one JSON object on the output, with ``error`` when there is no other answer.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

ALLOWED = frozenset(
    (
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring_pass.PasswordStoreBackend",
    )
)
"""Backends that encrypt and keep what they are given. All else is refused: ``null`` loses secrets
and says nothing, the file backends of keyrings.alt hold them in the clear or prompt on the terminal,
and the chainer hides which of them it takes."""

_NONE = "keyring.backends.fail.Keyring"


class NoAnswerError(Exception):
    """Why there is no answer: ``none``, ``refused``, ``locked``, ``missing``, ``lost`` or ``failed``."""

    def __init__(self, reason: str, backend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.backend = backend


def main(argv: Sequence[str]) -> int:
    """Do one request and print the answer; 0 whether or not there is a secret."""
    # Backends print to the output at will; the answer goes to a copy of it, everything else to the errors.
    answer_to = os.dup(1)
    os.dup2(2, 1)
    request, service, user = argv
    try:
        answer = _answer(request, service, user)
    except NoAnswerError as refusal:
        answer = {"error": refusal.reason, "backend": refusal.backend}
    except Exception as error:  # whatever a backend raises; its words may hold the secret, its type does not
        answer = {"error": "failed", "backend": type(error).__name__}
    with os.fdopen(answer_to, "w", encoding="ascii") as stream:
        json.dump(answer, stream)
    return 0


def _answer(request: str, service: str, user: str) -> dict[str, str]:
    backend, name = _backend()
    if request == "get":
        value = backend.get_password(service, user)
        if value is None:
            raise NoAnswerError("missing", name)
        return {"value": value, "backend": name}
    value = sys.stdin.buffer.read().decode("utf-8") if request == "set" else os.urandom(16).hex()
    backend.set_password(service, user, value)
    if backend.get_password(service, user) != value:
        raise NoAnswerError("lost", name)
    if request == "probe":
        backend.delete_password(service, user)
    return {"backend": name}


def _backend() -> "tuple[KeyringBackend, str]":
    """The best allow-listed backend that works here, or the configured one if it is allow-listed."""
    from keyring import core

    core.init_backend(limit=lambda candidate: _name(candidate) in ALLOWED)
    backend = core.get_keyring()
    name = _name(backend)
    if name == _NONE:
        raise NoAnswerError("none", name)
    if name not in ALLOWED:
        raise NoAnswerError("refused", name)
    if name == "keyring.backends.SecretService.Keyring" and _is_locked():
        raise NoAnswerError("locked", name)
    return backend, name


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _is_locked() -> bool:
    """Whether the login collection is locked or not there; the backend would open a window to ask."""
    import secretstorage
    from secretstorage.exceptions import ItemNotFoundException

    connection = secretstorage.dbus_init()
    try:
        return bool(secretstorage.Collection(connection).is_locked())
    except ItemNotFoundException:
        return True
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

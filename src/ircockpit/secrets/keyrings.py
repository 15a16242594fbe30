"""The system's keyring, asked through a process of its own with a time limit and an allow-list."""

import json
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from ircockpit.core.errors import SecretError
from ircockpit.secrets import child
from ircockpit.secrets.secret import Secret
from ircockpit.secrets.sources import TIMEOUT_S, SecretSource

_KEEP = "Only what needs this secret is disabled."
_OTHERWISE = "or use another source, file: with mode 0600 or env:"


class KeyringState(NamedTuple):
    """What a trial of the keyring showed: the backend, whether it kept a value, else why and the fix."""

    backend: str
    usable: bool
    why: str = ""
    fix: str = ""


def get(
    service: str, user: str, *, timeout_s: float = TIMEOUT_S, environ: Mapping[str, str] | None = None
) -> str:
    """The value of a keyring entry; :class:`SecretError` when it does not come without a prompt."""
    return _ask("get", service, user, b"", timeout_s, environ)["value"]


def store_in_keyring(
    uri: str | SecretSource,
    secret: Secret,
    *,
    timeout_s: float = TIMEOUT_S,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Put a secret where a ``keyring:`` source names it and read it back; the backend that keeps it.

    Raises :class:`SecretError` when the source is of another kind or no allow-listed backend keeps it.
    """
    source = SecretSource.parse(uri) if isinstance(uri, str) else uri
    if source.scheme != "keyring":
        raise SecretError(
            f"The source {source.uri} is not in a keyring.",
            safe="Nothing was stored.",
            fix="Use keyring:service/user.",
        )
    value = secret.reveal().encode()
    if not value:
        raise SecretError("An empty secret is not stored.", safe="Nothing was stored.", fix="Give its value.")
    service, user = source.service_and_user()
    return _ask("set", service, user, value, timeout_s, environ)["backend"]


def try_keyring(*, timeout_s: float = TIMEOUT_S, environ: Mapping[str, str] | None = None) -> KeyringState:
    """Store, read and delete a chance value, and say how it went; never raises :class:`SecretError`."""
    try:
        answer = _ask("probe", "ircockpit-probe", f"probe-{os.getpid()}", b"", timeout_s, environ)
    except SecretError as error:
        return KeyringState("", usable=False, why=error.what, fix=error.fix)
    return KeyringState(answer["backend"], usable=True)


def _ask(
    request: str, service: str, user: str, given: bytes, timeout_s: float, environ: Mapping[str, str] | None
) -> dict[str, str]:
    # -P: a file named keyring.py in the working directory must not be taken for the library
    argv = [sys.executable, "-P", "-m", "ircockpit.secrets.ask", request, service, user]
    ran = child.run(argv, given, timeout_s, os.environ if environ is None else environ)
    if ran is None:
        raise SecretError(
            f"The keyring gave no answer within {timeout_s:g} s; it may be waiting to be unlocked.",
            safe=_KEEP,
            fix=f"Unlock it in the desktop session, {_OTHERWISE}.",
        )
    try:
        answer: dict[str, str] = json.loads(ran.out)
    except ValueError:
        answer = {"error": "failed", "backend": f"code {ran.code}"}
    if "error" in answer:
        raise _refusal(answer["error"], answer["backend"], f"keyring:{service}/{user}")
    return answer


def _refusal(reason: str, backend: str, uri: str) -> SecretError:
    what, fix = {
        "none": ("There is no keyring on this machine.", f"Install and unlock one, {_OTHERWISE}."),
        "refused": (
            f"The keyring backend {backend} is refused: it may lose secrets, show them or prompt.",
            f"Take it out of PYTHON_KEYRING_BACKEND or keyringrc.cfg, {_OTHERWISE}.",
        ),
        "locked": ("The keyring is locked.", f"Unlock it in the desktop session, {_OTHERWISE}."),
        "missing": (f"The keyring has no entry {uri}.", f"Store it there, {_OTHERWISE}."),
        "lost": (f"The keyring backend {backend} did not keep what was stored.", f"Repair it, {_OTHERWISE}."),
    }.get(
        reason,
        (f"The keyring failed ({backend}).", f"Try it with: python -m keyring diagnose; {_OTHERWISE}."),
    )
    return SecretError(what, safe=_KEEP, fix=fix)

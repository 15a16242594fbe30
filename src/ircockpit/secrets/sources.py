"""Where secrets come from: a URI names the source, the value is fetched when needed and kept nowhere."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from ircockpit.core.errors import SecretError
from ircockpit.secrets.secret import Secret

TIMEOUT_S = 3.0
"""Seconds a keyring or command has to answer; nobody waits longer in front of a fire."""
MAX_BYTES = 65_536
"""Largest secret; a key or certificate chain fits, a wrong file does not."""

_KEEP = "Only what needs this secret is disabled."
_FORMS = 'keyring:service/user, file:/path, env:NAME, cred:name or cmd:["program","argument"]'
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class SecretSource(NamedTuple):
    """The name of a secret: scheme and what follows it. It holds no secret and may be shown and logged."""

    scheme: str
    rest: str

    @property
    def uri(self) -> str:
        """The source as it was written."""
        return f"{self.scheme}:{self.rest}"

    @classmethod
    def parse(cls, uri: str) -> "SecretSource":
        """Read a source URI; :class:`SecretError` when it is none.

        The error never repeats what was given: it may be the secret itself, pasted in the wrong place.
        """
        scheme, colon, rest = uri.partition(":")
        if not colon or scheme not in _SCHEMES:
            raise SecretError(
                "A secret is named by its source, and this is not a source.", safe=_KEEP, fix=f"Use {_FORMS}."
            )
        if not _SCHEMES[scheme].match(rest) or _CONTROL.search(rest):
            raise SecretError(
                f"The source after {scheme}: is not well formed.", safe=_KEEP, fix=f"Use {_FORMS}."
            )
        source = cls(scheme, rest)
        if scheme == "cmd":
            source.argv()
        return source

    def service_and_user(self) -> tuple[str, str]:
        """The two names of a keyring entry; the last slash parts them."""
        service, _, user = self.rest.rpartition("/")
        return service, user

    def argv(self) -> list[str]:
        """The argument list of a command source."""
        import json

        try:
            argv = json.loads(self.rest)
        except ValueError:
            argv = None
        if not isinstance(argv, list) or not argv or not all(isinstance(part, str) and part for part in argv):
            raise SecretError(
                "A command source is a JSON list of words.",
                safe=_KEEP,
                fix='Write it as cmd:["pass","show","name"].',
            )
        return argv


_SCHEMES = {
    "keyring": re.compile(r".*[^/].*/[^/]+\Z"),
    "file": re.compile(r"(?:/|~/|[A-Za-z]:[\\/]).*[^/]\Z"),
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z"),
    "cred": re.compile(r"(?!\.)[^/\\]+\Z"),
    "cmd": re.compile(r"\[.*\]\Z"),
    "prompt": re.compile(r".+\Z"),
}


def resolve(
    uri: str | SecretSource, *, timeout_s: float = TIMEOUT_S, environ: Mapping[str, str] | None = None
) -> Secret:
    """The secret of a source, without line ends at its end.

    ``environ`` stands in for the process environment. Raises :class:`SecretError`, which says the
    fix and never the value. May take ``timeout_s`` seconds; never prompts.
    """
    source = SecretSource.parse(uri) if isinstance(uri, str) else uri
    value = _fetch(source, timeout_s, os.environ if environ is None else environ)
    value = value.rstrip("\r\n")
    if not value:
        raise SecretError(f"The secret {source.uri} is empty.", safe=_KEEP, fix="Put the value there.")
    return Secret(value, source.uri)


def known_missing(uri: str, environ: Mapping[str, str] | None = None) -> str:
    """Why a secret is not to be had, as far as this process knows without asking anything; empty where it may be."""
    surroundings = os.environ if environ is None else environ
    try:
        source = SecretSource.parse(uri)
        if source.scheme == "env":
            _from_env(source, surroundings)
        elif source.scheme == "cred":
            _credentials(source, surroundings)
        elif source.scheme == "prompt":
            _fetch(source, 0, surroundings)
    except SecretError as error:
        return error.what
    return ""


def _fetch(source: SecretSource, timeout_s: float, environ: Mapping[str, str]) -> str:
    match source.scheme:
        case "keyring":
            from ircockpit.secrets import keyrings

            service, user = source.service_and_user()
            return keyrings.get(service, user, timeout_s=timeout_s, environ=environ)
        case "file":
            from ircockpit.secrets import files

            return _text(files.read_private(os.path.expanduser(source.rest), MAX_BYTES), source)
        case "env":
            return _from_env(source, environ)
        case "cred":
            return _from_credential(source, environ)
        case "cmd":
            return _from_command(source, timeout_s, environ)
        case _:
            raise SecretError(
                "Secrets are not asked for by prompt.",
                safe=_KEEP,
                fix=f"Keep it in a source that answers by itself: {_FORMS}.",
            )


def _from_env(source: SecretSource, environ: Mapping[str, str]) -> str:
    value = environ.get(source.rest)
    if value is None:
        raise SecretError(
            f"The environment variable {source.rest} is not set.",
            safe=_KEEP,
            fix="Set it before starting, or name another source.",
        )
    return _text(os.fsencode(value), source)


def _credentials(source: SecretSource, environ: Mapping[str, str]) -> str:
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        raise SecretError(
            f"There is no credentials directory, so no {source.uri}.",
            safe=_KEEP,
            fix="Start it as a systemd unit with LoadCredential=, or name another source.",
        )
    return directory


def _from_credential(source: SecretSource, environ: Mapping[str, str]) -> str:
    from ircockpit.secrets import files

    directory = _credentials(source, environ)
    return _text(files.read_credential(os.path.join(directory, source.rest), MAX_BYTES), source)


def _from_command(source: SecretSource, timeout_s: float, environ: Mapping[str, str]) -> str:
    from ircockpit.secrets import child

    argv = source.argv()
    answer = child.run(argv, b"", timeout_s, environ)
    if answer is None:
        raise SecretError(
            f"The command {argv[0]} gave no answer within {timeout_s:g} s and was ended.",
            safe=_KEEP,
            fix="Run it in a terminal once; it may be asking for a passphrase.",
        )
    if answer.code != 0:
        raise SecretError(
            f"The command {argv[0]} failed with code {answer.code}.",
            safe=_KEEP,
            fix="Run it in a terminal to see what it says.",
        )
    return _text(answer.out, source)


def _text(raw: bytes, source: SecretSource) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        # "from None": the exception being handled carries the bytes of the secret
        raise SecretError(
            f"The secret {source.uri} is not UTF-8 text.",
            safe=_KEEP,
            fix="Store it as text, base64 if it is binary.",
        ) from None

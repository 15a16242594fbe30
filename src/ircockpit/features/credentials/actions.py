"""What can be done with secrets: store one, and try those that are named, while no value is returned, printed or recorded."""

import os
import sys

from ircockpit.command.action import Result
from ircockpit.command.asking import ask_hidden
from ircockpit.command.progress import waiting
from ircockpit.core.errors import ExitCode, SecretError, UsageError
from ircockpit.features.credentials.queries import Named, named_sources
from ircockpit.features.notices.queries import sources as channel_sources
from ircockpit.features.systems.queries import systems
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted
from ircockpit.render.span import Span
from ircockpit.render.table import Column, table
from ircockpit.secrets.secret import Secret
from ircockpit.secrets.sources import MAX_BYTES, SecretSource
from ircockpit.store.workstation import Workstation

_SAFE = "nothing was stored"
_ELSEWHERE = {
    "env": "export it before ircockpit starts, for example from a file only you can read",
    "cred": "give it to the systemd unit with LoadCredential=",
    "cmd": "store it with the program that is to print it",
    "prompt": "no secret is asked for while something runs: name another source",
}


def set_secret(station: Workstation, *, source: str, stdin: bool = False, replace: bool = False) -> Result:
    """Store a secret where a source names it. Raises :class:`SecretError` or :class:`UsageError` with nothing stored."""
    del station
    named = SecretSource.parse(source)
    if named.scheme not in ("keyring", "file"):
        raise SecretError(
            f"a secret of {named.scheme}: is not stored by ircockpit",
            safe=_SAFE,
            fix=_ELSEWHERE[named.scheme],
        )
    value = _from_stdin() if stdin else _typed(named)
    if named.scheme == "file":
        from ircockpit.secrets.files import write_private

        path = os.path.expanduser(named.rest)
        write_private(path, value.encode(), replace=replace)
        where = f"the file {path}, mode 0600"
    else:
        where = f"the keyring ({_in_keyring(named, value)})"
    return Result({"source": named.uri, "stored": True}, (), f"kept in {where}; name it as {named.uri}")


def check(station: Workstation, *, source: str | None = None) -> Result:
    """Try the secrets that systems and channels name, or one source. Nothing is changed, and no value is shown."""
    from ircockpit.secrets.trial import missing

    wanted = [Named(SecretSource.parse(source).uri, ())] if source else every_source(station)
    rows = []
    for each in wanted:
        with waiting(f"trying {each.uri or 'a source'}"):
            error = missing(each.uri)
        rows.append((each, error))
    lines = table(
        [Column(name) for name in ("source", "needed by", "state")],
        [
            (each.uri or "(no source)", ", ".join(each.needed_by), error.what if error else "there")
            for each, error in rows
        ],
    )
    fixes = tuple(
        (Span(f"{clean(each.uri)}: {clean(error.fix)}", "warn"),)
        for each, error in rows
        if error and error.fix
    )
    gone = sum(error is not None for _, error in rows)
    said = (
        f"{counted(len(rows), 'secret')}, {gone} missing"
        if rows
        else "no system and no channel names a secret"
    )
    data = [
        {"source": each.uri, "needed_by": list(each.needed_by), "there": error is None, "why": error.what if error else "",
         "fix": error.fix if error else ""}
        for each, error in rows
    ]  # fmt: skip
    return Result(data, (*lines, *fixes) if rows else (), said, int(ExitCode.REFUSED) if gone else 0)


def every_source(station: Workstation) -> list[Named]:
    """Every source that a system's targets and controls, or a channel, name, each once, with what is disabled without it."""
    return named_sources(station.profile, systems(station.view), channel_sources(station.profile))


def _from_stdin() -> str:
    raw = sys.stdin.buffer.read(MAX_BYTES + 1) if sys.stdin is not None else b""
    if len(raw) > MAX_BYTES:
        raise UsageError(f"a secret has at most {MAX_BYTES:,} bytes", safe=_SAFE)
    try:
        value = raw.decode("utf-8")
    except UnicodeDecodeError:
        # "from None": the exception being handled carries the bytes of the secret
        raise UsageError(
            "the secret is not UTF-8 text", safe=_SAFE, fix="store it as base64 if it is binary"
        ) from None
    return _whole(value.removesuffix("\n").removesuffix("\r"))


def _typed(named: SecretSource) -> str:
    value = ask_hidden(f"value of {named.uri}")
    if value is None:
        raise UsageError(
            "nobody can be asked here: standard input or error is no terminal", safe=_SAFE,
            fix=f"run it at a terminal, or: ircockpit secret set {named.uri} --stdin < FILE",
        )  # fmt: skip
    if ask_hidden("once more") != value:
        raise UsageError("the two are not the same", safe=_SAFE, fix="type it again")
    return _whole(value)


def _whole(value: str) -> str:
    if not value or "\0" in value or "\n" in value or "\r" in value:
        raise UsageError("a secret is one line of text that is not empty", safe=_SAFE)
    return value


def _in_keyring(named: SecretSource, value: str) -> str:
    from ircockpit.secrets.keyrings import store_in_keyring

    try:
        return store_in_keyring(named, Secret(value, named.uri))
    except SecretError as error:
        _, user = named.service_and_user()
        raise SecretError(
            error.what, safe=_SAFE,
            fix=f"{error.fix} For a file: ircockpit secret set file:~/.ircockpit-{user}; then name that source",
        ) from None  # fmt: skip

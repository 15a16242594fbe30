"""The sources of secrets that the targets of systems name, and what is disabled without each."""

from collections.abc import Iterable
from typing import NamedTuple

from ircockpit.core.errors import BadInput, SecretError
from ircockpit.features.systems.rules import System, read_auth
from ircockpit.secrets.sources import SecretSource


class Named(NamedTuple):
    """A source and what needs it."""

    uri: str
    """Empty for what is no source: it may be a secret that was pasted there."""
    needed_by: tuple[str, ...]


def named_sources(known: Iterable[System], channels: Iterable[tuple[str, str]] = ()) -> list[Named]:
    """Every source that the targets of systems or a channel name, each once, with what is disabled without it."""
    found: dict[str, list[str]] = {}
    for channel, uri in channels:
        found.setdefault(uri, []).append(f"channel {channel}")
    for system in known:
        for target in system.targets:
            for auth, plane in ((target.auth, "control"), (target.probe_auth, "data plane")):
                for uri in sources_of(auth):
                    found.setdefault(uri, []).append(f"{system.name}/{target.name} {plane}")
    return [Named(uri, tuple(needed)) for uri, needed in sorted(found.items())]


def sources_of(auth: str) -> tuple[str, ...]:
    """The sources a line of credentials names; a colleague's record may hold what is no such line."""
    try:
        return tuple(SecretSource.parse(each).uri for each in read_auth(auth).secrets) if auth else ()
    except (BadInput, SecretError):
        return ("",)

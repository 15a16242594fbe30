"""The sources of secrets that the targets of systems name, and what is disabled without each."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, SecretError
from ircockpit.features.containment.declared import secrets_of
from ircockpit.features.systems.rules import System, read_auth
from ircockpit.secrets.sources import SecretSource

if TYPE_CHECKING:
    from ircockpit.store.profile import Profile


class Named(NamedTuple):
    """A source and what needs it."""

    uri: str
    """Empty for what is no source: it may be a secret that was pasted there."""
    needed_by: tuple[str, ...]


def named_sources(
    profile: "Profile", known: Iterable[System], channels: Iterable[tuple[str, str]] = ()
) -> list[Named]:
    """Every source that targets and controls of systems, or a channel, name, each once, with what is disabled without it."""
    found: dict[str, list[str]] = {}
    for channel, uri in channels:
        found.setdefault(uri, []).append(f"channel {channel}")
    for system in known:
        for target in system.targets:
            for auth, plane in ((target.auth, "control"), (target.probe_auth, "data plane")):
                for uri in sources_of(auth):
                    found.setdefault(uri, []).append(f"{system.name}/{target.name} {plane}")
        for control in system.controls:
            for uri in secrets_of(profile, control):
                found.setdefault(_source_of(uri), []).append(f"{system.name} {control.name}")
    return [Named(uri, tuple(needed)) for uri, needed in sorted(found.items())]


def sources_of(auth: str) -> tuple[str, ...]:
    """The sources a line of credentials names; a colleague's record may hold what is no such line."""
    try:
        return tuple(map(_source_of, read_auth(auth).secrets)) if auth else ()
    except BadInput:
        return ("",)


def _source_of(text: str) -> str:
    """A source in its plain form; empty for what is none, and may be a secret that somebody pasted."""
    try:
        return SecretSource.parse(text).uri
    except SecretError:
        return ""

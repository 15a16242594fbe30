"""Where a connector's requests go, with what trust and which secrets; local configuration only."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import quote, urlsplit

from ircockpit.core.errors import RefusedError, UsageError

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

Plane = Literal["control", "probe"]
"""The API that switches, and the way users reach the model."""


class Auth(NamedTuple):
    """How requests show who sends them; the secret itself is never here."""

    header: str
    secret: str
    """URI of a secret source: ``env:GATEWAYHEADER_NAME``."""
    prefix: str = ""
    """What stands before the secret in the header: ``Bearer``, with its space."""


class Target(NamedTuple):
    """One place a connector works on."""

    name: str
    """As people call it: ``envoy eu-1``."""
    base_url: str
    """The control API, with a path in front of the connector's paths where there is one."""
    probe_url: str | None = None
    """The data plane as users reach it; without it nothing can be proved effective."""
    hosts: tuple[str, ...] = ()
    """``host:port`` that may be reached at all; empty means those of the two addresses above."""
    auth: Auth | None = None
    probe_auth: Auth | None = None
    ca_file: str | None = None
    """PEM file of certificate authorities instead of the system's, for both planes."""
    client_cert: str | None = None
    """PEM file with certificate and key, shown to the control only."""

    def base(self, plane: Plane) -> str:
        """The base address of a plane. Raises :class:`UsageError` where there is no probe address."""
        if plane == "control":
            return self.base_url
        if self.probe_url is None:
            raise UsageError(f"{self.name} has no address to probe", fix="Add the address users reach it at.")
        return self.probe_url

    def credentials(self, plane: Plane) -> Auth | None:
        """Whose credentials a plane is shown."""
        return self.auth if plane == "control" else self.probe_auth


def check_target(target: Target) -> None:
    """Raise :class:`UsageError` or :class:`RefusedError` unless every address is plain, whole and allowed."""
    from ircockpit.net.http import check_url

    for url in (target.base_url, target.probe_url):
        if url is None:
            continue
        check_url(url)
        if "?" in url or "%" in url:
            raise UsageError(f"the address of {target.name} is not plain: {url}", fix="Leave out the query.")
        if target.hosts and place(url) not in target.hosts:
            raise RefusedError(
                f"{place(url)} is not among the hosts allowed for {target.name}",
                safe="Nothing was sent.",
                fix="Correct the address, or allow the host in the local configuration.",
            )
    for auth in (target.auth, target.probe_auth):
        if auth is None:
            continue
        if not auth.secret or not HEADER_NAME.fullmatch(auth.header):
            raise UsageError(f"{target.name} needs a header's name and a secret source to show who sends")
        if not (auth.prefix.isascii() and auth.prefix.isprintable()):
            raise UsageError(f"the prefix of {target.name}'s header holds a character headers cannot carry")


def place(url: str) -> str:
    """``host:port`` of a URL, in lower case, the scheme's own port included."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def absolute(base: str, path: str, query: Sequence[tuple[str, str]]) -> str:
    """The URL of a path below a base address, query values percent-encoded."""
    url = base.rstrip("/") + path
    if query:
        url += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    return url

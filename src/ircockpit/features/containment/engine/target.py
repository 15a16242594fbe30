"""Where a connector's requests go, with what trust and which secrets; local configuration only."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from ircockpit.core.errors import RefusedError, UsageError
from ircockpit.features.containment.engine.spec import Kind

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

NAME_OF_PROGRAM = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")

Plane = Literal["control", "probe"]
"""The API that switches, and the way users reach the model."""


class Auth(NamedTuple):
    """How requests show who sends them; the secret itself is never here."""

    header: str
    """Name of the header, or of the parameter of the query."""
    secret: str
    """URI of a secret source: ``env:GATEWAY_TOKEN``."""
    prefix: str = ""
    """What stands before the secret in the header: ``Bearer``, with its space."""
    user: str = ""
    """With ``Basic``: who, before the colon."""
    query: bool = False
    """Whether it goes into the query."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The secret sources it names."""
        return (self.secret,)


class SigV4(NamedTuple):
    """AWS Signature Version 4 over each request."""

    region: str
    service: str
    key: str
    """URI of the source of the access key's id."""
    secret: str
    """URI of the source of its secret."""
    session: str = ""
    """URI of the source of a session token, where there is one."""

    @property
    def sources(self) -> tuple[str, ...]:
        """See :class:`Auth`."""
        return tuple(filter(None, (self.key, self.secret, self.session)))

    @property
    def kind(self) -> str:
        """Its name in a plan."""
        return "sigv4"

    @property
    def adds(self) -> tuple[str, ...]:
        """The headers it adds, whose values cannot be shown before sending."""
        s3 = ("x-amz-content-sha256",) if self.service == "s3" else ()
        return ("authorization", "x-amz-date", *s3, *(("x-amz-security-token",) if self.session else ()))

    @property
    def said(self) -> str:
        """What stands for their values."""
        return f"AWS signature for {self.region}/{self.service} with {self.key} and {self.secret}"


class OAuth2(NamedTuple):
    """A token got for a client's credentials, kept in memory until it expires."""

    token_url: str
    client: str
    """Id of the client; no secret."""
    secret: str
    """URI of the source of the client's secret."""
    scope: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """See :class:`Auth`."""
        return (self.secret,)

    @property
    def kind(self) -> str:
        """Its name in a plan."""
        return "oauth2"

    @property
    def adds(self) -> tuple[str, ...]:
        """See :class:`SigV4`."""
        return ("authorization",)

    @property
    def said(self) -> str:
        """See :class:`SigV4`."""
        return f"token of {self.token_url} for client {self.client} with {self.secret}"


Signing = SigV4 | OAuth2
Credentials = Auth | SigV4 | OAuth2


class Target(NamedTuple):
    """One place a connector works on."""

    name: str
    """As people call it: ``envoy eu-1``."""
    base_url: str
    """The control API, with a path in front of the connector's paths where there is one."""
    probe_url: str | None = None
    """The data plane as users reach it; without it nothing can be proved effective."""
    probe_beside: tuple[str, ...] = ()
    """Further addresses of the data plane, one for each replica that can be asked by itself."""
    replicas: int = 1
    """How many answer behind one address."""
    hosts: tuple[str, ...] = ()
    """``host:port`` that may be reached at all; empty means those of the two addresses above."""
    auth: Credentials | None = None
    probe_auth: Credentials | None = None
    ca_file: str | None = None
    """PEM file of certificate authorities instead of the system's, for both planes."""
    client_cert: str | None = None
    """PEM file with certificate and key, shown to the control only."""
    program: str = ""
    """Absolute path of the program that ``exec:name`` stands for on this device."""

    def kind(self, plane: Plane) -> Kind:
        """What sort of requests a plane takes, by its address."""
        scheme = self.base(plane).partition(":")[0]
        return {"tcp": "line", "unix": "line", "exec": "program"}.get(scheme, "http")  # type: ignore[return-value]

    def base(self, plane: Plane) -> str:
        """The base address of a plane. Raises :class:`UsageError` where there is no probe address."""
        if plane == "control":
            return self.base_url
        if self.probe_url is None:
            raise UsageError(f"{self.name} has no address to probe", fix="Add the address users reach it at.")
        return self.probe_url

    def credentials(self, plane: Plane) -> Credentials | None:
        """Whose credentials a plane is shown."""
        return self.auth if plane == "control" else self.probe_auth


def check_target(target: Target) -> None:
    """Raise :class:`UsageError` or :class:`RefusedError` unless every address is plain, whole and allowed."""
    from ircockpit.net.http import check_url

    for url in (target.base_url, target.probe_url, *target.probe_beside):
        if url is None:
            continue
        if url.startswith("exec:"):
            _check_program(target, url)
            continue
        if url.startswith(("tcp:", "unix:")):
            check_socket(url)
        else:
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
        if isinstance(auth, Auth):
            _check_auth(target, auth)
        elif isinstance(auth, OAuth2):
            check_url(auth.token_url)
    if target.auth is not None and target.kind("control") != "http":
        raise UsageError(
            f"{target.name} is no HTTP address, so nothing can show who sends",
            fix="Leave auth out: who may reach the socket or run the program decides.",
        )


def check_socket(url: str) -> None:
    """Raise :class:`UsageError` unless ``url`` is ``tcp://host:port`` or ``unix:/path``."""
    from ircockpit.net.http import is_host

    if url.startswith("unix:"):
        path = url.removeprefix("unix:")
        good = path.startswith("/") and path.isascii() and path.isprintable() and len(path) < 108
    else:
        try:
            parts = urlsplit(url)
            good = bool(parts.hostname and parts.port) and is_host(parts.hostname or "")
            # Whatever stands beside host and port, or was left out while reading, is not where it goes to.
            good = good and url.lower() == f"tcp://{place(url)}"
        except ValueError:
            good = False
    if not good:
        raise UsageError(
            f"{url} is no address of a socket",
            fix="Write it like tcp://127.0.0.1:9999 or unix:/run/haproxy.sock.",
        )


def _check_program(target: Target, url: str) -> None:
    if not NAME_OF_PROGRAM.fullmatch(url.removeprefix("exec:")):
        raise UsageError(
            f"{url} names no program",
            fix="Write it like exec:kubectl; its path stands in connectors/programs.toml.",
        )
    if not target.program.startswith("/"):
        raise UsageError(
            f"this device does not say which program {url} is",
            safe="Nothing was sent.",
            fix=f'Write into connectors/programs.toml of the profile: {url.removeprefix("exec:")} = "/absolute/path".',
        )


def _check_auth(target: Target, auth: Auth) -> None:
    if not auth.secret or not HEADER_NAME.fullmatch(auth.header):
        raise UsageError(f"{target.name} needs a header's name and a secret source to show who sends")
    if (
        not all(text.isascii() and text.isprintable() for text in (auth.prefix, auth.user))
        or ":" in auth.user
    ):
        raise UsageError(f"the prefix of {target.name}'s header holds a character headers cannot carry")


def place(url: str) -> str:
    """``host:port`` of a URL, in lower case, the scheme's own port included; the whole address of a local socket."""
    if url.startswith(("unix:", "exec:")):
        return url
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def absolute(base: str, path: str, query: Sequence[tuple[str, str]]) -> str:
    """The URL of a path below a base address; the query is percent-encoded already."""
    url = base.rstrip("/") + path
    if query:
        url += "?" + "&".join(f"{name}={value}" for name, value in query)
    return url

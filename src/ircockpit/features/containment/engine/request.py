"""One request as planned: what is shown, approved and sent, from one structure."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from msgspec import UNSET

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.core.jsontext import json_string
from ircockpit.features.containment.engine import sealed, template
from ircockpit.features.containment.engine.expression import Reference
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.spec import Ask
from ircockpit.features.containment.engine.target import Auth, Credentials, Plane, Signing, absolute

if TYPE_CHECKING:
    from ircockpit.net.http import Request

LINE, PROGRAM = "LINE", "RUN"
"""What stands where an HTTP request has its method: a command to a socket of lines, a run of a program."""

Reveal = Callable[[str], str]
"""Gives the secret a URI names; raises :class:`SecretError`."""


class Header(NamedTuple):
    """One header; where ``secret`` names one, that secret follows the value on the wire, nowhere else."""

    name: str
    value: str
    secret: str = ""
    user: str = ""
    """Where there is one, what follows is ``user:secret`` in base64."""


class PlannedRequest(NamedTuple):
    """One request to one place, complete but for the secrets, the signature and its holes."""

    plane: Plane
    method: str
    """Of HTTP, or :data:`LINE` or :data:`PROGRAM`."""
    url: str
    """Absolute; ``tcp://host:port``, ``unix:/path`` and ``exec:/path`` for what is not HTTP."""
    headers: tuple[Header, ...]
    body: str | None
    """ASCII, always; the command where it is a line."""
    args: tuple[str, ...] = ()
    """Of a program."""
    in_query: tuple[Header, ...] = ()
    """Secrets that follow the query."""
    signing: Signing | None = None
    """How it is signed when it is sent; what that adds cannot be known before."""
    holes: tuple[str, ...] = ()
    """Names of what an earlier change's answer fills in where ``<name>`` stands."""
    secrets: tuple[tuple[str, str], ...] = ()
    """Parameters that are secrets, with their sources: what stands for each is filled in when it is sent."""
    scope: Mapping[str, Any] = MappingProxyType({})
    """What it was filled from, where it has to be filled again with those secrets."""


def planned(ask: Ask, measure: Measure, plane: Plane, scope: Mapping[str, Any]) -> PlannedRequest:
    """Fill a connector's request for a target. Raises :class:`BadInput` for values that do not fit."""
    made = _planned(ask, measure, plane, scope)
    if not measure.secrets:
        return made
    if made.method == PROGRAM and any(sealed.mark(name) in " ".join(made.args) for name in measure.secrets):
        raise BadInput(
            "a secret must not be an argument of a program: everybody on the machine can read those"
        )
    return made._replace(secrets=tuple(sorted(measure.secrets.items())), scope=dict(scope))


def unsealed(
    request: PlannedRequest, ask: Ask, measure: Measure, secrets: Mapping[str, str]
) -> PlannedRequest:
    """The request with its secrets in their places, to be sent and to be kept nowhere."""
    return _planned(ask, measure, request.plane, sealed.opened(request.scope, secrets))


def _planned(ask: Ask, measure: Measure, plane: Plane, scope: Mapping[str, Any]) -> PlannedRequest:
    target, base = measure.target, measure.target.base(plane)
    holes = tuple(sorted({each.member for each in references(ask) if _is_hole(each, scope)}))
    if ask.line is not None:
        return PlannedRequest(plane, LINE, base, (), template.fill_line(ask.line, scope), holes=holes)
    if ask.args is not None:
        args = template.fill_args(ask.args, scope)
        return PlannedRequest(plane, PROGRAM, f"exec:{target.program}", (), None, args, holes=holes)
    query = [(template.fill_encoded(k, scope), template.fill_encoded(v, scope)) for k, v in ask.query.items()]
    url = absolute(base, template.fill_path(ask.path or "", scope), query)
    kind, body = _body(ask, scope)
    headers = [
        Header(name.lower(), template.fill_header(value, scope)) for name, value in ask.headers.items()
    ]
    if kind is not None and all(header.name != "content-type" for header in headers):
        headers.append(Header("content-type", kind))
    own, in_query, signing = credentials(target.credentials(plane))
    headers += own
    names = [header.name for header in headers] + [name.lower() for name in (signing.adds if signing else ())]
    if len(set(names)) != len(names):
        raise BadInput(f"a header would be sent twice: {', '.join(sorted(names))}")
    return PlannedRequest(
        plane, ask.method or "", url, tuple(headers), body, in_query=in_query, signing=signing, holes=holes
    )


def credentials(auth: Credentials | None) -> tuple[tuple[Header, ...], tuple[Header, ...], Signing | None]:
    """What shows who sends: headers, secrets of the query, and how it is signed."""
    if auth is None:
        return (), (), None
    if not isinstance(auth, Auth):
        return (), (), auth
    if auth.query:
        return (), (Header(auth.header, "", auth.secret),), None
    return (Header(auth.header.lower(), auth.prefix, auth.secret, auth.user),), (), None


def bound(request: PlannedRequest) -> dict[str, Any]:
    """Everything about a request that an approval binds, as JSON values; secrets by reference."""
    fields: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "headers": [list(header if header.user else header[:3]) for header in request.headers],
        "body": request.body,
    }
    # What a request does not have is left out, so that the hash of a plan made before stays what it was.
    if request.args:
        fields["args"] = list(request.args)
    if request.in_query:
        fields["in_query"] = [list(header[:3]) for header in request.in_query]
    if request.signing is not None:
        fields["signing"] = [request.signing.kind, *request.signing]
    if request.holes:
        fields["holes"] = list(request.holes)
    return fields


def shown(request: PlannedRequest) -> tuple[str, ...]:
    """The request for a person, line by line: nothing left out, nothing a terminal acts upon."""
    lines = [f"{request.method} {request.url}"]
    for header in request.headers:
        secret = f"<{header.secret}>" if header.secret else ""
        if header.user:
            secret = f"<base64 of {header.user}:{secret}>"
        lines.append(f"{header.name}: {header.value}{secret}")
    lines += [f"{header.name}=<{header.secret}> in the query" for header in request.in_query]
    if request.signing is not None:
        lines.append(f"{', '.join(request.signing.adds)}: <{request.signing.said}>")
    lines += map(json_string, request.args)
    lines += request.body.split("\n") if request.body else ()
    said = "\n".join(lines)
    lines += [
        f"{sealed.mark(name)} is what {uri} gives when it is sent"
        for name, uri in request.secrets
        if sealed.mark(name) in said or quote(sealed.mark(name), safe="") in said
    ]
    lines += [f"<{name}> is filled in from the answer of an earlier change" for name in request.holes]
    return tuple(lines)


def wire(request: PlannedRequest, reveal: Reveal) -> "Request":
    """An HTTP request as it goes out, unsigned. Raises :class:`SecretError` when a secret is not to be had."""
    from base64 import b64encode

    from ircockpit.net.http import Request

    headers = []
    for header in request.headers:
        secret = revealed(header, reveal) if header.secret else ""
        if header.user:
            secret = b64encode(f"{header.user}:{secret}".encode()).decode()
        headers.append((header.name, header.value + secret))
    url = request.url
    for header in request.in_query:
        url += f"{'&' if '?' in url else '?'}{header.name}={quote(revealed(header, reveal), safe='')}"
    body = request.body.encode("ascii") if request.body is not None else None
    return Request(request.method, url, tuple(headers), body)


def revealed(header: Header, reveal: Reveal) -> str:
    """The secret of a header. Raises :class:`UsageError` for one that cannot be sent."""
    secret = reveal(header.secret)
    if not (secret and secret.isascii() and secret.isprintable()):
        raise UsageError(
            f"the secret of {header.name} is empty or holds characters a header cannot carry",
            safe="Nothing was sent.",
            fix=f"Check what {header.secret} gives.",
        )
    return secret


def references(ask: Ask) -> list[Reference]:
    """Every name that the parts of a request read."""
    parts = (ask.path, ask.query, ask.headers, ask.form, ask.body, ask.json, ask.line, ask.args)
    return [reference for part in parts for reference in template.references(part)]


def _is_hole(reference: Reference, scope: Mapping[str, Any]) -> bool:
    return reference.root == "var" and isinstance(scope.get("var", {}).get(reference.member), template.Hole)


def _body(ask: Ask, scope: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Content type and body; ASCII throughout, so that what is shown is what is sent, byte for byte."""
    if ask.json is not UNSET:
        filled = template.fill(ask.json, scope)
        return "application/json", json.dumps(filled, ensure_ascii=True, allow_nan=False)
    if ask.form is not None:
        pairs = [
            (template.fill_encoded(k, scope), template.fill_encoded(v, scope)) for k, v in ask.form.items()
        ]
        return "application/x-www-form-urlencoded", "&".join(f"{name}={value}" for name, value in pairs)
    if ask.body is not None:
        body = template.fill_text(ask.body, scope)
        if not body.isascii() or not body.replace("\n", "").isprintable():
            raise BadInput("a plain body is printable ASCII; send anything else as json or form")
        return "text/plain", body
    return None, None

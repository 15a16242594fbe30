"""One request as planned: what is shown, approved and sent, from one structure."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from msgspec import UNSET

from ircockpit.core.errors import BadInput, UsageError
from ircockpit.features.containment.engine import template
from ircockpit.features.containment.engine.connector import Ask
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.target import Plane, absolute

if TYPE_CHECKING:
    from ircockpit.net.http import Request

Reveal = Callable[[str], str]
"""Gives the secret a URI names; raises :class:`SecretError`."""


class Header(NamedTuple):
    """One header; where ``secret`` names one, that secret follows the value on the wire, nowhere else."""

    name: str
    value: str
    secret: str = ""


class PlannedRequest(NamedTuple):
    """One absolute request, complete but for the secrets."""

    plane: Plane
    method: str
    url: str
    headers: tuple[Header, ...]
    body: str | None
    """ASCII, always."""


def planned(ask: Ask, measure: Measure, plane: Plane, scope: Mapping[str, Any]) -> PlannedRequest:
    """Fill a connector's request for a target. Raises :class:`BadInput` for values that do not fit."""
    query = [(template.fill_text(k, scope), template.fill_text(v, scope)) for k, v in ask.query.items()]
    url = absolute(measure.target.base(plane), template.fill_path(ask.path, scope), query)
    kind, body = _body(ask, scope)
    headers = [
        Header(name.lower(), template.fill_header(value, scope)) for name, value in ask.headers.items()
    ]
    if kind is not None and all(header.name != "content-type" for header in headers):
        headers.append(Header("content-type", kind))
    auth = measure.target.credentials(plane)
    if auth is not None:
        headers.append(Header(auth.header.lower(), auth.prefix, auth.secret))
    names = [header.name for header in headers]
    if len(set(names)) != len(names):
        raise BadInput(f"a header would be sent twice: {', '.join(sorted(names))}")
    return PlannedRequest(plane, ask.method, url, tuple(headers), body)


def bound(request: PlannedRequest) -> dict[str, Any]:
    """Everything about a request that an approval binds, as JSON values; secrets by reference."""
    return {
        "method": request.method,
        "url": request.url,
        "headers": [list(header) for header in request.headers],
        "body": request.body,
    }


def shown(request: PlannedRequest) -> tuple[str, ...]:
    """The request for a person, line by line: nothing left out, nothing a terminal acts upon."""
    lines = [f"{request.method} {request.url}"]
    for header in request.headers:
        secret = f"<{header.secret}>" if header.secret else ""
        lines.append(f"{header.name}: {header.value}{secret}")
    return (*lines, *(request.body.split("\n") if request.body else ()))


def wire(request: PlannedRequest, reveal: Reveal) -> "Request":
    """The request as it goes out. Raises :class:`SecretError` when a secret is not to be had."""
    from ircockpit.net.http import Request

    headers = []
    for header in request.headers:
        secret = reveal(header.secret) if header.secret else ""
        if header.secret and not (secret and secret.isascii() and secret.isprintable()):
            raise UsageError(
                f"the secret of {header.name} is empty or holds characters a header cannot carry",
                safe="Nothing was sent.",
                fix=f"Check what {header.secret} gives.",
            )
        headers.append((header.name, header.value + secret))
    body = request.body.encode("ascii") if request.body is not None else None
    return Request(request.method, request.url, tuple(headers), body)


def _body(ask: Ask, scope: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Content type and body; ASCII throughout, so that what is shown is what is sent, byte for byte."""
    if ask.json is not UNSET:
        filled = template.fill(ask.json, scope)
        return "application/json", json.dumps(filled, ensure_ascii=True, allow_nan=False)
    if ask.form is not None:
        pairs = [(template.fill_text(k, scope), template.fill_text(v, scope)) for k, v in ask.form.items()]
        body = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
        return "application/x-www-form-urlencoded", body
    if ask.body is not None:
        body = template.fill_text(ask.body, scope)
        if not body.isascii() or not body.replace("\n", "").isprintable():
            raise BadInput("a plain body is printable ASCII; send anything else as json or form")
        return "text/plain", body
    return None, None

"""Which kind of server answers at an address: asked, with questions that change nothing, and never guessed from a port."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import DeadlineError
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.connector import Connector
    from ircockpit.features.containment.engine.request import PlannedRequest
    from ircockpit.features.containment.engine.spec import Recognise
    from ircockpit.features.containment.engine.target import Plane, Target
    from ircockpit.features.containment.engine.transport import Transport
    from ircockpit.net.http import Response

SILENCES = 2
"""Questions without a complete answer after which no further one is asked."""
CLOSED = (401, 403)
ATTEMPTS = 2
"""Refusals by a login before everything, after which it is not tried further: who is refused too often may be shut out."""
_TLS_WANTED = re.compile(
    rb"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS server", re.IGNORECASE
)
"""What nginx, and servers in Go, say in the clear to whoever asks so."""
_PAGE = re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE)


class Recognised(NamedTuple):
    """What answers at an address."""

    connectors: tuple["Connector", ...]
    """Those whose server it is; several where one server has several controls, none where it is not known."""
    version: str
    why_not: str = ""
    """What answers instead, where it is none of them."""
    closed: bool = False
    """Whether it wants to know who asks."""


class Heard:
    """A transport that remembers what the last answers of either plane were like."""

    def __init__(self, transport: "Transport") -> None:
        self._transport = transport
        self.status: dict[Plane, int] = {}
        self.probed = ""
        """What the probe asked last."""
        self.instead = ""
        """What answered where an API was expected: a web page, a redirect."""

    @property
    def trust(self) -> str:
        """See :class:`Transport`."""
        return self._transport.trust

    def send(self, request: "PlannedRequest", timeout_s: float) -> "Response":
        """See :class:`Transport`."""
        if request.plane == "probe":
            self.probed = f"{request.method} {request.url}"
        response = self._transport.send(request, timeout_s)
        self.status[request.plane] = response.status
        self.instead = _instead(response) or self.instead
        return response

    def reveal(self, uri: str) -> str:
        """See :class:`Transport`."""
        return self._transport.reveal(uri)

    def redact(self, text: str) -> str:
        """See :class:`Transport`."""
        return self._transport.redact(text)

    def is_closed(self, plane: "Plane") -> bool:
        """Whether the last answer of a plane said that it does not know, or does not want, who asks."""
        return self.status.get(plane) in CLOSED


def _instead(response: "Response") -> str:
    where = line(response.headers.get("location", ""), 60)
    if 300 <= response.status < 400 and where:
        return f"it redirects to {where}, and redirects are not followed"
    if response.status == 400 and _TLS_WANTED.search(response.body):
        return "it wants to be asked over https://, and was asked over http://"
    if "html" in response.headers.get("content-type", "") or _PAGE.match(response.body):
        return "a web page answers there, no control API"
    return ""


def recognise(connectors: Iterable["Connector"], target: "Target", transport: "Transport") -> Recognised:
    """Ask each kind of server's own question, each once.

    Raises :class:`OfflineError`, :class:`TrustError` or :class:`SecretError` where nobody can be asked at all, and
    :class:`DeadlineError` where nothing complete is answered.
    """
    from ircockpit.features.containment.engine.resolving import server_version

    heard, silent, refused, statuses = Heard(transport), 0, 0, []
    found: dict[str, Connector] = {}
    for spec, connector, when in _questions(connectors, target):
        try:
            scope = _answer(heard, spec, connector, target)
        except DeadlineError:
            silent += 1
            if silent >= SILENCES:
                raise
            continue
        statuses.append(scope["status"])
        refused += _is_login(scope)
        if refused >= ATTEMPTS:
            break
        found |= {each.id: each for each, predicate in when if _holds(predicate, scope)}
    if found:
        several = tuple(found.values())
        version = next(filter(None, (server_version(transport, each, target) for each in several)), "")
        return Recognised(several, version)
    if any(status in CLOSED for status in statuses):
        return Recognised((), "", "it wants to know who asks", closed=True)
    what = heard.instead or "something answers there that is none of the servers known here"
    return Recognised((), "", what if statuses else "it is not asked what it is")


_Whens = list[tuple["Connector", str]]


def _questions(
    connectors: Iterable["Connector"], target: "Target"
) -> Iterator[tuple["Recognise", "Connector", _Whens]]:
    """Each question once, with all the servers that an answer may tell."""
    import msgspec

    asked: dict[bytes, tuple[Recognise, Connector, _Whens]] = {}
    for connector in connectors:
        for spec in connector.recognise:
            if spec.kind == target.kind("control") and _may_be_asked(spec, target):
                same = msgspec.json.encode(msgspec.structs.replace(spec, when="", timeout_s=1.0))
                asked.setdefault(same, (spec, connector, []))[2].append((connector, spec.when))
    yield from asked.values()


def _may_be_asked(spec: "Recognise", target: "Target") -> bool:
    """A program is run with nothing but what is meant for a program of its name."""
    return spec.kind != "program" or target.base("control") == f"exec:{spec.program}"


def _answer(
    transport: "Transport", spec: "Recognise", connector: "Connector", target: "Target"
) -> dict[str, object]:
    from ircockpit.features.containment.engine import answer
    from ircockpit.features.containment.engine.measure import Measure
    from ircockpit.features.containment.engine.request import planned

    measure = Measure(connector, connector.actions[0], {}, target)
    request = planned(spec, measure, "control", measure.scope)
    return answer.ask(transport, request, spec, measure, spec.timeout_s).scope


def _is_login(scope: Mapping[str, object]) -> bool:
    """Whether an answer is that of a login which a proxy puts before everything behind it."""
    headers = scope["headers"]
    asks = headers.get("www-authenticate", "") if isinstance(headers, Mapping) else ""
    return scope["status"] == 401 and asks.lower().startswith(("basic", "digest", "negotiate"))


def _holds(predicate: str, scope: dict[str, object]) -> bool:
    from ircockpit.features.containment.engine import expression

    return expression.holds(predicate, scope).yes


def reach_users(target: "Target", transport: "Transport") -> str:
    """Ask the address of the users for its first page, and why that is no place to probe, empty where it may be one.

    Raises as :meth:`Transport.send` does where nobody answers. Any answer is good: which one is healthy, the probe says.
    """
    from ircockpit.features.containment.engine.request import PlannedRequest, credentials

    headers, in_query, signing = credentials(target.probe_auth)
    url = f"{target.base('probe').rstrip('/')}/"
    request = PlannedRequest("probe", "GET", url, headers, None, in_query=in_query, signing=signing)
    try:
        response = transport.send(request, 3.0)
    except DeadlineError:
        return ""  # a service may keep whoever asks it for nothing waiting
    return _instead(response) if 300 <= response.status < 400 else ""

"""What came back: an answer for expressions and for the record, and a reading of the control."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.jsontext import canonical, strict_loads
from ircockpit.features.containment.engine import expression, sealed, tables
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.request import LINE, PROGRAM, PlannedRequest, planned, unsealed
from ircockpit.features.containment.engine.spec import Ask, Judged
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.inert.gate import summary

if TYPE_CHECKING:
    from ircockpit.net.http import Response

EXCERPT = 160
"""Characters of an answer that are kept; the rest stays on the other side."""


class Exchange(NamedTuple):
    """One request and what came of it, fit for the record."""

    method: str
    url: str
    status: int | None
    """``None`` where no answer came."""
    elapsed_us: int
    excerpt: str
    """Beginning of the answer: inert, masked, without secrets."""
    words: str = ""
    """Beginning of what a model said in it, likewise; empty where it is no answer in OpenAI's form."""


class Answer(NamedTuple):
    """An answer twice: for expressions, and for the record."""

    scope: dict[str, Any]
    exchange: Exchange


class Reading(NamedTuple):
    """The control, read back once."""

    state: Any
    """What ``read.state`` selected: JSON values without secrets; ``None`` also where there is no such thing."""
    contained: bool
    warnings: tuple[str, ...]
    exchange: Exchange
    version: Any = None
    """What a compare-and-swap compares with, where the connector reads it."""


def ask(
    transport: Transport, request: PlannedRequest, spec: Ask, measure: Measure, timeout_s: float
) -> Answer:
    """Send a request and make its answer ready. Raises what :meth:`Transport.send` raises."""
    secrets = (
        sealed.values(measure.action.params, measure.params, transport.reveal) if measure.secrets else {}
    )
    outgoing = unsealed(request, spec, measure, secrets) if secrets else request
    response = transport.send(outgoing, timeout_s)
    text, body = _contents(response, spec)
    errors = response.headers.get("errors", "") if spec.kind == "program" and not spec.redact else ""
    found = {
        "status": response.status,
        "headers": dict(response.headers),
        "text": text,
        "body": body,
        "errors": errors,
    }
    scope = measure.scope | (sealed.closed(found, secrets) if secrets else found)
    excerpt = sealed.NOT_KEPT if secrets else summary(transport.redact(text or errors), EXCERPT)
    said = "" if secrets else summary(transport.redact(_said(body)), EXCERPT)
    where = request.method, request.url, response.status, response.elapsed_us
    return Answer(scope, Exchange(*where, excerpt, said))


def read(transport: Transport, measure: Measure, timeout_s: float | None = None) -> Reading:
    """Read the control once, within ``timeout_s`` seconds where that is less than the connector allows.

    Raises what :meth:`Transport.send` raises, :class:`RefusedError` when the answer is not ``ok`` or a cache gave it,
    and :class:`BadInput` when it is not of the form it should have or its state cannot be found.
    """
    spec = measure.action.read
    request = planned(spec, measure, "control", measure.scope)
    wait = spec.timeout_s if timeout_s is None else min(spec.timeout_s, timeout_s)
    answer = ask(transport, request, spec, measure, wait)
    if old_s := cached_s(answer):
        raise RefusedError(
            f"{measure.target.name} was answered for by a cache, {old_s} s old: how it stood, not how it stands",
            fix="Give the system an address of the control API that no cache stands before.",
        )
    absent = expression.holds(spec.absent_when, answer.scope) if spec.absent_when else None
    if absent is not None and absent.yes:
        state, version = None, None
    else:
        check_good(answer, spec, measure, "which is not the state asked for", spec.hint)
        state = expression.evaluate(spec.state, answer.scope)
        version = expression.evaluate(spec.version, answer.scope) if spec.version else None
    check_secretless([state, version], "state", transport, measure)
    contained = expression.holds(measure.action.contained, measure.scope | {"state": state})
    warnings = (contained.warning,) if contained.warning else ()
    return Reading(state, contained.yes, warnings, answer.exchange, version)


def check_good(answer: Answer, spec: Judged, measure: Measure, otherwise: str, hint: str) -> None:
    """Raise :class:`RefusedError` unless an answer is good, :class:`BadInput` where it is not of its form."""
    ok = expression.holds(spec.good, answer.scope)
    name = measure.target.name
    if not ok.yes:
        why = f": {ok.warning}" if ok.warning else ""
        # A status says little; why a program failed stands in what it printed.
        told = f" ({answer.exchange.excerpt})" if spec.kind == "program" and answer.exchange.excerpt else ""
        raise RefusedError(f"{name} {answered(answer.exchange)}{told}, {otherwise}{why}", fix=hint)
    if answer.scope["body"] is None and spec.kind == "http" and spec.parse == "json":
        raise BadInput(f"{name} did not answer with JSON")
    if answer.scope["body"] is None and spec.parse in ("csv", "table"):
        raise BadInput(f"{name} did not answer with a table", fix=hint)


def cached_s(answer: Answer) -> int:
    """Seconds that an answer lay in a cache which gave it instead of the target; 0 where none did (RFC 9111, section 5.1)."""
    said = re.match("[0-9]{1,9}", str(answer.scope["headers"].get("age", "")))
    return int(said[0]) if said else 0


_FROM_BETWEEN = frozenset({408, 499})
"""Statuses below 500 by which somebody on the way says that the answer did not come in time."""
_LATER = 202
"""Taken to be carried out later, if at all (RFC 9110, section 15.3.3), whatever else the answer lacks."""
_NOT_TAKEN = frozenset({501, 505})


def says_no(exchange: Exchange) -> bool:
    """Whether an answer that is not good says that the request was not carried out.

    A server that failed over it, a gateway that gave up waiting and a program that broke off may have passed it on, and
    what was put in a queue may still come.
    """
    status = exchange.status
    if exchange.method == LINE:
        return True
    if exchange.method == PROGRAM or status is None:
        return False
    return status in _NOT_TAKEN or (status < 500 and status not in _FROM_BETWEEN and status != _LATER)


def check_secretless(value: Any, what: str, transport: Transport, measure: Measure) -> None:
    """Raise :class:`BadInput` for a value that is to be kept and holds a secret of the target, or is nested too deep."""
    name = measure.target.name
    try:
        shown = canonical(value)
        strict_loads(
            shown, floats=True
        )  # as the way back is read, which must not be found out when it is needed
    except (RecursionError, BadInput):
        raise BadInput(f"{name} answered with a {what} nested too deep") from None
    if transport.redact(text := shown.decode()) != text:
        raise BadInput(
            f"{name} repeats the secret in its {what}; it was not kept",
            fix="Add the path to redact of this connector's request.",
        )


def answered(exchange: Exchange) -> str:
    """What came back, in the words of its kind."""
    if exchange.method == LINE:
        return f"answered {exchange.excerpt or 'with nothing'}"
    if exchange.method == PROGRAM:
        return f"ended with exit status {exchange.status}"
    return f"answered {exchange.status}"


def same(one: Any, other: Any) -> bool:
    """Whether two states are the same JSON value; unlike ``==`` it tells ``true`` from ``1``."""
    return canonical(one) == canonical(other)


def _contents(response: "Response", spec: Ask) -> tuple[str, Any]:
    """Text and parsed value (``None`` where it is not of the form stated) of an answer, redacted."""
    text = response.body.decode("utf-8", "replace")
    try:
        if spec.parse in ("csv", "table"):
            body: Any = tables.rows(text, spec.parse)
        else:
            body = strict_loads(response.body, floats=True)
    except BadInput:
        body = None
    if not spec.redact:
        # A socket of lines ends each answer with line ends of its own; they are no words.
        return (text.strip("\r\n") if spec.kind == "line" else text), body
    take_out(body, spec.redact)
    # What is not parsed cannot be redacted by path, so nothing of it is seen.
    try:
        return ("" if body is None else canonical(body).decode()), body
    except RecursionError:
        return "", None


def _said(body: Any) -> str:
    """What a model said, where an answer has OpenAI's form."""
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def take_out(value: Any, paths: Sequence[str]) -> None:
    """Put ``null`` where these dotted paths lead in a JSON value."""
    for path in paths:
        _take_out(value, path.split("."))


def _take_out(value: Any, path: Sequence[str]) -> None:
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        members = range(len(value)) if first == "*" else ()
        for index in members:
            _take_out(value[index], rest) if rest else value.__setitem__(index, None)
    elif isinstance(value, dict):
        for key in list(value) if first == "*" else [first] if first in value else []:
            if rest:
                _take_out(value[key], rest)
            else:
                value[key] = None

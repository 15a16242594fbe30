"""What came back: an answer for expressions and for the record, and a reading of the control."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.jsontext import canonical, strict_loads
from ircockpit.features.containment.engine import expression
from ircockpit.features.containment.engine.connector import Ask
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.request import PlannedRequest, planned
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


class Answer(NamedTuple):
    """An answer twice: for expressions, and for the record."""

    scope: dict[str, Any]
    exchange: Exchange


class Reading(NamedTuple):
    """The control, read back once."""

    state: Any
    """What ``read.state`` selected: JSON values without secrets."""
    contained: bool
    warnings: tuple[str, ...]
    exchange: Exchange


def ask(
    transport: Transport, request: PlannedRequest, spec: Ask, measure: Measure, timeout_s: float
) -> Answer:
    """Send a request and make its answer ready. Raises what :meth:`Transport.send` raises."""
    response = transport.send(request, timeout_s)
    text, body = _contents(response, spec.redact)
    scope = measure.scope | {
        "status": response.status,
        "headers": dict(response.headers),
        "text": text,
        "body": body,
    }
    excerpt = summary(transport.redact(text), EXCERPT)
    return Answer(scope, Exchange(request.method, request.url, response.status, response.elapsed_us, excerpt))


def read(transport: Transport, measure: Measure, timeout_s: float | None = None) -> Reading:
    """Read the control once, within ``timeout_s`` seconds where that is less than the connector allows.

    Raises what :meth:`Transport.send` raises, :class:`RefusedError` when the answer is not ``ok``, and
    :class:`BadInput` when it is not JSON or its state cannot be found.
    """
    spec = measure.action.read
    request = planned(spec, measure, "control", measure.scope)
    wait = spec.timeout_s if timeout_s is None else min(spec.timeout_s, timeout_s)
    answer = ask(transport, request, spec, measure, wait)
    ok = expression.holds(spec.ok, answer.scope)
    if not ok.yes:
        status = answer.exchange.status
        raise RefusedError(
            f"{measure.target.name} answered {status}, which is not the state asked for"
            + (f": {ok.warning}" if ok.warning else ""),
            fix=spec.hint,
        )
    if spec.parse == "json" and answer.scope["body"] is None:
        raise BadInput(f"{measure.target.name} did not answer with JSON")
    state = expression.evaluate(spec.state, answer.scope)
    try:
        shown = canonical(state).decode()
    except RecursionError:
        raise BadInput(f"{measure.target.name} answered with a state nested too deep") from None
    if transport.redact(shown) != shown:
        raise BadInput(
            f"{measure.target.name} repeats the secret in its state; it was not kept",
            fix="Add the path to redact of this connector's read.",
        )
    contained = expression.holds(measure.action.contained, measure.scope | {"state": state})
    warnings = (contained.warning,) if contained.warning else ()
    return Reading(state, contained.yes, warnings, answer.exchange)


def same(one: Any, other: Any) -> bool:
    """Whether two states are the same JSON value; unlike ``==`` it tells ``true`` from ``1``."""
    return canonical(one) == canonical(other)


def _contents(response: "Response", redact: Sequence[str]) -> tuple[str, Any]:
    """Text and JSON value (``None`` where it is not strict JSON) of an answer, redacted."""
    try:
        body = strict_loads(response.body, floats=True)
    except BadInput:
        body = None
    if not redact:
        return response.body.decode("utf-8", "replace"), body
    for path in redact:
        _take_out(body, path.split("."))
    # What is not JSON cannot be redacted by path, so nothing of it is seen.
    try:
        return ("" if body is None else canonical(body).decode()), body
    except RecursionError:
        return "", None


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

"""What is asked of a target before a plan is made, and again before it is sent: what names stand for, what may be chosen."""

from typing import Any, NamedTuple, TypeGuard

from ircockpit.core.errors import BadInput, CockpitError, NotFound
from ircockpit.features.containment.engine import answer, expression
from ircockpit.features.containment.engine.answer import same
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.measure import VALUE_LENGTH, Measure, Value
from ircockpit.features.containment.engine.request import PlannedRequest, planned
from ircockpit.features.containment.engine.spec import Judged
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import Transport
from ircockpit.inert.gate import line

MOST_CHOICES = 500


class Choice(NamedTuple):
    """A value that a parameter may take."""

    value: Value
    label: str
    """How the target calls it, inert."""


def resolve(transport: Transport, measure: Measure, most_s: float | None = None) -> Measure:
    """The measure with what its names stand for on the target, looked up in the order of the file.

    Each look-up waits ``most_s`` seconds where that is less than the connector allows. Raises what
    :meth:`Transport.send` raises, :class:`RefusedError` or :class:`BadInput` for an answer that is not as expected,
    and :class:`NotFound` where the target knows no such name.
    """
    found: dict[str, str | int] = {}
    for spec in measure.action.resolve:
        here = measure._replace(found=dict(found))
        otherwise = f"so what {spec.name} is cannot be told"
        value = _asked(transport, here, spec, otherwise, spec.hint, spec.pick, most_s)
        if not _is_id(value):
            raise NotFound(
                f"{measure.target.name} knows no {spec.name} for these parameters",
                safe="Nothing was sent.",
                fix=spec.hint,
            )
        found[spec.name] = value
    return measure._replace(found=found)


def requests_of(measure: Measure) -> tuple[PlannedRequest, ...]:
    """The look-ups of a measure that was looked up, in their order."""
    return tuple(planned(spec, measure, "control", measure.scope) for spec in measure.action.resolve)


def changed(transport: Transport, measure: Measure, most_s: float) -> str:
    """Why a measure that was looked up is not what its plan says any more; empty where every look-up answers the same.

    An answer that is none now, as where nothing stands behind a fallback any more, is a change like any other.
    """
    try:
        now = resolve(transport, measure, most_s).found
    except CockpitError as error:
        return f"{error.what}; {error.fix.rstrip('.')}" if error.fix else error.what
    for name in now:
        was = measure.found.get(name)
        if not same(now[name], was):
            then = f"was {was}" if was is not None else "was not looked up"
            return f"{name} {then} when the plan was made and is {now[name]} now"
    return ""


def choices(transport: Transport, measure: Measure, param: str) -> tuple[Choice, ...]:
    """What the target offers for a parameter, at most :data:`MOST_CHOICES`; empty where its connector names no source.

    Raises as :func:`resolve` does.
    """
    spec = measure.action.params[param].source
    if spec is None:
        return ()
    listed = _asked(transport, measure, spec, f"so there is no list for {param}", "", spec.pick)
    if not isinstance(listed, list):
        raise BadInput(f"{measure.target.name} did not answer with a list for {param}")
    offered = (_choice(each) for each in listed[:MOST_CHOICES])
    return tuple(dict.fromkeys(each for each in offered if each is not None))


def _choice(given: Any) -> Choice | None:
    value = given.get("value") if isinstance(given, dict) else given
    if not _is_id(value):
        return None
    label = given.get("label") if isinstance(given, dict) else value
    return Choice(value, line(str(value if label is None else label), 80))


def _is_id(value: Any) -> TypeGuard[str | int]:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return 0 < len(str(value)) <= VALUE_LENGTH and str(value).isprintable()


def _asked(
    transport: Transport,
    measure: Measure,
    spec: Judged,
    otherwise: str,
    hint: str,
    pick: str,
    most_s: float | None = None,
) -> Any:
    request = planned(spec, measure, "control", measure.scope)
    wait = spec.timeout_s if most_s is None else min(spec.timeout_s, most_s)
    got = answer.ask(transport, request, spec, measure, wait)
    answer.check_good(got, spec, measure, otherwise, hint)
    found = expression.evaluate(pick, got.scope)
    answer.check_secretless(found, "answer", transport, measure)
    return found


def server_version(transport: Transport, connector: Connector, target: Target) -> str:
    """What a server calls its version; empty where the connector has no question, or there is no answer in words."""
    spec = connector.server
    if spec is None:
        return ""
    measure = Measure(connector, connector.actions[0], {}, target)
    try:
        found = _asked(transport, measure, spec, "so its version cannot be told", "", spec.pick)
    except CockpitError:
        return ""
    return line(str(found), 60) if _is_id(found) else ""

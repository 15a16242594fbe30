"""What is kept of a target beside a change: pages of an answer, read only, bounded in number, bytes and seconds."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, CockpitError, NotFound
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.engine import answer, expression
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.measure import Measure, Value, fill
from ircockpit.features.containment.engine.request import planned
from ircockpit.features.containment.engine.spec import Preserve
from ircockpit.features.containment.engine.target import Target, check_target
from ircockpit.features.containment.engine.transport import Transport

KB = 1024
STOPPED = "it was stopped before it was whole"


class Captured(NamedTuple):
    """What came of it."""

    lines: tuple[bytes, ...]
    """Each a JSON value, without secrets and without what the file takes out."""
    pages: int
    why: str
    """Why it is not whole, or why there is nothing; empty where all was read."""


def bind(
    connector: Connector, ident: str, params: Mapping[str, Value], target: Target
) -> tuple[Measure, Preserve]:
    """What is to be preserved, made concrete. Raises :class:`NotFound` naming what there is, else as ``measure.bind``."""
    spec = next((each for each in connector.preserve if each.id == ident), None)
    if spec is None:
        known = ", ".join(each.id for each in connector.preserve) or "nothing"
        raise NotFound(f"connector {connector.id} preserves no {ident!r}", fix=f"It preserves: {known}.")
    check_target(target)
    # Of an action only its parameters are used here: nothing of it is read, and nothing can be sent.
    bare = msgspec.structs.replace(connector.actions[0], id=ident, params=spec.params, resolve=[])
    if target.kind(spec.plane) != "http":
        raise BadInput(
            f"{connector.id} {ident} is asked over HTTP, and {target.base(spec.plane)} is no such address"
        )
    return Measure(connector, bare, fill(bare, params), target), spec


def capture(
    transport: Transport, measure: Measure, spec: Preserve, clock: Clock, given_up: Callable[[], bool]
) -> Captured:
    """Read page after page until there is no further one, or a bound is reached. Never raises for what the target does."""
    ends_us = clock.mono_us() + int(spec.within_s * 1e6)
    kept: list[bytes] = []
    size, cursor, seen = 0, spec.first, set()
    for number in range(1, spec.pages + 1):
        left = (ends_us - clock.mono_us()) / 1e6
        if given_up():
            return Captured(tuple(kept), number - 1, STOPPED)
        if left <= 0:
            return Captured(tuple(kept), number - 1, f"its time, {spec.within_s:g} s, was over")
        here = measure._replace(found={"next": cursor})
        try:
            request = planned(spec, here, spec.plane, here.scope)
            got = answer.ask(transport, request, spec, here, min(spec.timeout_s, left))
            answer.check_good(got, spec, here, "which is nothing to keep", "")
            found = _lines(transport, spec, got.scope)
            following = expression.evaluate(spec.next, got.scope) if spec.next is not None else None
        except CockpitError as error:
            why = STOPPED if given_up() else error.what
            return Captured(tuple(kept), number - 1, why)
        for each in found:
            size += len(each) + 1
            if size > spec.most_kb * KB:
                return Captured(tuple(kept), number, f"it is more than {spec.most_kb:,} kB")
            kept.append(each)
        if following is None or following == "" or following is False:
            return Captured(tuple(kept), number, "")
        if not isinstance(following, str | int):
            return Captured(tuple(kept), number, "its next page is named by no text or number")
        if following in seen:
            return Captured(tuple(kept), number, "its pages go in circles")
        seen.add(following)
        cursor = following
    return Captured(tuple(kept), spec.pages, f"it has more than {spec.pages:,} pages" if spec.next else "")


def _lines(transport: Transport, spec: Preserve, scope: Mapping[str, Any]) -> list[bytes]:
    if spec.select is not None:
        value = expression.evaluate(spec.select, scope)
        values = value if isinstance(value, list) else [] if value is None else [value]
    elif isinstance(scope["body"], dict | list) and spec.parse == "json":
        values = [scope["body"]]
    else:
        values = str(scope["text"]).splitlines()
    try:
        return [transport.redact(canonical(each).decode()).encode() for each in values]
    except RecursionError:
        raise BadInput("the answer is nested too deep to be kept") from None

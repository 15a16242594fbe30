"""A plan: exact requests, from which value to which, the way back, and the hash an approval binds."""

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ircockpit.core.errors import BadInput, ConflictError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.engine import expression, template
from ircockpit.features.containment.engine.answer import Reading, same
from ircockpit.features.containment.engine.connector import Send
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.probe import request_of
from ircockpit.features.containment.engine.request import PlannedRequest, bound, planned
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.core.clock import Clock

Direction = Literal["apply", "revert"]

_PREFIX = b"ircockpit/plan/1\0"
_SHOWN = 80
"""Cells of a value in the line of a change."""


class Observed(NamedTuple):
    """The state a run left behind, as last read; ``Observed(None)`` is a state like any other."""

    state: Any


class Shift(NamedTuple):
    """The one line a person approves, ready for the screen."""

    what: str
    now: str
    after: str
    back: str
    """What the way back leads to."""


class Expiry(NamedTuple):
    """When a plan is no longer executed, by both clocks of the device."""

    expires_us: int
    until_us: int
    boot: str

    @classmethod
    def after(cls, clock: "Clock", span_us: int) -> "Expiry":
        """So many microseconds from now."""
        return cls(clock.wall_us() + span_us, clock.mono_us() + span_us, clock.boot())

    def over(self, clock: "Clock") -> bool:
        """Whether either clock has passed it; after a new start of the machine nobody can tell, and it is over."""
        return (
            clock.wall_us() > self.expires_us or clock.boot() != self.boot or clock.mono_us() > self.until_us
        )


class Plan(NamedTuple):
    """What would be sent, completely; nothing about it is decided later."""

    direction: Direction
    measure: Measure
    before: Any
    """State read when the plan was made; it must still be so right before sending."""
    goal: Any
    """State to come back to; only for the way back."""
    contained_now: bool
    specs: tuple[Send, ...]
    requests: tuple[PlannedRequest, ...]
    """Sent in this order, exactly like this."""
    way_back: tuple[PlannedRequest, ...]
    """What undoing would send; ids that the change makes up stand as ``<name>``."""
    read: PlannedRequest
    probe: PlannedRequest | None
    shift: Shift
    trust: str
    device: str
    """The one device that may execute it."""
    nonce: str
    expires_us: int
    """Wall time, microseconds since 1970, after which it is no longer executed."""
    until_us: int
    """The same moment by the clock that only goes forward, in ``boot``: setting the wall clock back prolongs nothing."""
    boot: str

    @property
    def expiry(self) -> Expiry:
        """Until when it may be executed."""
        return Expiry(self.expires_us, self.until_us, self.boot)

    @property
    def hash(self) -> str:
        """Lower-case hex digest over everything an approval binds."""
        return plan_hash(self)

    @property
    def nothing_to_do(self) -> bool:
        """Whether the target is already as the plan would make it."""
        return self.contained_now if self.direction == "apply" else same(self.before, self.goal)


def make_plan(
    measure: Measure, before: Reading, *, trust: str, device: str, nonce: str, expiry: Expiry
) -> Plan:
    """The plan that switches a measure on, from a reading of its target.

    ``trust`` is the transport's; ``device``, ``nonce`` and ``expiry`` are the caller's, who also sees to
    it that a nonce is used once. Raises :class:`BadInput` when a request or the way back cannot be written
    with what was read: without a way back nothing is planned.
    """
    action = measure.action
    scope = measure.scope | {"before": before.state}
    captured = {name: f"<{name}>" for send in action.apply for name in send.capture}
    now = _value(measure, before.state)
    after = line(template.fill_text(action.change.after, scope), _SHOWN)
    return Plan(
        "apply",
        measure,
        before.state,
        None,
        before.contained,
        tuple(action.apply),
        tuple(planned(send, measure, "control", scope) for send in action.apply),
        tuple(planned(send, measure, "control", scope | {"var": captured}) for send in action.revert),
        planned(action.read, measure, "control", measure.scope),
        request_of(measure),
        Shift(line(template.fill_text(action.change.what, scope), _SHOWN), now, after, now),
        trust,
        device,
        nonce,
        *expiry,
    )


def make_revert(
    applied: Plan,
    current: Reading,
    *,
    observed: Observed | None,
    captures: Mapping[str, Any],
    trust: str,
    device: str,
    nonce: str,
    expiry: Expiry,
) -> Plan:
    """The plan that leads back to the state ``applied`` found, restoring what was observed, not a default.

    ``observed`` is what the run read back last (``None`` where it ended before that), ``captures`` what its
    answers gave. Raises :class:`ConflictError` when the target is neither as found nor as left: somebody
    else changed it, and undoing would undo their work.
    """
    measure, action = applied.measure, applied.measure.action
    ours = current.contained if observed is None else same(current.state, observed.state)
    if not ours and not same(current.state, applied.before):
        raise ConflictError(
            f"{measure.target.name} has drifted: it is neither as it was before nor as it was left",
            safe="Nothing was sent.",
            fix="Read it, find out who changed it, and change it back by hand or with a new measure.",
        )
    names = [name for send in action.apply for name in send.capture]
    missing = [name for name in names if captures.get(name) is None]
    if missing and not same(current.state, applied.before):
        raise BadInput(
            f"the way back needs {', '.join(missing)}, which the change's answer did not give",
            safe="Nothing was sent.",
            fix="Undo it by hand on the target.",
        )
    known = {name: f"<{name}>" for name in missing} | dict(captures)
    scope = measure.scope | {"before": applied.before, "var": known}
    now, back = _value(measure, current.state), _value(measure, applied.before)
    return applied._replace(
        direction="revert",
        before=current.state,
        goal=applied.before,
        contained_now=current.contained,
        specs=tuple(action.revert),
        requests=tuple(planned(send, measure, "control", scope) for send in action.revert),
        way_back=applied.requests,
        shift=Shift(applied.shift.what, now, back, now),
        trust=trust,
        device=device,
        nonce=nonce,
        **expiry._asdict(),
    )


def plan_hash(plan: Plan) -> str:
    """SHA-256 over the canonical JSON of all that decides what happens: see :func:`bound_fields`."""
    return sha256(_PREFIX + canonical(bound_fields(plan))).hexdigest()


def bound_fields(plan: Plan) -> dict[str, Any]:
    """What an approval binds; an auditor can recompute the hash from it."""
    return {
        "direction": plan.direction,
        "connector": plan.measure.connector.id,
        "connector_sha256": plan.measure.connector.sha256,
        "action": plan.measure.action.id,
        "params": dict(plan.measure.params),
        "target": plan.measure.target.name,
        "requests": [bound(request) for request in plan.requests],
        "way_back": [bound(request) for request in plan.way_back],
        "read": bound(plan.read),
        "probe": bound(plan.probe) if plan.probe is not None else None,
        "before_sha256": sha256(canonical(plan.before)).hexdigest(),
        "goal_sha256": sha256(canonical(plan.goal)).hexdigest(),
        "trust": plan.trust,
        "device": plan.device,
        "nonce": plan.nonce,
        "expires_us": plan.expires_us,
        "until_us": plan.until_us,
        "boot": plan.boot,
    }


def _value(measure: Measure, state: Any) -> str:
    value = expression.evaluate(measure.action.change.value, measure.scope | {"state": state})
    return line(value if isinstance(value, str) else canonical(value).decode(), _SHOWN)

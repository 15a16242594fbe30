"""A plan: exact requests, from which value to which, the way back, and the hash an approval binds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ircockpit.core.errors import BadInput, ConflictError, RefusedError
from ircockpit.core.jsontext import canonical
from ircockpit.features.containment.engine import expression, resolving, template
from ircockpit.features.containment.engine.answer import Reading, same
from ircockpit.features.containment.engine.measure import VALUE_LENGTH, Measure
from ircockpit.features.containment.engine.probe import request_of, requests_of
from ircockpit.features.containment.engine.request import PlannedRequest, bound, planned, references
from ircockpit.features.containment.engine.spec import Send
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.core.clock import Clock

Direction = Literal["apply", "revert"]

_PREFIX = b"ircockpit/plan/1\0"
NO_WAY_BACK = "nothing: it cannot be taken back"
_SHOWN = 80
"""Cells of a value in the line of a change."""
_READ_THEN = template.Hole.of("version read then")
"""Stands in the way back of a plan where what it compares with is known only once the change was made."""


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
    """What undoing would send; ids that the change makes up, and the version it compares with, stand as ``<name>``."""
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
    version: Any = None
    """What a compare-and-swap compares with, as read when the plan was made."""
    made_us: int = 0
    """When it was made, by the wall clock, 0 where that is not known: requests may hold this time, else its expiry."""
    unseen: bool = False
    """Only of the way back: nobody has seen the change made, so it may still come, and this has to be the last word."""

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
        if self.direction == "apply":
            return self.contained_now
        return same(self.before, self.goal) and not (self.unseen and self.requests)


def make_plan(
    measure: Measure,
    before: Reading,
    *,
    trust: str,
    device: str,
    nonce: str,
    expiry: Expiry,
    made_us: int = 0,
) -> Plan:
    """The plan that switches a measure on, from a reading of its target.

    ``trust`` is the transport's; ``device``, ``nonce`` and ``expiry`` are the caller's, who also sees to
    it that a nonce is used once; ``made_us`` is the time that requests may hold, that of the expiry if not given.
    Raises :class:`BadInput` when a request or the way back cannot be written with what was read: without a way back
    nothing is planned.
    """
    action = measure.action
    scope = _scope(measure, before.state, before.version, made_us or expiry.expires_us)
    captured = _holes(action.apply)
    specs, requests = _written(action.apply, measure, scope | {"var": scope["var"] | captured})
    later = scope | {"var": scope["var"] | captured, "version": _READ_THEN}
    _, way_back = _written(action.revert, measure, later)
    if not (requests and (way_back or not action.reversible)) and not before.contained:
        raise BadInput(
            f"{action.id} has nothing to send, or no way back, with what was read", safe="Nothing was sent."
        )
    now = _value(measure, before.state)
    after = line(template.fill_text(action.change.after, scope), _SHOWN)
    return Plan(
        "apply",
        measure,
        before.state,
        None,
        before.contained,
        specs,
        requests,
        way_back,
        planned(action.read, measure, "control", measure.scope),
        request_of(measure),
        Shift(
            line(template.fill_text(action.change.what, scope), _SHOWN),
            now,
            after,
            now if action.reversible else NO_WAY_BACK,
        ),
        trust,
        device,
        nonce,
        *expiry,
        before.version,
        made_us,
    )


def filled(plan: Plan, number: int, captures: Mapping[str, Any]) -> PlannedRequest:
    """A request of a plan with its holes filled from what earlier answers gave; nothing else of it changes.

    Raises :class:`BadInput` where an answer did not give one plain value for each.
    """
    request = plan.requests[number]
    if not request.holes:
        return request
    for name in request.holes:
        value = captures.get(name)
        plain = (
            isinstance(value, str | int) and 0 < len(str(value)) <= VALUE_LENGTH and str(value).isprintable()
        )
        if not plain or isinstance(value, bool):
            raise BadInput(f"the answer of an earlier change gave no usable {name}")
    scope = _scope(plan.measure, plan.before, plan.version, plan.made_us or plan.expires_us)
    known = {name: captures[name] for name in request.holes}
    return planned(plan.specs[number], plan.measure, "control", scope | {"var": scope["var"] | known})


def _scope(measure: Measure, before: Any, version: Any, made_us: int) -> dict[str, Any]:
    """What the requests of a plan may read: ``at`` are the times of this plan, so that a request can end itself."""
    until_us = made_us + measure.action.ttl_h * 3_600_000_000
    at = {"made": _rfc3339(made_us), "until": _rfc3339(until_us)}
    return measure.scope | {"before": before, "version": version, "at": at}


def _rfc3339(wall_us: int) -> str:
    return datetime.fromtimestamp(wall_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _holes(sends: Sequence[Send]) -> dict[str, template.Hole]:
    return {name: template.Hole.of(name) for send in sends for name in send.capture}


def _written(
    sends: Sequence[Send], measure: Measure, scope: Mapping[str, Any]
) -> tuple[tuple[Send, ...], tuple[PlannedRequest, ...]]:
    """The steps that are to be taken with what was read, and their requests."""
    taken = []
    for send in sends:
        when = expression.holds(send.when, scope) if send.when is not None else None
        if when is not None and when.warning:
            raise BadInput(
                f"whether a step is to be sent cannot be told: {when.warning}", safe="Nothing was sent."
            )
        if when is None or when.yes:
            taken.append(send)
    return tuple(taken), tuple(planned(send, measure, "control", scope) for send in taken)


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
    else changed it, and undoing would undo their work. Where the run never saw its change made, a target that reads
    so now has followed it.
    """
    measure, action = applied.measure, applied.measure.action
    if not action.reversible:
        raise RefusedError(
            f"{action.title} cannot be taken back", safe="Nothing was sent.", fix="Make it good by hand."
        )
    unseen = observed is None or not _contained(measure, observed.state)
    ours = (unseen and current.contained) or (observed is not None and same(current.state, observed.state))
    if not ours and not same(current.state, applied.before):
        raise ConflictError(
            f"{measure.target.name} has drifted: it is neither as it was before nor as it was left",
            safe="Nothing was sent.",
            fix="Read it, find out who changed it, and change it back by hand or with a new measure.",
        )
    holes = _holes(action.apply)
    missing = [name for name in _needed(action.revert) if name in holes and captures.get(name) is None]
    if missing and not same(current.state, applied.before):
        raise BadInput(
            f"the way back needs {', '.join(missing)}, which the change's answer did not give",
            safe="Nothing was sent.",
            fix="Undo it by hand on the target.",
        )
    scope = _scope(measure, applied.before, current.version, applied.made_us or expiry.expires_us)
    specs, requests = _written(action.revert, measure, scope | {"var": scope["var"] | holes | dict(captures)})
    unseen = unseen and not missing and same(current.state, applied.before)
    if not requests and not same(current.state, applied.before):
        raise BadInput("nothing of the way back is to be sent with what was read", safe="Nothing was sent.")
    now, back = _value(measure, current.state), _value(measure, applied.before)
    return applied._replace(
        direction="revert",
        before=current.state,
        goal=applied.before,
        contained_now=current.contained,
        specs=specs,
        requests=requests,
        way_back=applied.requests,
        shift=Shift(applied.shift.what, now, back, now),
        trust=trust,
        device=device,
        nonce=nonce,
        version=current.version,
        unseen=unseen,
        **expiry._asdict(),
    )


def leads_as_shown(applied: Plan, back: Plan) -> bool:
    """Whether a way back is the one that its plan has shown, but for the version that was read since."""
    scope = _scope(back.measure, back.goal, _READ_THEN, back.made_us or back.expires_us)
    _, requests = _written(back.measure.action.revert, back.measure, scope)
    return requests == applied.way_back and len(requests) == len(back.requests)


def lifting_again(applied: Plan, left: Any) -> Plan:
    """The way back of a plan, as far as it is needed to read whether one that was sent has taken effect."""
    return applied._replace(direction="revert", before=left, goal=applied.before, specs=(), requests=())


def _contained(measure: Measure, state: Any) -> bool:
    return expression.holds(measure.action.contained, measure.scope | {"state": state}).yes


def plan_hash(plan: Plan) -> str:
    """SHA-256 over the canonical JSON of all that decides what happens: see :func:`bound_fields`."""
    return sha256(_PREFIX + canonical(bound_fields(plan))).hexdigest()


def bound_fields(plan: Plan) -> dict[str, Any]:
    """What an approval binds; an auditor can recompute the hash from it."""
    beside = requests_of(plan.measure)[1:]
    lookups = resolving.requests_of(plan.measure) if plan.direction == "apply" else ()
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
        **({"probes_beside": [bound(each) for each in beside]} if beside else {}),
        **({"replicas": plan.measure.target.replicas} if plan.measure.target.replicas > 1 else {}),
        "before_sha256": sha256(canonical(plan.before)).hexdigest(),
        "goal_sha256": sha256(canonical(plan.goal)).hexdigest(),
        "trust": plan.trust,
        "device": plan.device,
        "nonce": plan.nonce,
        "expires_us": plan.expires_us,
        "until_us": plan.until_us,
        "boot": plan.boot,
        # Left out where there is none, so that the hash of a plan made before stays what it was.
        **({"resolved": dict(plan.measure.found)} if plan.measure.found else {}),
        **({"lookups": [bound(each) for each in lookups]} if lookups else {}),
        **({"version": plan.version} if plan.version is not None else {}),
        **({"made_us": plan.made_us} if plan.made_us else {}),
        **({"unseen": True} if plan.unseen else {}),
    }


def _needed(sends: Sequence[Send]) -> set[str]:
    """The names of ``var`` that the requests of these steps read."""
    return {each.member for send in sends for each in references(send) if each.root == "var"}


def _value(measure: Measure, state: Any) -> str:
    value = expression.evaluate(measure.action.change.value, measure.scope | {"state": state})
    return line(value if isinstance(value, str) else canonical(value).decode(), _SHOWN)

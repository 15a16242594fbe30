"""What must be on disk before anything is sent: enough to find the way back after a crash."""

from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from ircockpit.core.errors import BadInput, RefusedError, TrustError
from ircockpit.core.jsontext import canonical, strict_loads
from ircockpit.features.containment.engine import connector, expression
from ircockpit.features.containment.engine.answer import Exchange, Reading
from ircockpit.features.containment.engine.measure import Value, bind
from ircockpit.features.containment.engine.plan import Expiry, Plan, make_plan
from ircockpit.features.containment.engine.target import Target


class _Snapshot(Struct, frozen=True, forbid_unknown_fields=True):
    v: int
    connector: str
    sha256: str
    action: str
    params: dict[str, Value]
    base_url: str
    probe_url: str | None
    before: Any
    trust: str
    device: str
    nonce: str
    expires_us: int
    until_us: int
    boot: str
    plan: str
    taken_us: int
    resolved: dict[str, str | int] = {}
    version: Any = None
    made_us: int = 0
    probe_beside: list[str] = []
    replicas: int = 1


class Restored(NamedTuple):
    """A plan as it was before it was sent."""

    plan: Plan
    taken_us: int
    """Wall time of the snapshot, microseconds since 1970."""
    as_approved: bool
    """Whether it still has the hash approved; not so when the target's name or secrets changed."""


def snapshot(plan: Plan, taken_us: int) -> bytes:
    """The plan, its before-state and the connector's own text, without any secret."""
    measure = plan.measure
    return canonical(
        {
            "v": 1,
            "connector": measure.connector.source.decode(),
            "sha256": measure.connector.sha256,
            "action": measure.action.id,
            "params": dict(measure.params),
            "base_url": measure.target.base_url,
            "probe_url": measure.target.probe_url,
            "probe_beside": list(measure.target.probe_beside),
            "replicas": measure.target.replicas,
            "before": plan.before,
            "trust": plan.trust,
            "device": plan.device,
            "nonce": plan.nonce,
            **plan.expiry._asdict(),
            "plan": plan.hash,
            "taken_us": taken_us,
            "resolved": dict(measure.found),
            "version": plan.version,
            "made_us": plan.made_us,
        }
    )


def restore(raw: bytes, target: Target) -> Restored:
    """The plan of a snapshot, to resume, watch or revert it.

    The connector comes out of the snapshot, so that an upgrade in the meantime does not close the way back.
    Raises :class:`BadInput` for what is not a snapshot, :class:`TrustError` for a connector that was altered,
    :class:`RefusedError` when ``target`` now lies at another address.
    """
    try:
        held = msgspec.convert(strict_loads(raw, floats=True), _Snapshot)
    except msgspec.ValidationError as error:
        raise BadInput(f"this is no snapshot of a containment: {error}") from None
    source = held.connector.encode()
    if held.v != 1 or sha256(source).hexdigest() != held.sha256:
        raise TrustError("the connector within the snapshot is not the one that was used")
    if (held.base_url, held.probe_url) != (target.base_url, target.probe_url) or not set(
        held.probe_beside
    ) <= set(target.probe_beside):
        raise RefusedError(
            f"{target.name} lies at another address than when it was changed",
            safe="Nothing was sent.",
            fix=f"Go back with the target configured at {held.base_url}.",
        )
    # How many answer for users is read as it was approved; only the addresses have to be those of then.
    asked = target._replace(probe_beside=tuple(held.probe_beside), replicas=held.replicas)
    measure = bind(connector.load(source), held.action, held.params, asked)._replace(found=held.resolved)
    contained = expression.holds(measure.action.contained, measure.scope | {"state": held.before})
    reading = Reading(held.before, contained.yes, (), Exchange("", "", None, 0, ""), held.version)
    plan = make_plan(
        measure,
        reading,
        trust=held.trust,
        device=held.device,
        nonce=held.nonce,
        expiry=Expiry(held.expires_us, held.until_us, held.boot),
        made_us=held.made_us,
    )
    return Restored(plan, held.taken_us, plan.hash == held.plan)

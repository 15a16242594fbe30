"""One containment from plan to proof: prepare and show, approve by a signed event, execute with every step on record."""

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.approvals import unused_approval
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.journalling import Journal, Silent, Tell, sample_of
from ircockpit.features.containment.offers import Offer, closed_reason, measure_of
from ircockpit.features.containment.reaching import engine_on
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.gate import clean
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.journal import Outcome
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.features.containment.engine.probe import Proof
    from ircockpit.net.giveup import GiveUp

APPROVAL_US = 10 * 60 * 1_000_000
"""An approval not used within ten minutes has to be given again."""


class Prepared(NamedTuple):
    """A plan with what was read before it: everything an approval is about."""

    offer: Offer
    plan: "Plan"
    proof: "Proof"

    @property
    def wide(self) -> bool:
        """Whether the incident's id has to be typed: it reaches everybody, or its connector asks for that."""
        action = self.plan.measure.action
        return action.blast.tier == "global" or action.approval == "typed-confirm"


def prepare(station: Workstation, offer: Offer, give_up: "GiveUp | None" = None) -> Prepared:
    """Read the control, probe the data plane, and make the exact plan. Sends nothing that changes anything.

    Raises a :class:`CockpitError` where the control cannot be used or read, or was given up.
    """
    from ircockpit.features.containment.engine.plan import Expiry, make_plan

    if offer.why_not:
        raise RefusedError(offer.why_not, safe="nothing was sent")
    measure = measure_of(station, offer)
    if measure.action.approval == "two-person":
        raise RefusedError(
            f"{measure.action.title} needs the approval of two people, which cannot be given here yet",
            safe="nothing was sent",
            fix="choose another control, or do it by hand together and note it",
        )
    with engine_on(station, measure, Silent(), give_up=give_up) as (runner, trust):
        reading = runner.read(measure)
        proof = runner.prove(measure)
    if give_up is not None and give_up.asked:
        raise RefusedError("planning was given up", safe="nothing was sent")
    plan = make_plan(
        measure,
        reading,
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex(),
        expiry=Expiry.after(station.clock, APPROVAL_US),
    )
    return Prepared(offer, plan, proof)


def approve(station: Workstation, row: IncidentRow, prepared: Prepared, reason: str) -> str:
    """Record the plan and its approval, signed by this device; returns the action's id.

    The approval binds the plan's hash, which covers absolute addresses, bodies, connector, trust, the state
    read before, this device, a nonce and an expiry. Raises :class:`RefusedError` for a closed incident.
    """
    from ircockpit.core.occurred import from_wall
    from ircockpit.features.containment.engine.plan import bound_fields

    if closed := closed_reason(station, row.ident):
        raise RefusedError(closed, safe="nothing was sent")
    plan, control = prepared.plan, prepared.offer.control
    action, ident = plan.measure.action, station.new_id(row.stream)
    hours = station.clock.wall_us() + action.ttl_h * 3_600_000_000
    facts = {
        "incident": row.ident,
        "system": row.system,
        "control": control.name,
        "title": clean(prepared.offer.title),
        "family": action.family,
        "connector": plan.measure.connector.id,
        "connector_sha256": plan.measure.connector.sha256,
        "target": plan.measure.target.name,
        "plan": plan.hash,
        "state": "planned",
        "summary": f"{plan.shift.what} from {plan.shift.now} to {plan.shift.after}",
        "expires": from_wall(hours, station.clock.offset_minutes()),
    }
    approval = {
        "plan": plan.hash,
        "title": clean(prepared.offer.title),
        "reason": reason,
        "direction": plan.direction,
        "bound": json.dumps(bound_fields(plan), sort_keys=True),
        "people": 1,
    }
    proof = {
        "what": f"probe before sending: {'served, so it can fail' if prepared.proof.could_fail else prepared.proof.reason}",
        "samples": [sample_of(each) for each in prepared.proof.samples],
    }
    station.append(
        [
            Draft(row.stream, "containment.planned", ident, (facts,)),
            Draft(row.stream, "containment.observed", ident, (proof,)),
            Draft(row.stream, "containment.approved", ident, (approval,)),
        ]
    )
    return ident


def execute(
    station: Workstation,
    row: IncidentRow,
    prepared: Prepared,
    action: str,
    tell: Tell,
) -> "Outcome":
    """Send an approved plan, read it back, probe it; every step is durable before the next is taken.

    Raises :class:`RefusedError`, with nothing sent, unless this device has approved this very plan for this
    action and has not used that approval yet.
    """
    with in_hand(station, action):
        approved = unused_approval(station, row.stream, action)
        journal = Journal(station, row.stream, action, prepared.offer.title, tell)
        journal.keep("proof", {"could_fail": prepared.proof.could_fail, "reason": prepared.proof.reason})
        with engine_on(station, prepared.plan.measure, journal) as (runner, _):
            outcome = runner.apply(prepared.plan, prepared.proof, approved)
        journal.conclude(outcome)
    return outcome

"""One containment from plan to proof: prepare and show, approve by a signed event, execute with every step on record."""

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.approvals import (
    TWO,
    Proposal,
    check_people,
    refuse_changed,
    unused_approval,
    waiting_proposal,
)
from ircockpit.features.containment.counting import Counting
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.journalling import Journal, Silent, Tell, sample_of
from ircockpit.features.containment.offers import Offer, closed_reason, measure_of, offers
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.reaching import engine_on
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.inert.gate import clean, line
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.journal import Outcome
    from ircockpit.features.containment.engine.plan import Expiry, Plan
    from ircockpit.features.containment.engine.probe import Proof
    from ircockpit.net.giveup import GiveUp

APPROVAL_US = 10 * 60 * 1_000_000
"""An approval not used within ten minutes has to be given again."""
PROPOSAL_US = 4 * 3600 * 1_000_000
"""How long a plan waits for further people and may then be sent: a stick may have to be carried. What it changes is
read once more before sending, however young the approval is."""


class Prepared(NamedTuple):
    """A plan with what was read before it: everything an approval is about."""

    offer: Offer
    plan: "Plan"
    proof: "Proof"
    action: str = ""
    """The action it is on record as already, where people have approved it and it is only to be sent."""
    behind: str = ""
    """Who has approved it, in words, where it is on record."""
    glass: str = ""
    """Why one person goes on without the others it needs; empty where nobody does."""
    reach: str = ""
    """What the target says of how many it reaches now, or why that is not known."""

    @property
    def wide(self) -> bool:
        """Whether the incident's id has to be typed: it reaches everybody, or its connector asks for that."""
        action = self.plan.measure.action
        return action.blast.tier == "global" or action.approval == "typed-confirm"

    @property
    def waits(self) -> bool:
        """Whether it is only proposed when it is confirmed, since further people have to approve it."""
        return self.people >= TWO and not self.action and not self.glass

    @property
    def people(self) -> int:
        """How many people have to approve it."""
        return people_for(self.plan)


def people_for(plan: "Plan", row: "ActionRow | None" = None) -> int:
    """How many people have to approve a plan: one for a stop unless its connector asks for two.

    ``row``: the action it takes back, which needs at least as many as the stop did, however the connector reads now.
    """
    asked = TWO if plan.measure.action.approval == "two-person" else 1
    return max(asked, row.people if row is not None else 1)


def life_us(people: int) -> int:
    """How long a plan may be sent after it was made."""
    return APPROVAL_US if people < TWO else PROPOSAL_US


def expiry_of(station: Workstation, proposal: Proposal) -> "Expiry":
    """Until when a proposed plan may be sent; raises :class:`RefusedError` where that is over."""
    from ircockpit.features.containment.engine.plan import Expiry

    bound = proposal.bound
    until = Expiry(proposal.expires_us, int(bound.get("until_us") or 0), str(bound.get("boot") or ""))
    if until.over(station.clock):
        raise RefusedError(
            "the approval of this plan has expired", safe="nothing was sent", fix="propose it again"
        )
    return until


def proposal_of(plan: "Plan", title: str, reason: str, people: int) -> dict[str, Any]:
    """What an approval, or a plan that waits for further ones, says: all that the hash is over, and why."""
    from ircockpit.features.containment.engine.plan import bound_fields

    return {
        "plan": plan.hash, "title": clean(title), "reason": reason, "direction": plan.direction,
        "bound": json.dumps(bound_fields(plan), sort_keys=True), "people": people,
        "blast": f"{plan.measure.action.blast.tier}: {plan.measure.action.blast.text}",
    }  # fmt: skip


def proposed(station: Workstation, stream: str, action: str, plan: "Plan", approval: dict[str, Any]) -> Draft:
    """That a plan waits for further people, and until when: what the queue's filter looks at."""
    until = f"{plan.direction} {plan.expires_us}"
    return station.set_field(stream, "containment.proposed", action, "waits", until, **approval)


def prepare(
    station: Workstation, offer: Offer, give_up: "GiveUp | None" = None, again: Proposal | None = None
) -> Prepared:
    """Read the control, probe the data plane, and make the exact plan. Sends nothing that changes anything.

    ``again`` makes the plan that was proposed, to be sent. Raises a :class:`CockpitError` where the control cannot be
    used or read, was given up, or is not as it was proposed any more.
    """
    from ircockpit.features.containment.engine.plan import Expiry, bound_fields, make_plan

    if offer.why_not:
        raise RefusedError(offer.why_not, safe="nothing was sent")
    until = None if again is None else expiry_of(station, again)
    measure = measure_of(station, offer)
    with engine_on(station, measure, Silent(), give_up=give_up) as (runner, trust):
        measure = runner.resolve(measure)
        counting = Counting(measure, give_up)
        reading = runner.read(measure)
        proof = runner.prove(measure)
    if give_up is not None and give_up.asked:
        raise RefusedError("planning was given up", safe="nothing was sent")
    people = TWO if measure.action.approval == "two-person" else 1
    plan = make_plan(
        measure,
        reading,
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex() if again is None else str(again.bound["nonce"]),
        expiry=until or Expiry.after(station.clock, life_us(people)),
        made_us=station.clock.wall_us() if again is None else int(again.bound.get("made_us") or 0),
    )
    if again is not None:
        refuse_changed(again, bound_fields(plan), plan.hash)
    return Prepared(offer, plan, proof, reach=counting.said())


def to_send(station: Workstation, offer: Offer) -> "ActionRow | None":
    """The action by which a control was proposed from this device and waits to be sent."""
    found = waiting_proposal(station, offer.action) if offer.action is not None else None
    mine = found is not None and found.device == station.identity.device and found.direction == "apply"
    return offer.action if mine else None


def prepare_proposed(station: Workstation, row: ActionRow, give_up: "GiveUp | None" = None) -> Prepared:
    """The plan of a stop that waits for further people, made anew to be sent once they have approved it.

    Raises :class:`RefusedError` on another device than the one it was made for, where it has expired or changed, and
    where too few people have approved it.
    """
    proposal = waiting_proposal(station, row)
    if proposal is None or proposal.direction != "apply":
        raise RefusedError(
            f"no plan of {row.short} waits to be sent: it was sent, or has expired", safe="nothing was sent",
            fix="plan it again",
        )  # fmt: skip
    if proposal.device != station.identity.device:
        raise RefusedError(
            f"{row.short} is to be sent from the device it was planned on, and this is another one",
            safe="nothing was sent", fix="send it there",
        )  # fmt: skip
    found = [each for each in offers(station, row.incident, row.system) if each.control.name == row.control]
    if not found:
        raise RefusedError(f"the system has no control {line(row.control)} any more", safe="nothing was sent")
    behind = check_people(station, row.stream, row.ident, proposal.plan, proposal.people)
    return prepare(station, found[0], give_up, proposal)._replace(action=row.ident, behind=behind.words)


def approve(
    station: Workstation,
    row: IncidentRow,
    prepared: Prepared,
    reason: str,
    *,
    recipe: str = "",
) -> str:
    """Record the plan and its approval, signed by this device; returns the action's id.

    The approval binds the plan's hash, which covers absolute addresses, bodies, connector, trust, the state
    read before, this device, a nonce and an expiry. Where it needs further people it is proposed to them, unless
    :attr:`Prepared.glass` says why one goes on by break-glass. Raises :class:`RefusedError` for a closed incident.
    """
    from ircockpit.core.occurred import from_wall

    if closed := closed_reason(station, row.ident):
        raise RefusedError(closed, safe="nothing was sent")
    if prepared.action:
        return prepared.action
    plan, control = prepared.plan, prepared.offer.control
    action, ident = plan.measure.action, station.new_id(row.stream)
    hours = station.clock.wall_us() + action.ttl_h * 3_600_000_000
    title = clean(prepared.offer.title)
    facts: dict[str, Any] = {
        "incident": row.ident,
        "system": row.system,
        "control": control.name,
        "title": title,
        "family": action.family,
        "connector": plan.measure.connector.id,
        "connector_sha256": plan.measure.connector.sha256,
        "target": plan.measure.target.name,
        "plan": plan.hash,
        "state": "planned",
        "summary": f"{plan.shift.what} from {plan.shift.now} to {plan.shift.after}",
        "expires": from_wall(hours, station.clock.offset_minutes()),
        "answers": station.me,
        "people": prepared.people,
        "recipe": recipe,
        "waits": "",
        "review": "open" if prepared.glass else "",
    }
    approval = proposal_of(plan, title, reason, prepared.people)
    proof = {
        "what": f"probe before sending: {'served, so it can fail' if prepared.proof.could_fail else prepared.proof.reason}",
        "samples": [sample_of(each) for each in prepared.proof.samples],
    }
    drafts = [
        Draft(row.stream, "containment.planned", ident, (facts,)),
        Draft(row.stream, "containment.observed", ident, (proof,)),
        Draft(row.stream, "containment.approved", ident, (approval,)),
    ]
    if prepared.people >= TWO and prepared.glass:
        broken = {"plan": plan.hash, "title": title, "reason": prepared.glass, "people": prepared.people}
        drafts.append(Draft(row.stream, "containment.broken", ident, (broken,)))
    elif prepared.people >= TWO:
        drafts.insert(2, proposed(station, row.stream, ident, plan, approval))
    station.append(drafts)
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
    action and has not used that approval yet, and as many people as it needs have approved it too.
    """
    with in_hand(station, action):
        approved = unused_approval(station, row.stream, action)
        if prepared.people >= TWO:  # what one person may stop waits for no record of members
            check_people(station, row.stream, action, approved, prepared.people, glass=True)
        journal = Journal(station, row.stream, action, prepared.offer.title, tell, prepared.plan)
        journal.keep("proof", {"could_fail": prepared.proof.could_fail, "reason": prepared.proof.reason})
        with journal.telling(), engine_on(station, prepared.plan.measure, journal) as (runner, _):
            outcome = runner.apply(prepared.plan, prepared.proof, approved)
            journal.conclude(outcome)
    return outcome

"""The way back of a control: planned from what was observed before it, approved, sent, read back and probed."""

import os
from typing import TYPE_CHECKING

from ircockpit.features.containment.approvals import (
    Proposal,
    check_people,
    refuse_changed,
    refuse_under_later,
    refuse_used,
    waiting_proposal,
)
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.journalling import Journal, Silent, Tell, read_kept
from ircockpit.features.containment.queries import ActionRow, action
from ircockpit.features.containment.reaching import engine_on, restored
from ircockpit.features.containment.stopping import expiry_of, life_us, people_for, proposal_of, proposed
from ircockpit.features.containment.verdicts import ground
from ircockpit.features.replay.events import BEFORE
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.journal import Outcome
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.net.giveup import GiveUp


def plan_back(
    station: Workstation, row: ActionRow, give_up: "GiveUp | None" = None, again: Proposal | None = None
) -> "Plan":
    """The plan that leads back to what was observed before an action; ``again`` the one that was proposed.

    Raises :class:`RefusedError` on a device that did not execute it and where it is not as proposed any more,
    :class:`ConflictError` where the target has drifted.
    """
    from ircockpit.features.containment.engine.plan import Expiry, Observed, bound_fields, make_revert

    until = None if again is None else expiry_of(station, again)
    applied = restored(station, row)
    left = read_kept(station, row.ident, "left")
    with engine_on(station, applied.measure, Silent(), give_up=give_up) as (runner, trust):
        current = runner.read(applied.measure)
    plan = make_revert(
        applied,
        current,
        observed=Observed(left["state"]) if "state" in left else None,
        captures=left.get("captures", {}),
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex() if again is None else str(again.bound["nonce"]),
        expiry=until or Expiry.after(station.clock, life_us(people_for(applied, row))),
    )
    if again is not None:
        refuse_changed(again, bound_fields(plan), plan.hash)
    return plan


def lift_to_send(station: Workstation, ident: str) -> Proposal | None:
    """The way back of an action that was proposed from this device and waits to be sent."""
    found = waiting_proposal(station, action(station.view, ident))
    mine = found is not None and found.device == station.identity.device and found.direction == "revert"
    return found if mine else None


def propose_back(
    station: Workstation, row: ActionRow, plan: "Plan", reason: str, *, verdict: str = "", despite: str = "",
    route: str = "",
) -> None:  # fmt: skip
    """Put the way back on record for a second person to approve, with this person's own approval.

    Raises what :func:`ground` raises where it rests on nothing.
    """
    refuse_used(station, row, plan.hash)
    rests_on = ground(station, row, reason, verdict=verdict, despite=despite, route=route)
    body = {**proposal_of(plan, row.title, rests_on.reason, people_for(plan, row)), **rests_on.body()}
    station.append(
        [
            proposed(station, row.stream, row.ident, plan, body),
            Draft(row.stream, "containment.approved", row.ident, (body,)),
        ]
    )


def revert(
    station: Workstation,
    row: ActionRow,
    plan: "Plan",
    reason: str,
    tell: Tell,
    *,
    verdict: str = "",
    despite: str = "",
    route: str = "",
) -> "Outcome":
    """Approve and send the way back, read it back, probe that users are served again; a plan is used once.

    Raises :class:`RefusedError` where the stop needed more people than have approved this: lifting never needs fewer;
    and what :func:`ground` raises: a run may have failed since somebody was asked.
    """
    people = people_for(plan, row)
    rests_on = ground(station, row, reason, verdict=verdict, despite=despite, route=route)
    with in_hand(station, row.ident):
        # Only now: between the plan and its sending another window, or hours of waiting for people, may lie.
        refuse_used(station, row, plan.hash)
        refuse_under_later(station, row, safe="nothing was sent")
        if people > 1:
            check_people(station, row.stream, row.ident, plan.hash, people)
        else:
            approval = {**proposal_of(plan, row.title, rests_on.reason, people), **rests_on.body()}
            station.append([Draft(row.stream, "containment.approved", row.ident, (approval,))])
        journal = Journal(station, row.stream, row.ident, row.title, tell, plan)
        with journal.telling(), engine_on(station, plan.measure, journal) as (runner, _):
            outcome = runner.revert(plan, plan.hash)
            journal.conclude(outcome)
    return outcome


def next_steps(station: Workstation, row: ActionRow) -> str:
    """What comes after a control was lifted: the same run where users are served again, then the watch period."""
    from ircockpit.features.replay.queries import runs

    found = [each for each in runs(station.view, row.incident) if each.phase == BEFORE and each.counts.hits]
    if not found:
        return ""
    short = found[-1].short
    return f"watch it: ircockpit replay after {short}, send that run, then ircockpit replay repeat RUN --every 6h --days 14"

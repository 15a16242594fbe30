"""The way back of a control: planned from what was observed before it, approved, sent, read back and probed."""

import json
import os
from typing import TYPE_CHECKING

from ircockpit.features.containment.approvals import refuse_used
from ircockpit.features.containment.inhand import in_hand
from ircockpit.features.containment.journalling import Journal, Silent, Tell, read_kept
from ircockpit.features.containment.queries import ActionRow
from ircockpit.features.containment.reaching import engine_on, restored
from ircockpit.features.containment.stopping import APPROVAL_US
from ircockpit.store.workstation import Draft, Workstation

if TYPE_CHECKING:
    from ircockpit.features.containment.engine.journal import Outcome
    from ircockpit.features.containment.engine.plan import Plan
    from ircockpit.net.giveup import GiveUp


def plan_back(station: Workstation, row: ActionRow, give_up: "GiveUp | None" = None) -> "Plan":
    """The plan that leads back to what was observed before an action.

    Raises :class:`RefusedError` on a device that did not execute it, :class:`ConflictError` where the target
    has drifted.
    """
    from ircockpit.features.containment.engine.plan import Expiry, Observed, make_revert

    applied = restored(station, row)
    left = read_kept(station, row.ident, "left")
    with engine_on(station, applied.measure, Silent(), give_up=give_up) as (runner, trust):
        current = runner.read(applied.measure)
    return make_revert(
        applied,
        current,
        observed=Observed(left["state"]) if "state" in left else None,
        captures=left.get("captures", {}),
        trust=trust,
        device=station.identity.device,
        nonce=os.urandom(16).hex(),
        expiry=Expiry.after(station.clock, APPROVAL_US),
    )


def revert(station: Workstation, row: ActionRow, plan: "Plan", reason: str, tell: Tell) -> "Outcome":
    """Approve and send the way back, read it back, probe that users are served again; a plan is used once."""
    from ircockpit.features.containment.engine.plan import bound_fields

    refuse_used(station, row, plan.hash)
    approval = {
        "plan": plan.hash,
        "title": row.title,
        "reason": reason,
        "direction": plan.direction,
        "bound": json.dumps(bound_fields(plan), sort_keys=True),
        "people": 1,
    }
    with in_hand(station, row.ident):
        station.append([Draft(row.stream, "containment.approved", row.ident, (approval,))])
        journal = Journal(station, row.stream, row.ident, row.title, tell, lifting=True)
        with engine_on(station, plan.measure, journal) as (runner, _):
            outcome = runner.revert(plan, plan.hash)
        journal.conclude(outcome)
    return outcome

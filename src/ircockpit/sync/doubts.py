"""Doubts whose reason may have gone: an ancestor, a certificate or another verdict of the hub came since."""

from collections.abc import Callable

from ircockpit.core.adoption import FAULTS, outweighs
from ircockpit.ledger import receipt
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.roster import Roster
from ircockpit.store import outbox
from ircockpit.store.log import Log
from ircockpit.sync import revoked
from ircockpit.sync.judge import Judge
from ircockpit.sync.page import Arrival


def settle(log: Log, roster_for: Callable[[list[Arrival]], Roster], authority: str) -> int:
    """Let the events in doubt count that nothing speaks against any more; returns how many.

    Records are taken over one after the other while events refer across them, so the first judgement of an
    event can come too early. What did not count is judged again by the same rule, until nothing changes. What a
    revoked device wrote after its end is put in doubt, whichever of the two came first.

    That a device was revoked before it wrote something is a matter of the rule wherever its revocation is held,
    whatever the hub had said of it: one that was put back may have known a part of the lanes that were named.
    """
    cleared = 0
    # A revocation can itself be among what counts only now.
    while more := _settle_once(log, roster_for, authority, revoked.judge(log, authority)):
        cleared += more
    return cleared


def _settle_once(
    log: Log,
    roster_for: Callable[[list[Arrival]], Roster],
    authority: str,
    ends: Cuts,
) -> int:
    found = outbox.doubted(log)
    if not found:
        return 0
    arrivals = [_arrival(each) for each in found]
    roster = roster_for(arrivals)
    cleared = 0
    with log.writing() as writer:
        for each, arrival in zip(found, arrivals, strict=True):
            envelope = arrival.envelope
            judge = Judge(roster, authority, lambda ident: outbox.place(log, ident), each.max_lam_before)
            if _is_revoked_by_hub(log, each, arrival):
                if not ends.revoked(envelope.device):
                    continue
                arrival = arrival._replace(receipt=None)
            verdict = judge.judge(arrival)
            if verdict.counted and arrival.receipt is not None and envelope.lam > each.counted:
                writer.count_lam(envelope.stream, each.seq, envelope.lam)
            why = verdict.doubt or revoked.reason(log, ends, envelope, arrival.event_id)
            if each.stored.doubt in FAULTS and not outweighs(why, each.stored.doubt):
                continue
            if not why:
                writer.clear_doubt(each.stored.arrival)
                cleared += 1
            elif why != each.stored.doubt:
                # What speaks against it now decides whether a lead may adopt it, not what did when it came.
                writer.doubt_otherwise(each.stored.arrival, why)
    return cleared


def _is_revoked_by_hub(log: Log, doubted: outbox.Doubted, arrival: Arrival) -> bool:
    """Whether the hub has said it, in its present history or in one before that."""
    if doubted.stored.doubt != revoked.REVOKED or (arrival.receipt is not None and arrival.receipt.accepted):
        return False
    return any(
        receipt.decode(raw).verdict == revoked.REVOKED for raw in outbox.receipts_of(log, arrival.event_id)
    )


def _arrival(doubted: outbox.Doubted) -> Arrival:
    event = doubted.stored.event
    stated = receipt.decode(doubted.receipt) if doubted.receipt else None
    return Arrival(event, event.envelope, event.id, stated, doubted.receipt)

"""Doubts whose reason may have gone: an ancestor, a certificate or another verdict of the hub came since."""

from collections.abc import Callable

from ircockpit.core.adoption import FAULTS
from ircockpit.ledger import receipt
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
    """
    ends = revoked.judge(log, authority)

    def over(arrival: Arrival) -> str:
        return revoked.reason(log, ends, arrival.envelope, arrival.event_id)

    cleared = 0
    while more := _settle_once(log, roster_for, authority, over):
        cleared += more
    return cleared


def _settle_once(
    log: Log,
    roster_for: Callable[[list[Arrival]], Roster],
    authority: str,
    over: Callable[[Arrival], str],
) -> int:
    found = outbox.doubted(log)
    if not found:
        return 0
    arrivals = [_arrival(each) for each in found]
    roster = roster_for(arrivals)
    cleared = 0
    with log.writing() as writer:
        for each, arrival in zip(found, arrivals, strict=True):
            judge = Judge(roster, authority, lambda ident: outbox.place(log, ident), each.max_lam_before)
            verdict = judge.judge(arrival)
            if verdict.counted and each.seq and arrival.envelope.lam > each.counted:
                writer.count_lam(arrival.envelope.stream, each.seq, arrival.envelope.lam)
            stays = verdict.doubt or each.stored.doubt in FAULTS or over(arrival)
            if not stays:
                writer.clear_doubt(each.stored.arrival)
                cleared += 1
            elif verdict.doubt:
                writer.put_in_doubt(arrival.event_id, verdict.doubt)
    return cleared


def _arrival(doubted: outbox.Doubted) -> Arrival:
    event = doubted.stored.event
    stated = receipt.decode(doubted.receipt) if doubted.receipt else None
    return Arrival(event, event.envelope, event.id, stated, doubted.receipt)

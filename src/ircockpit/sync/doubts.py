"""Doubts whose reason may have gone: an ancestor, a certificate or another verdict of the hub came since."""

from collections.abc import Callable

from ircockpit.core.adoption import FAULTS, outweighs
from ircockpit.ledger import receipt
from ircockpit.ledger.roster import Roster
from ircockpit.store import outbox
from ircockpit.store.log import Log
from ircockpit.sync import revoked
from ircockpit.sync.judge import Judge, vouched
from ircockpit.sync.page import Arrival, as_arrival


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
    proven = _vouched(log, arrivals, roster, authority)
    cleared = 0
    with log.writing() as writer:
        for each, arrival in zip(found, arrivals, strict=True):
            judge = Judge(
                roster, authority, lambda ident: outbox.place(log, ident), each.max_lam_before, proven
            )
            verdict = judge.judge(arrival)
            if verdict.counted and each.seq and arrival.envelope.lam > each.counted:
                writer.count_lam(arrival.envelope.stream, each.seq, arrival.envelope.lam)
            before, why = each.stored.doubt, verdict.doubt or over(arrival)
            if before in FAULTS and not outweighs(why, before):
                continue
            if not why:
                writer.clear_doubt(each.stored.arrival)
                cleared += 1
            elif why != before:  # whether a lead can let it count depends on the reason that holds now
                writer.set_doubt(each.stored.arrival, why)
    return cleared


def _vouched(log: Log, doubted: list[Arrival], roster: Roster, authority: str) -> set[str]:
    """Ids of those that a later event of their lane proves, as :func:`judge.vouched` does within one page.

    Which of them came in one page must make no difference to what counts.
    """
    proven: set[str] = set()
    for arrival in sorted(doubted, key=lambda each: -each.envelope.n):
        stream, device, epoch, n = arrival.envelope[1:5]
        if stream == authority or (arrival.receipt is not None and not arrival.receipt.accepted):
            continue
        held = map(log.get, outbox.at_place(log, stream, device, epoch, n + 1))
        after = [stored for stored in held if stored and stored.event.envelope.prev == arrival.event_id]
        if any(
            not stored.doubt
            or stored.event.id in proven
            or arrival.event_id in vouched([arrival, as_arrival(stored.event)], roster, authority)
            for stored in after
        ):
            proven.add(arrival.event_id)
    return proven


def _arrival(doubted: outbox.Doubted) -> Arrival:
    stated = receipt.decode(doubted.receipt) if doubted.receipt else None
    return as_arrival(doubted.stored.event)._replace(receipt=stated, raw_receipt=doubted.receipt)

"""Doubts whose reason may have gone: an ancestor, a certificate or another verdict of the hub came since."""

from collections.abc import Callable

from ircockpit.core.adoption import FAULTS, outweighs
from ircockpit.ledger import receipt
from ircockpit.ledger.revocation import Cuts
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
    proven = _vouched(log, arrivals, roster, authority)
    cleared = 0
    with log.writing() as writer:
        for each, arrival in zip(found, arrivals, strict=True):
            envelope, before = arrival.envelope, each.stored.doubt
            over = revoked.reason(log, ends, envelope, arrival.event_id)
            by_hub = _is_revoked_by_hub(log, each, arrival)
            if by_hub and (over or not ends.revoked(envelope.device)):
                why = revoked.REVOKED
            else:
                judge = Judge(
                    roster, authority, lambda ident: outbox.place(log, ident), each.max_lam_before, proven
                )
                verdict = judge.judge(arrival._replace(receipt=None) if by_hub else arrival)
                if verdict.counted and each.seq and not by_hub and envelope.lam > each.counted:
                    writer.count_lam(envelope.stream, each.seq, envelope.lam)
                why = verdict.doubt or over
            if before in FAULTS and not outweighs(why, before):
                continue
            if not why:
                writer.clear_doubt(each.stored.arrival)
                cleared += 1
            elif why != before:  # whether a lead can let it count depends on the reason that holds now
                writer.set_doubt(each.stored.arrival, why)
    return cleared


def _is_revoked_by_hub(log: Log, doubted: outbox.Doubted, arrival: Arrival) -> bool:
    """Whether it is the hub's word: that of its present history, or where it has none yet, of one before that."""
    if arrival.receipt is not None:
        return arrival.receipt.verdict == revoked.REVOKED
    if doubted.stored.doubt != revoked.REVOKED:
        return False
    said = outbox.receipts_of(log, arrival.event_id)
    return any(receipt.decode(raw).verdict == revoked.REVOKED for raw in said)


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

"""Doubts whose reason may have gone: an ancestor, a certificate or another verdict of the hub came since."""

from collections.abc import Callable

from ircockpit.ledger import receipt
from ircockpit.ledger.roster import Roster
from ircockpit.store import outbox
from ircockpit.store.log import Log
from ircockpit.sync import revoked
from ircockpit.sync.page import Arrival, doubt


def settle(log: Log, roster_for: Callable[[list[Arrival]], Roster], authority: str) -> int:
    """Let the events in doubt count that nothing speaks against any more; returns how many.

    Records are taken over one after the other while events refer across them, so the first judgement of an
    event can come too early. What did not count is judged again by the same rule. What a revoked device wrote
    after its end is put in doubt, whichever of the two came first.
    """
    ends = revoked.judge(log, authority)
    found = [
        (
            each.stored.arrival,
            Arrival(
                each.stored.event,
                each.stored.event.envelope,
                each.stored.event.id,
                receipt.decode(each.receipt) if each.receipt else None,
                each.receipt,
            ),
            each.max_lam_before,
        )
        for each in outbox.doubted(log)
    ]
    if not found:
        return 0
    roster = roster_for([arrival for _, arrival, _ in found])

    def lam_of(event_id: str) -> int | None:
        return log.lams([event_id]).get(event_id)

    cleared = [
        number
        for number, arrival, lam in found
        if not doubt(arrival, roster, lam_of, lam, authority)
        and not revoked.reason(log, ends, arrival.envelope, arrival.event_id)
    ]
    if cleared:
        with log.writing() as writer:
            for number in cleared:
                writer.clear_doubt(number)
    return len(cleared)

"""Taking over events from any source but the hub itself: a bundle, a stick, another profile."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.ledger.certificate import SignedCertificate, certificate_id
from ircockpit.ledger.roster import Roster
from ircockpit.store import outbox
from ircockpit.store.log import Log
from ircockpit.store.profile import Identity, Profile
from ircockpit.sync import copies, doubts
from ircockpit.sync.page import Arrival, doubt, read_row

AT_ONCE = 1000
"""Events of one durable step: the screen's own writing never waits long for its turn."""


class TakenIn(NamedTuple):
    """What came of it; counts are of events."""

    new: int
    """Not held before."""
    held: int
    """Held already: nothing was changed."""
    doubted: int
    """Of all that came: kept and shown, and not counting as far as is known now."""
    confirmed: int
    """Covered by a checkpoint of the hub that came along, as if they had been pulled."""


def take_in(
    log: Log,
    profile: Profile,
    identity: Identity,
    clock: Clock,
    stream: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    certificates: Sequence[SignedCertificate] = (),
    checkpoints: Sequence[str] = (),  # noqa: ARG001 - the signature is settled, receipts await the hub for now
) -> TakenIn:
    """Take over events of one stream in wire form: ``{"r": receipt or null, "e", "s", "p"}``, as a hub hands them out.

    ``rows`` are gone through twice (a list, or an object whose iterator reads the file anew): everything is
    verified before anything is kept. Certificates are kept as far as the organisation stands behind them.
    They await the hub, and go to it with the next round, whoever wrote them. What cannot be judged
    yet is kept in doubt, and counts as soon as its reason to doubt is gone. The same again changes nothing,
    and an import that was cut off goes on where it was.

    Raises :class:`TrustError` or :class:`BadInput` where a row is not what its author signed.
    """
    for row in rows:
        read_row(row, stream)
    roster = _keep_certificates(log, identity, certificates)
    new = held = 0
    came: list[str] = []
    coming = (read_row(row, stream) for row in rows)
    while batch := list(islice(coming, AT_ONCE)):
        copies.watch(log, profile, identity, batch, clock.wall_us())
        added = _keep(log, identity, stream, roster, batch)
        new += added
        held += len(batch) - added
        came += [arrival.event_id for arrival in batch]
    doubts.settle(log, lambda _: roster, identity.authority_stream)
    return TakenIn(new, held, outbox.doubted_among(log, came), 0)


def _keep(log: Log, me: Identity, stream: str, roster: Roster, batch: Sequence[Arrival]) -> int:
    added = 0

    def lam_of(event_id: str) -> int | None:
        return log.lams([event_id]).get(event_id)

    with log.writing() as writer:
        reach = log.reach(stream)
        for arrival in batch:
            highest = reach.maxlam if reach else 0
            why = doubt(arrival._replace(receipt=None), roster, lam_of, highest, me.authority_stream)
            added += writer.add(arrival.event, doubt=why)
    return added


def _keep_certificates(log: Log, me: Identity, offered: Sequence[SignedCertificate]) -> Roster:
    held = {certificate_id(each.raw): each for each in log.certificates()}
    roster = Roster(me.root, [*held.values(), *offered])
    vouched = roster.vouched()
    new = {certificate_id(each.raw): each for each in offered}
    with log.writing() as writer:
        for ident, each in new.items():
            if ident in vouched and ident not in held:
                writer.add_certificate(each)
    return roster

"""What a hub judges by: members, roles and revoked devices as its authority stream has them at this moment."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from ircockpit.core.jsontext import strict_loads
from ircockpit.core.roles import Capability, may, needed
from ircockpit.features.membership.rules import Standing
from ircockpit.hub.store import Incoming, Row
from ircockpit.ledger import joining
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.event import SignedEvent, from_wire
from ircockpit.ledger.revocation import AFTER
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, read_genesis

Judge = Callable[[Incoming], str]
"""Given an event whose form holds and that is not here yet: why it does not count, or nothing."""


class Records(Protocol):
    """Where accepted events of one stream are read from: a store, or a stream's shelf inside its lock."""

    def record(self, stream: str, after: int) -> tuple[int, list[Row]]:
        """The head of a stream (0 for none) and its rows from ``after + 1`` on, as of now."""
        ...


class Bench(Records, Protocol):
    """What a judge looks at: a stream's shelf inside its lock."""

    def find(self, event_id: str) -> object | None:
        """Where an event stands that is held, in whatever stream."""
        ...


class _Known(NamedTuple):
    seq: int
    standing: Standing


class Court:
    """Reads the authority stream as it grows; what it holds of it is only a memory of what stands there."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self._known = _Known(0, Standing(stream))

    def standing(self, records: Records) -> Standing:
        """Members and revocations as of now; a snapshot, not to be changed."""
        known = self._known
        head, rows = records.record(self.stream, known.seq)
        if head == known.seq:
            return known.standing
        # Read anew as a whole: whoever holds the snapshot before keeps it, and a record of members is short.
        head, rows = records.record(self.stream, 0)
        standing = Standing(self.stream)
        for row in rows:
            if receipts.decode(row.receipt).accepted:
                standing.take(signed(row))
        self._known = _Known(head, standing)
        return standing

    def sit(self, bench: Bench) -> Judge:
        """The judge of one batch: called inside the lock under which the events get their places."""
        standing = self.standing(bench)

        def judge(incoming: Incoming) -> str:
            return self._reason(standing, bench, incoming)

        return judge

    def _reason(self, standing: Standing, bench: Bench, incoming: Incoming) -> str:
        envelope = incoming.envelope
        need = needed(envelope.type, actor=envelope.actor, ent=envelope.ent)
        if envelope.stream == self.stream:
            opens = envelope.type in (LANE_OPENED, STREAM_OPENED)
            return "" if opens or need in (Capability.AUTHORITY, Capability.LEAD) else "authority"
        if need is Capability.AUTHORITY or _claims_authority(incoming):
            return "authority"
        why = standing.cuts.doubt_of_new(
            envelope.stream, envelope.device, envelope.epoch, envelope.n, incoming.event_id,
            lambda ident: bench.find(ident) is not None,
        )  # fmt: skip
        if why == AFTER:
            # Where the end of its lane has yet to be brought here again, a receipt says nothing about that: nobody
            # could take it back. Whoever holds the end knows the right event from a rival.
            return "revoked"
        role = standing.role(envelope.actor)
        if role is None:
            return "unknown"
        if not role:
            return "removed"
        return "" if may(role, need) else "role"


def _claims_authority(incoming: Incoming) -> bool:
    """Whether an event opens a second authority stream: there is one for each organisation."""
    if incoming.envelope.type != STREAM_OPENED:
        return False
    genesis = read_genesis(incoming.event)
    return genesis is not None and genesis.kind == AUTHORITY


def signed(row: Row) -> SignedEvent:
    """The event of a row."""
    parts = strict_loads(row.parts.encode())
    return from_wire({"e": row.envelope.decode(), "s": joining.signature_to_wire(row.sig), "p": parts})

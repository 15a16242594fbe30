"""Taking over events from any source but the hub itself: a bundle, a stick, another profile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

from ircockpit.core.adoption import FAULTS, outweighs
from ircockpit.core.clock import Clock
from ircockpit.core.scopes import PRIVILEGED, may_read
from ircockpit.ledger import receipt
from ircockpit.ledger.certificate import HUB_LOG, SignedCertificate, certificate_id
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.withdrawal import DIRECTIVES, Withdrawal
from ircockpit.store import erasing, history, outbox
from ircockpit.store.log import NOWHERE, Log, Reach, Stored
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.profile import Identity, Profile
from ircockpit.sync import copies, doubts
from ircockpit.sync.histories import Signed, begin_generation, go_back, hold_against, read_signed, root_at
from ircockpit.sync.judge import Judge, body_fault, vouched
from ircockpit.sync.page import Arrival, Checked, read_row

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
    filled: int = 0
    """Held before, and got words back that were missing here."""


class Kept(Enum):
    """What came of one event."""

    NEW = "new"
    HELD = "held"
    FILLED = "filled"


def keep(log: Log, writer: LogWriter, roster: Roster, authority: str, before: Reach, checked: Checked) -> int:
    """Keep the events of verified history, their receipts and the cursor in one step; returns how many were new.

    What was held here counts no more than it does for everybody else.
    """
    places: dict[str, outbox.Place] = {}

    def place_of(event_id: str) -> outbox.Place | None:
        return places.get(event_id) or outbox.place(log, event_id)

    judge = Judge(roster, authority, place_of, before.maxlam, vouched(checked.arrivals, roster, authority))
    new = 0
    for seq, arrival in enumerate(checked.arrivals, before.seq + 1):
        fresh = _keep_one(log, writer, arrival, judge.judge(arrival).doubt) is Kept.NEW
        new += fresh
        writer.add_receipt(
            checked.stream, checked.gen, seq, arrival.event_id, arrival.raw_receipt, judge.highest,
            awaited=not fresh,
        )  # fmt: skip
        envelope = arrival.envelope
        lane = (envelope.stream, envelope.device, envelope.epoch, envelope.n)
        places[arrival.event_id] = outbox.Place(*lane, envelope.lam)
    tree = checked.tree
    writer.set_reach(checked.stream, Reach(checked.gen, tree.size, tree.encode(), checked.checkpoint, 0))
    return new


def _keep_one(log: Log, writer: LogWriter, arrival: Arrival, why: str) -> Kept:
    confirmed = arrival.receipt is not None
    if writer.add(arrival.event, doubt=why, envelope=arrival.envelope, confirmed=confirmed):
        return Kept.NEW
    held = log.get(arrival.event_id) if _says_more(writer, arrival) else None
    filled = False
    if held is not None:
        # Copies with different parts taken away: together they may show what none of them does alone.
        why = why if arrival.receipt is not None else ""
        fault = body_fault(arrival.event, held.event)
        why = fault if outweighs(fault, why) else why
        filled = _fill(log, writer, arrival, held)
    if why and (arrival.receipt is not None or why in FAULTS):
        writer.put_in_doubt(arrival.event_id, why)
    return Kept.FILLED if filled else Kept.HELD


def _says_more(writer: LogWriter, arrival: Arrival) -> bool:
    """Whether a copy has a part of which nothing is held: all else of it was looked at when it came."""
    return any(arrival.event.parts[index].data is not None for index in writer.empty_parts(arrival.event_id))


def _fill(log: Log, writer: LogWriter, arrival: Arrival, held: Stored) -> bool:
    """Keep the parts of a copy that were missing: what is held is the union of all copies, in whatever order they came.

    What was erased stays away, and so does what this device may not read, once the hub has it.
    """
    envelope = arrival.envelope
    scopes = erasing.withdrawal(log, envelope.stream) if log.directed() else Withdrawal()
    alone = writer.awaits(envelope.stream, held.arrival)
    widest = PRIVILEGED if alone else log.meta(erasing.WIDEST) or PRIVILEGED
    gone = scopes.erased(
        arrival.event_id, envelope.type, len(held.event.parts)
    )  # also under a hold that came too late
    back = [
        index
        for index, (mine, theirs) in enumerate(zip(held.event.parts, arrival.event.parts, strict=True))
        if mine.data is None and theirs.data is not None and index not in gone
        and may_read(widest, scopes.scope(arrival.event_id, envelope.type, envelope.scope, index))
    ]  # fmt: skip
    for index in back:
        writer.give_back(held.arrival, index, arrival.event.parts[index])
    if back:
        writer.fold_again(held.arrival)
        if envelope.type in DIRECTIVES:
            writer.set_meta(erasing.SWEPT, "")  # it may say more of what is to go
    return bool(back)


def take_in(
    log: Log,
    profile: Profile,
    identity: Identity,
    clock: Clock,
    stream: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    certificates: Sequence[SignedCertificate] = (),
    checkpoints: Sequence[str] = (),
) -> TakenIn:
    """Take over events of one stream in wire form: ``{"r": receipt or null, "e", "s", "p"}``, as a hub hands them out.

    ``rows`` are gone through more than once (a list, or an object whose iterator reads the file anew):
    everything is verified before anything is kept. Certificates are kept as far as the organisation stands
    behind them. Receipts from seq 1 on without a gap, which a checkpoint of the hub covers, confirm their
    events as a pull does; other events await the hub, and go to it with the next round, whoever wrote them.
    What cannot be judged yet is kept in doubt, and counts as soon as its reason to doubt is gone. The same
    again changes nothing, and an import that was cut off goes on where it was.

    Raises :class:`TrustError` or :class:`BadInput` where a row is not what its author signed, or a checkpoint
    not what the hub signed.
    """
    bringing = _Bringing(log, profile, identity, clock, stream, rows)
    bringing.roster = Roster(identity.root, [*log.certificates(), *certificates])
    anchor = bringing.look_through(checkpoints)
    _keep_certificates(log, bringing.roster, certificates)
    confirmed = bringing.confirm(anchor) if anchor is not None else 0
    bringing.keep_others()
    doubts.settle(log, lambda _: bringing.roster, identity.authority_stream)
    return TakenIn(
        bringing.new,
        bringing.count - bringing.new,
        outbox.doubted_among(log, bringing.came()),
        confirmed,
        bringing.filled,
    )


class _Bringing:
    """One import."""

    def __init__(
        self, log: Log, profile: Profile, identity: Identity, clock: Clock, stream: str,
        rows: Iterable[Mapping[str, Any]],
    ) -> None:  # fmt: skip
        self._log = log
        self._profile = profile
        self._me = identity
        self._clock = clock
        self._stream = stream
        self._rows = rows
        self.roster = Roster(identity.root, ())
        self.new = self.filled = 0
        self.count = 0

    def look_through(self, checkpoints: Sequence[str]) -> Signed | None:
        """Verify every row, and give the latest checkpoint that covers receipts among them."""
        keys = self._hub_keys()
        signed = [read_signed(text, keys, self._me.org, self._stream) for text in checkpoints]
        sizes = {each.stated.size for each in signed}
        tree, roots = Frontier(), {}
        for arrival in self._arrivals():
            self.count += 1
            if arrival.receipt is not None and arrival.receipt.seq == tree.size + 1:
                tree.append(receipt.leaf(arrival.raw_receipt))
                if tree.size in sizes:
                    roots[tree.size] = tree.root().hex()
        for each in signed:
            of, size = each.stated.of, each.stated.size
            hold_against(
                self._log, each, keys, self._clock.wall_us(), root_at(self._log, self._stream, of.gen, size)
            )
        covering = [each for each in signed if roots.get(each.stated.size) == each.stated.root]
        return max(covering, key=lambda each: (each.stated.of.gen, each.stated.size), default=None)

    def confirm(self, anchor: Signed) -> int:
        """Go on in the hub's history as far as the anchor covers it; returns how many events that confirms."""
        gen, size = anchor.stated.of.gen, anchor.stated.size
        reach = self._log.reach(self._stream) or NOWHERE
        common = self._common(reach)
        if gen < reach.gen or size <= reach.seq == common or (gen == reach.gen and common < reach.seq):
            return 0  # older than what is known here, or not the same history: its events may be new all the same
        tree = Frontier()
        if reach.seq and not common and gen != reach.gen:
            reach = self._go_over(reach, gen, tree)  # that generation began again from nothing
        batch: list[Arrival] = []
        for arrival in self._arrivals():
            if arrival.receipt is None or arrival.receipt.seq != tree.size + 1:
                continue
            tree.append(receipt.leaf(arrival.raw_receipt))
            if tree.size == common and gen != reach.gen:
                reach = self._go_over(reach, gen, tree)
            if tree.size > common:
                batch.append(arrival)
            if tree.size == size or len(batch) == AT_ONCE:
                text = anchor.text if tree.size == size else ""
                if batch and not self._keep(reach, Checked(self._stream, gen, tree, text, batch, {})):
                    break  # the hub's own answer came in between, and is as good
                reach, batch = self._log.reach(self._stream) or NOWHERE, []
            if tree.size == size:
                break
        return reach.seq - common

    def _keep(self, reach: Reach, checked: Checked) -> bool:
        copies.watch(self._log, self._profile, self._me, checked.arrivals, self._clock.wall_us())
        with self._log.writing() as writer:
            if (self._log.reach(self._stream) or NOWHERE) != reach:
                return False
            if reach.gen != checked.gen:
                begin_generation(self._log, writer, self._stream, reach, checked.gen, reach.seq)
            self.new += keep(self._log, writer, self.roster, self._me.authority_stream, reach, checked)
        return True

    def _go_over(self, reach: Reach, gen: int, tree: Frontier) -> Reach:
        """Leave what an earlier generation had beyond the common prefix."""
        with self._log.writing() as writer:
            if (self._log.reach(self._stream) or NOWHERE) != reach:
                return reach
            to = Reach(gen, tree.size, tree.encode(), "", 0)
            go_back(self._log, writer, reach, to, self._stream, self._clock.wall_us())
        return self._log.reach(self._stream) or NOWHERE

    def _common(self, reach: Reach) -> int:
        """How many of the receipts that came are those of the history verified here."""
        own = history.receipts(self._log, self._stream, reach.gen, 0, reach.seq)
        same = 0
        for arrival in self._arrivals():
            if same == len(own) or arrival.raw_receipt != own[same][2]:
                break
            same += 1
        return same

    def keep_others(self) -> None:
        """Keep what no checkpoint covers: it awaits the hub."""
        coming = self._arrivals()
        while batch := list(islice(coming, AT_ONCE)):
            copies.watch(self._log, self._profile, self._me, batch, self._clock.wall_us())
            with self._log.writing() as writer:
                reach = self._log.reach(self._stream) or NOWHERE
                judge = self._judge(reach)
                for arrival in batch:
                    alone = arrival._replace(receipt=None)
                    kept = _keep_one(self._log, writer, alone, judge.judge(alone).doubt)
                    self.new += kept is Kept.NEW
                    self.filled += kept is Kept.FILLED

    def _hub_keys(self) -> list[bytes]:
        """Keys that may have signed the hub's history: that of the hub joined, and those the root has certified."""
        certified = [each.key for each in self.roster.certified.values() if each.purpose == HUB_LOG]
        return [bytes.fromhex(each) for each in dict.fromkeys([self._me.hub_log_key, *certified]) if each]

    def _judge(self, reach: Reach) -> Judge:
        authority = self._me.authority_stream
        return Judge(self.roster, authority, lambda ident: outbox.place(self._log, ident), reach.maxlam)

    def came(self) -> Iterator[str]:
        """Ids of all events that came."""
        return (arrival.event_id for arrival in self._arrivals())

    def _arrivals(self) -> Iterator[Arrival]:
        return (read_row(row, self._stream) for row in self._rows)


def _keep_certificates(log: Log, roster: Roster, offered: Sequence[SignedCertificate]) -> None:
    vouched = roster.vouched()
    with log.writing() as writer:
        for each in offered:
            if certificate_id(each.raw) in vouched:
                writer.add_certificate(each)

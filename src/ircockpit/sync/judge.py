"""Whether an event that came counts here: what this device found good itself, whatever its hub says."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from ircockpit.core.adoption import TWICE, UNPADDED, outweighs
from ircockpit.core.errors import BadInput
from ircockpit.core.roles import Capability, needed
from ircockpit.ledger.authority import NOT_ITS_KEY, writes_as, writing_keys
from ircockpit.ledger.envelope import LEAP, Envelope, next_lam
from ircockpit.ledger.event import SignedEvent, signature_holds
from ircockpit.ledger.parts import is_padded, read_part, repeated_key
from ircockpit.ledger.roster import Roster
from ircockpit.store.outbox import Place
from ircockpit.sync.page import Arrival


class Verdict(NamedTuple):
    """What was found about one event."""

    doubt: str
    """Why it is kept and shown, but does not count; empty where it does."""
    counted: bool
    """Whether its Lamport number is one that later ones go on from."""


class Judge:
    """Judges the events of one stream in the order of a history."""

    def __init__(
        self,
        roster: Roster,
        authority: str,
        place_of: Callable[[str], Place | None],
        highest: int,
        vouched: Collection[str] = (),
    ) -> None:
        self._roster = roster
        self._authority = authority
        """The stream in which only the organisation's authority writes, and which alone says who belongs to it."""
        self._place_of = place_of
        self._vouched = vouched
        """Ids of events whose author is known without their own signature; see :func:`vouched`."""
        self.highest = highest
        """Highest Lamport number that counts among the events so far."""

    def judge(self, arrival: Arrival) -> Verdict:
        """The verdict on the next event, of which a fault of its body is part whatever else speaks against it.

        Its Lamport number is at least what it refers to asks for. How much more its author had seen is not always
        told by what stands before it: a hub that was put back is given things in another order. One that nobody
        certified counted up, or that leaps further than a record can have events, raises nobody's.
        """
        verdict = self._judge(arrival)
        fault = body_fault(arrival.event)
        return verdict._replace(doubt=fault) if outweighs(fault, verdict.doubt) else verdict

    def _judge(self, arrival: Arrival) -> Verdict:
        envelope = arrival.envelope
        highest = self.highest
        if arrival.receipt is not None and not arrival.receipt.accepted:
            return Verdict(arrival.receipt.verdict, counted=False)
        if why := self._unsigned(arrival):
            return Verdict(why, counted=False)
        if envelope.lam > highest + LEAP:
            return Verdict(BEYOND, counted=False)
        if arrival.receipt is not None:
            self.highest = max(highest, envelope.lam)
        return Verdict(self._misplaced(envelope), counted=True)

    def _unsigned(self, arrival: Arrival) -> str:
        envelope = arrival.envelope
        in_authority = envelope.stream == self._authority
        if needed(envelope.type) is Capability.AUTHORITY and not in_authority:
            return "only the record of members says who belongs to the organisation"
        keys = writing_keys(self._roster, envelope.device, in_authority=in_authority)
        if not keys:
            return NOT_ITS_KEY if in_authority else "no certificate of its device is known"
        if arrival.event_id not in self._vouched and not _is_signed(arrival, keys):
            return UNSIGNED
        if not writes_as(self._roster, envelope.device, envelope.actor, in_authority=in_authority):
            return "its device is not certified to its author"
        return ""

    def _misplaced(self, envelope: Envelope) -> str:
        before = None if envelope.prev is None else self._place_of(envelope.prev)
        bases = [self._place_of(base) for base in envelope.base]
        if (envelope.prev is not None and before is None) or None in bases:
            return "an event it refers to is not here"
        lane = (envelope.stream, envelope.device, envelope.epoch, envelope.n - 1)
        if before is not None and before[:4] != lane:
            return "what it names as the entry before it is not that"
        lams = [each.lam for each in (before, *bases) if each is not None]
        least = next_lam(lams)
        follows = envelope.lam == least if envelope.seen is None else envelope.lam >= least
        return "" if follows else BEYOND


def vouched(arrivals: Sequence[Arrival], roster: Roster, authority: str) -> set[str]:
    """Ids of those whose author a later one of the same lane proves: its signature holds, and its chain names them.

    For what a hub's signed history vouches for: the hub has checked every signature, and its receipts name them. A
    signature that was exchanged all the same is found by the verification of every signature. What the authority
    stream says decides over others, so there each signature counts.
    """
    proven: set[str] = set()
    named: dict[str, tuple[str, str, str, int]] = {}
    for arrival in reversed(arrivals):
        envelope = arrival.envelope
        lane = (envelope.stream, envelope.device, envelope.epoch)
        if envelope.stream == authority:
            continue
        if named.get(arrival.event_id) != (*lane, envelope.n) and not _is_signed(
            arrival, writing_keys(roster, envelope.device, in_authority=False)
        ):
            continue
        proven.add(arrival.event_id)
        if envelope.prev is not None:
            named[envelope.prev] = (*lane, envelope.n - 1)
    return proven


def _is_signed(arrival: Arrival, keys: Sequence[bytes]) -> bool:
    return any(signature_holds(arrival.event, key) for key in keys)


UNSIGNED = "it is not signed by its device"
BEYOND = "its Lamport number does not follow"


def body_fault(*copies: SignedEvent) -> str:
    """What is wrong with the parts held of an event, in whatever copy of it they came."""
    if any(not is_padded(part) for event in copies for part in event.parts):
        return UNPADDED
    if len(copies[0].parts) < 2:
        return ""
    try:
        objects = [
            next((found for part in each if (found := read_part(part)) is not None), None)
            for each in zip(*(event.parts for event in copies), strict=True)
        ]
    except BadInput:
        return ""  # a part that is no JSON object says nothing twice; whoever folds it leaves the entry out
    return TWICE if repeated_key(objects) else ""

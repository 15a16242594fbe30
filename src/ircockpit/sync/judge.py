"""Whether an event that came counts here: what this device found good itself, whatever its hub says."""

from collections.abc import Callable
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
        self, roster: Roster, authority: str, place_of: Callable[[str], Place | None], highest: int
    ) -> None:
        self._roster = roster
        self._authority = authority
        """The stream in which only the organisation's authority writes, and which alone says who belongs to it."""
        self._place_of = place_of
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
        if not any(signature_holds(arrival.event, key) for key in keys):
            return "it is not signed by its device"
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


BEYOND = "its Lamport number does not follow"


def body_fault(*copies: SignedEvent) -> str:
    """What is wrong with the parts held of an event, in whatever copy of it they came."""
    if any(not is_padded(part) for event in copies for part in event.parts):
        return UNPADDED
    try:
        objects = [
            next((found for part in each if (found := read_part(part)) is not None), None)
            for each in zip(*(event.parts for event in copies), strict=True)
        ]
    except BadInput:
        return ""  # a part that is no JSON object says nothing twice; whoever folds it leaves the entry out
    return TWICE if repeated_key(objects) else ""

"""Verification: is this the record its authors signed, whole and in order, and if not, where is it not."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger import receipt as receipts_format
from ircockpit.ledger.authority import NOT_ITS_KEY
from ircockpit.ledger.certificate import DEVICE, HUB_AUTHORITY, Certificate
from ircockpit.ledger.checkpoint import Checkpoint
from ircockpit.ledger.envelope import Envelope, EnvelopeError, Seen, next_lam
from ircockpit.ledger.event import PURPOSE, SignedEvent
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.parts import check_parts
from ircockpit.ledger.receipt import Receipt, ReceiptError
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.signing import verify
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, read_genesis, read_opening


class Kind(StrEnum):
    """What can be wrong."""

    UNREADABLE = "unreadable"
    """Bytes that are no envelope or no receipt."""
    ALTERED = "altered"
    """The signature does not hold: a byte of the envelope or of the signature was changed."""
    BODY = "body"
    """A part is not the one signed, or the parts are not as many or not in the order signed."""
    MISSING = "missing"
    """An event that must exist is not there."""
    REORDERED = "reordered"
    """An event stands at another place than its number says."""
    REPEATED = "repeated"
    """The same event stands there twice."""
    CHAIN = "chain"
    """``prev`` names another event than the one before."""
    FORK = "fork"
    """Two signed events have one place in a lane: a device was copied or restored, or its key is stolen."""
    LAMPORT = "lamport"
    """The Lamport number does not follow from those of the events referred to."""
    CERTIFICATE = "certificate"
    """No trusted certificate of the device is known, so its signatures say nothing."""
    OPENING = "opening"
    """A lane or a stream is not opened as it must be."""
    REVOKED = "revoked"
    """Its device was revoked before it: the signature holds, and says nothing of who made it."""
    HISTORY = "history"
    """The hub's history is not the one that was signed or seen."""


class Finding(NamedTuple):
    """One thing that is wrong and where."""

    kind: Kind
    stream: str
    device: str
    epoch: str
    n: int
    """Place in the lane, 0 where unknown; for a finding about a hub's history the receipt's seq."""
    event_id: str
    """Id of the event at fault, or of the one missing as far as known."""
    detail: str


class Lane(NamedTuple):
    """The events that one device wrote in one stream since it last started anew."""

    stream: str
    device: str
    epoch: str


class Prefix(NamedTuple):
    """The first receipts of a hub's history, as verified by whoever asks."""

    max_lam: int
    """Highest Lamport number among the accepted events of the prefix, 0 for none."""
    root: str


class _Link(NamedTuple):
    """What verification keeps of one event; digests as bytes, they are half as large."""

    n: int
    id: bytes
    prev: bytes | None
    lam: int
    base: tuple[bytes, ...]
    seen: Seen | None
    sig: bytes


class _Evidence(NamedTuple):
    """What was read of one lane: its events as they came, and what its event 1 states."""

    links: list[_Link]
    certificates: set[str]
    doubts: list[Finding]
    """What is wrong inside single events; left aside for those that turn out not to be their author's."""


def verify_lanes(
    events: Iterable[SignedEvent],
    certificates: Mapping[str, Certificate],
    *,
    heads_only: bool = False,
    heads: Mapping[Lane, tuple[int, str]] | None = None,
    prefix: Callable[[str, Seen], Prefix | None] | None = None,
    cuts: Cuts | None = None,
) -> list[Finding]:
    """Check events of any number of lanes, each lane in the order given; an empty list means that all holds.

    ``certificates`` are those trusted, by id (``certificate.trusted``). With ``heads_only`` one signature
    for each lane is checked and the hash chain vouches for the events before it: much quicker, and a changed
    signature in the middle goes unnoticed while no changed envelope or part does. ``heads`` states the
    newest event known of a lane from elsewhere, which finds a tail cut off. ``prefix`` gives the hub history
    that an author said to have seen (stream, seen), as far as it is known here. ``cuts`` says where the
    lanes of revoked devices end. Events that refer to others not given are checked as far as possible: parts
    taken away, and lanes not held, are no fault.
    """
    return _Verification(certificates, heads_only, prefix, cuts or Cuts()).run(events, heads or {})


class _Verification:
    def __init__(
        self,
        certificates: Mapping[str, Certificate],
        heads_only: bool,
        prefix: Callable[[str, Seen], Prefix | None] | None,
        cuts: Cuts,
    ) -> None:
        self._certificates = certificates
        self._heads_only = heads_only
        self._prefix = prefix
        self._cuts = cuts
        self._lanes: dict[Lane, _Evidence] = {}
        self._geneses: dict[str, list[tuple[Lane, bytes]]] = {}
        self._of_authority: set[str] = set()
        """Streams whose genesis says that only the organisation's authority writes there."""
        self._lams: dict[bytes, int] = {}
        self._altered: set[bytes] = set()
        self._findings: list[Finding] = []

    def run(self, events: Iterable[SignedEvent], heads: Mapping[Lane, tuple[int, str]]) -> list[Finding]:
        for position, event in enumerate(events, 1):
            self._take(event, position)
        for lane, evidence in self._lanes.items():
            self._check_lane(lane, evidence, heads.get(lane))
        for claims in self._geneses.values():
            geneses = [claim for claim in claims if claim[1] not in self._altered]
            for lane, raw_id in geneses if len(geneses) > 1 else ():
                self._find(Kind.OPENING, lane, 2, raw_id, "the stream is opened more than once")
        for lane, (n, ident) in heads.items():
            if lane not in self._lanes:
                self._find(Kind.MISSING, lane, 1, ident, f"the whole lane of {n} events is missing")
        return self._findings

    def _find(self, kind: Kind, lane: Lane, n: int, ident: str | bytes, detail: str) -> None:
        self._findings.append(
            Finding(kind, *lane, n, ident if isinstance(ident, str) else ident.hex(), detail)
        )

    def _take(self, event: SignedEvent, position: int) -> None:
        ident = event.id
        try:
            envelope = event.envelope
        except EnvelopeError as error:
            detail = f"event {position} of those given is none: {error.what}"
            self._findings.append(Finding(Kind.UNREADABLE, "", "", "", 0, ident, detail))
            return
        lane = Lane(envelope.stream, envelope.device, envelope.epoch)
        raw_id = bytes.fromhex(ident)
        evidence = self._lanes.setdefault(lane, _Evidence([], set(), []))
        evidence.links.append(
            _Link(
                envelope.n,
                raw_id,
                None if envelope.prev is None else bytes.fromhex(envelope.prev),
                envelope.lam,
                tuple(map(bytes.fromhex, envelope.base)),
                envelope.seen,
                event.sig,
            )
        )
        self._lams[raw_id] = envelope.lam
        try:
            check_parts(event.parts, envelope.body)
        except TrustError as error:
            evidence.doubts.append(Finding(Kind.BODY, *lane, envelope.n, ident, error.what))
            return
        try:
            self._read_openings(event, envelope, lane, raw_id)
        except (BadInput, TrustError) as error:
            evidence.doubts.append(Finding(Kind.OPENING, *lane, envelope.n, ident, error.what))

    def _read_openings(self, event: SignedEvent, envelope: Envelope, lane: Lane, ident: bytes) -> None:
        if (envelope.n == 1) != (envelope.type == LANE_OPENED):
            raise BadInput("event 1 of a lane, and only that, must open it")
        if envelope.n == 1:
            opening = read_opening(event)
            if opening is not None:
                self._lanes[lane].certificates.add(opening.certificate)
        elif envelope.type == STREAM_OPENED:
            if envelope.n != 2:
                raise BadInput("a stream must be opened by event 2 of a lane")
            genesis = read_genesis(event)
            if genesis is not None and genesis.kind == AUTHORITY:
                self._of_authority.add(lane.stream)
            self._geneses.setdefault(lane.stream, []).append((lane, ident))

    def _check_lane(self, lane: Lane, evidence: _Evidence, head: tuple[int, str] | None) -> None:
        links = self._in_order(lane, evidence.links)
        keys = self._keys(lane, evidence)
        altered = self._unsigned(links, keys) if keys else {link.id for link in links}
        self._altered |= altered
        self._findings.extend(d for d in evidence.doubts if bytes.fromhex(d.event_id) not in altered)
        if not keys:
            return  # nobody vouches for these events: that they fit together would say nothing
        sound: dict[int, list[_Link]] = {}
        broken: set[int] = set()
        for link in links:
            if link.id in altered:
                broken.add(link.n)
                detail = "the signature does not hold: the envelope or the signature was changed"
                self._find(Kind.ALTERED, lane, link.n, link.id, detail)
            else:
                sound.setdefault(link.n, []).append(link)
        late = self._check_cuts(lane, sound)
        if sound:  # otherwise it is no lane, but a strayed event whose lane fields were changed
            self._check_gaps(lane, sound, broken)
        for n, rivals in sorted(sound.items()):
            # What whoever holds the key of a revoked device makes up is no fault of the record.
            standing = [link for link in rivals if link.id not in late] if late else rivals
            for rival in standing[1:]:
                self._find(
                    Kind.FORK, lane, n, rival.id, f"there is another event {n}: {standing[0].id.hex()}"
                )
            for link in standing:
                self._check_link(lane, link, sound.get(n - 1, []), n - 1 in broken)
        self._check_head(lane, sound, broken, head)

    def _in_order(self, lane: Lane, given: list[_Link]) -> list[_Link]:
        """The links by number, each once; those that stood elsewhere or twice are found."""
        kept = _longest_rising([link.n for link in given])
        for index, link in enumerate(given):
            if index not in kept:
                self._find(
                    Kind.REORDERED, lane, link.n, link.id, f"event {link.n} stands at place {index + 1}"
                )
        unique: dict[bytes, _Link] = {}
        for link in given:
            if unique.setdefault(link.id, link) is not link:
                self._find(Kind.REPEATED, lane, link.n, link.id, f"event {link.n} is there more than once")
        return sorted(unique.values(), key=lambda link: link.n)

    def _keys(self, lane: Lane, evidence: _Evidence) -> list[bytes]:
        """The keys that may have signed the lane; none, with a finding, where no certificate is trusted."""
        purpose = HUB_AUTHORITY if lane.stream in self._of_authority else DEVICE
        device = [c for c in self._certificates.values() if c.device == lane.device and c.purpose == purpose]
        first = min(evidence.links, key=lambda link: link.n)
        if not evidence.certificates:
            # The part that names it was taken away, or the event is missing: any key of the device may be it.
            usable = device
        else:
            named = [self._certificates.get(ident) for ident in evidence.certificates]
            usable = [
                certificate for certificate in named if certificate in device and certificate is not None
            ]
        if not usable:
            names = ", ".join(sorted(evidence.certificates)) or "not held"
            detail = f"no trusted certificate of the device ({names})"
            if purpose == HUB_AUTHORITY:
                detail = f"{NOT_ITS_KEY}; {detail}"
            self._find(Kind.CERTIFICATE, lane, first.n, first.id, detail)
        return [bytes.fromhex(certificate.key) for certificate in usable]

    def _unsigned(self, links: list[_Link], keys: list[bytes]) -> set[bytes]:
        """Ids of the events whose signature does not hold."""
        altered: set[bytes] = set()
        vouched: set[bytes | None] = set()
        for link in reversed(links):
            chained = self._heads_only and link.id in vouched
            if chained or any(verify(key, PURPOSE, link.id, link.sig) for key in keys):
                vouched.add(link.prev)
            else:
                altered.add(link.id)
        return altered

    def _check_cuts(self, lane: Lane, sound: Mapping[int, list[_Link]]) -> set[bytes]:
        """Ids of the events that do not count because their device was revoked."""
        if not self._cuts.revoked(lane.device):
            return set()
        late: set[bytes] = set()
        links = [link for rivals in sound.values() for link in rivals]
        held = {link.id: link.prev or b"" for link in links}

        def before(ident: str) -> str | None:
            prev = held.get(bytes.fromhex(ident))
            return None if prev is None else prev.hex()

        for link in links:
            why = self._cuts.doubt(*lane, link.n, link.id.hex(), before)
            if why:
                late.add(link.id)
                self._find(Kind.REVOKED, lane, link.n, link.id, why)
        return late

    def _check_gaps(self, lane: Lane, sound: Mapping[int, list[_Link]], broken: set[int]) -> None:
        expected = 1
        for n in sorted(sound.keys() | broken):
            if n > expected:
                last = next((link.prev for link in sound.get(n, []) if link.prev), b"")
                which = f"event {expected} is" if n == expected + 1 else f"events {expected} to {n - 1} are"
                self._find(Kind.MISSING, lane, expected, last, f"{which} missing")
            expected = n + 1

    def _check_link(self, lane: Lane, link: _Link, before: list[_Link], before_is_broken: bool) -> None:
        if before and not before_is_broken and link.prev not in {earlier.id for earlier in before}:
            detail = f"prev names {(link.prev or b'').hex()}, which is not event {link.n - 1}"
            self._find(Kind.CHAIN, lane, link.n, link.id, detail)
        references = [*link.base] if link.prev is None else [link.prev, *link.base]
        known = [self._lams[reference] for reference in references if reference in self._lams]
        complete = len(known) == len(references)
        if link.seen is not None:
            prefix = self._prefix(lane.stream, link.seen) if self._prefix else None
            if prefix is None:
                complete = False
            elif prefix.root != link.seen.root:
                detail = (
                    f"its author saw another history of {link.seen.seq} events (generation {link.seen.gen})"
                )
                self._find(Kind.HISTORY, lane, link.n, link.id, detail)
                complete = False
            else:
                known.append(prefix.max_lam)
        least = next_lam(known)
        if link.lam < least or (complete and link.lam != least):
            self._find(
                Kind.LAMPORT, lane, link.n, link.id, f"its Lamport number is {link.lam}, it must be {least}"
            )

    def _check_head(
        self, lane: Lane, sound: Mapping[int, list[_Link]], broken: set[int], head: tuple[int, str] | None
    ) -> None:
        if head is None:
            return
        n, ident = head
        here = {link.id for link in sound.get(n, [])}
        if bytes.fromhex(ident) not in here and n not in broken:
            last = max(sound.keys() | broken, default=0)
            which = f"events {last + 1} to {n} are" if last < n - 1 else f"event {n} is"
            self._find(Kind.MISSING, lane, min(last + 1, n), ident, f"{which} missing at the end of the lane")


def verify_history(
    receipts: Iterable[bytes],
    checkpoint: Checkpoint,
    sig_hashes: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Check a hub's whole history of one stream and generation against a verified checkpoint.

    ``receipts`` are the receipts' bytes in order from seq 1. ``sig_hashes`` gives, for each event held, the
    SHA-256 of its signature (``receipt.sig_hash``); with it events that the history names and that are not
    held, or that are held with another signature, are found too. An empty list means that all holds.
    """
    check = Receipts(checkpoint.of.stream)
    for raw in receipts:
        check.take(raw, sig_hashes)
    found, tree = check.found, check.tree
    if (tree.size, tree.root().hex()) != (checkpoint.size, checkpoint.root):
        detail = f"{tree.size} receipts do not make the history of {checkpoint.size} that was signed"
        found.append(Finding(Kind.HISTORY, checkpoint.of.stream, "", "", 0, "", detail))
    return found


class Receipts:
    """The receipts of one stream and generation, checked as they come from seq 1 on."""

    def __init__(self, stream: str) -> None:
        self._lane = Lane(stream, "", "")
        self._next = 1
        self.tree = Frontier()
        self.found: list[Finding] = []

    def take(self, raw: bytes, held: Mapping[str, str] | None) -> Receipt | None:
        """The next one, ``None`` where it cannot be read; ``held`` as the ``sig_hashes`` of :func:`verify_history`."""
        self.tree.append(receipts_format.leaf(raw))
        try:
            receipt = receipts_format.decode(raw)
        except ReceiptError as error:
            self._find(Kind.UNREADABLE, self._next, "", error.what)
            self._next += 1
            return None
        if receipt.seq != self._next:
            kind = Kind.MISSING if receipt.seq > self._next else Kind.REORDERED
            detail = f"receipt {receipt.seq} stands where {self._next} must be"
            self._find(kind, min(self._next, receipt.seq), receipt.event_id, detail)
        self._next = max(self._next, receipt.seq + 1)
        if held is not None:
            self._compare(receipt, held.get(receipt.event_id))
        return receipt

    def _compare(self, receipt: Receipt, held: str | None) -> None:
        if held is None:
            detail = "the hub has a receipt of an event that is not held"
            self._find(Kind.MISSING, receipt.seq, receipt.event_id, detail)
        elif held != receipt.sig_hash:
            detail = "the event is held with another signature than the hub received"
            self._find(Kind.ALTERED, receipt.seq, receipt.event_id, detail)

    def _find(self, kind: Kind, seq: int, event_id: str, detail: str) -> None:
        self.found.append(Finding(kind, *self._lane, seq, event_id, detail))


def _longest_rising(numbers: list[int]) -> set[int]:
    """Indexes of a longest sub-sequence that never falls: the fewest others are those out of place."""
    if all(a <= b for a, b in pairwise(numbers)):
        return set(range(len(numbers)))
    tails: list[int] = []
    tail_indexes: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        place = bisect_right(tails, number)
        before.append(tail_indexes[place - 1] if place else -1)
        tails[place : place + 1] = [number]
        tail_indexes[place : place + 1] = [index]
    kept: set[int] = set()
    index = tail_indexes[-1]
    while index >= 0:
        kept.add(index)
        index = before[index]
    return kept

"""Verification of what a profile holds: where the record is not the one its authors signed, and what that means."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.adoption import ADOPTED, adopts
from ircockpit.core.errors import BadInput, TrustError
from ircockpit.features.record.receipts import Reading, read, seen_in
from ircockpit.features.record.straight import Straight
from ircockpit.ledger.envelope import Envelope, EnvelopeError
from ircockpit.ledger.merkle import EMPTY_ROOT
from ircockpit.ledger.parts import decision
from ircockpit.ledger.revocation import Cuts
from ircockpit.ledger.stream import LANE_OPENED, read_opening
from ircockpit.ledger.verify import Finding, Kind, Prefix, verify_lanes
from ircockpit.store import history, outbox
from ircockpit.sync.revoked import revocations

if TYPE_CHECKING:
    from ircockpit.ledger.certificate import Certificate
    from ircockpit.ledger.checkpoint import Checkpoint
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.store.log import Log, Row
    from ircockpit.store.profile import Identity


class Late(NamedTuple):
    """What revoked devices wrote after the end of their lanes; nothing was tampered with there."""

    events: int = 0
    """That do not count."""
    refused: int = 0
    """Of these, those that are kept out of every picture here."""
    adopted: int = 0
    """Beside these, those that a lead has let count."""


class Checked(NamedTuple):
    """One stream, verified."""

    stream: str
    events: int
    lanes: int
    anchored: int
    """Events that a hub's checkpoint covers, 0 where none is held."""
    findings: tuple[Finding, ...]
    late: Late = Late()


class Verifier:
    """Verifies the streams of one log with the roots and keys that a profile trusts."""

    def __init__(
        self,
        log: "Log",
        identity: "Identity",
        *,
        heads_only: bool = False,
        heard: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self._certificates = trusted_certificates(log, identity)
        self._hub_log_key = identity.hub_log_key
        self._heads_only = heads_only
        self._heard = heard
        self._cuts = Cuts(revocations(log, identity.authority_stream))

    def stream(self, stream: str) -> Checked:
        """Check every event, receipt and kept checkpoint of a stream."""
        told = _History(self._log, stream, self._hub_log_key)
        prefixes = told.prefixes()
        straight = Straight(
            self._log, stream, self._certificates, prefixes, self._cuts,
            heads_only=self._heads_only,
        )  # fmt: skip
        if (passed := straight.passed(self._heard)) is not None:
            found = told.findings(prefixes)
            return Checked(stream, passed.events, passed.lanes, told.anchored, tuple(found))
        walk = _Walk(self._log, stream)
        findings = verify_lanes(
            walk.events(),
            self._certificates,
            heads_only=self._heads_only,
            prefix=lambda _, seen: prefixes.get((seen.gen, seen.seq)),
            cuts=self._cuts,
        )
        located = walk.located(findings)
        # That a lane was opened says nothing to people, and counts for nothing either way.
        late = [each.event_id for each in located if each.kind is Kind.REVOKED and each.n != 1]
        found = [each for each in located if each.kind is not Kind.REVOKED]
        found += [*walk.unheld(), *told.findings(prefixes)]
        return Checked(stream, walk.count, len(walk.lanes), told.anchored, tuple(found), walk.late(late))


def trusted_certificates(log: "Log", identity: "Identity") -> "dict[str, Certificate]":
    """Certificates the organisation vouches for, and those of the profile's own root before it joined.

    A colleague's lane from before they joined stands under a certificate of their own making; it holds
    because the organisation has certified the same key of the same device since.
    """
    from ircockpit.ledger.roster import Roster

    held = log.certificates()
    found: dict[str, Certificate] = {}
    for root in {identity.own_root, identity.org_root} - {""}:
        found |= Roster(bytes.fromhex(root), held).vouched()
    return found


def in_all(checked: list[Checked]) -> Late:
    """What revoked devices wrote after their end in all these streams together."""
    return Late(*(sum(each) for each in zip(*(one.late for one in checked), strict=True)))


def gone(log: "Log") -> list[Finding]:
    """Arrival numbers that are missing: rows that were taken out of the log, whatever they were."""
    missing = log.gaps()
    return [
        Finding(
            Kind.MISSING, "", "", "", 0, "", f"the log numbers events as they arrive, and {which} not there"
        )
        for which in [_spoken_range(first, last) for first, last in missing]
    ]


def cut_off(log: "Log", device: str, epoch: str, noted: int) -> list[Finding]:
    """Whether this device noted, beside the log, more events of its own than the log holds."""
    held = log.own_count(device, epoch) if epoch else 0
    if held >= noted:
        return []
    detail = f"this device noted {noted} events of its own in this epoch, the log holds {held}"
    # Counted over all records: which of them lacks its end cannot be told, so no place is named.
    return [Finding(Kind.MISSING, "", device, epoch, 0, "", detail)]


class _Walk:
    """One pass over a stream's rows: hands the events on, and keeps what the rows themselves say."""

    def __init__(self, log: "Log", stream: str) -> None:
        self._log = log
        self._stream = stream
        self.count = 0
        self.lanes: dict[tuple[str, str], int] = {}
        """Highest place in each lane, by the log's columns."""
        self._held: set[str] = set()
        self._broken: list[Finding] = []
        """Rows whose bytes are not those that were stored; they are not handed on."""
        self._moved: dict[str, Row] = {}
        """Rows whose columns say another place than their bytes, by event id."""
        self._referred: dict[str, tuple[Envelope, str]] = {}
        self._adopting: dict[str, SignedEvent] = {}
        """Events that adopt another one, by their ids."""

    def events(self) -> "Iterator[SignedEvent]":
        """The events as stored, in the order of the log's columns."""
        for row in self._log.rows(self._stream):
            self.count += 1
            lane = (row.device, row.epoch)
            self.lanes[lane] = max(self.lanes.get(lane, 0), row.n)
            self._held.add(row.ident)
            try:
                envelope = row.event.envelope
            except EnvelopeError as error:
                self._broken.append(self._at(row, Kind.UNREADABLE, f"its bytes are no event: {error.what}"))
                continue
            if row.event.id != row.ident:
                detail = "its bytes are not those that were stored: their hash is another than its id"
                self._broken.append(self._at(row, Kind.ALTERED, detail))
                continue
            self._look(row, envelope)
            yield row.event

    def _at(self, row: "Row", kind: Kind, detail: str) -> Finding:
        return Finding(kind, self._stream, row.device, row.epoch, row.n, row.ident, detail)

    def _look(self, row: "Row", envelope: Envelope) -> None:
        if (envelope.stream, envelope.device, envelope.epoch, envelope.n) != (
            self._stream, row.device, row.epoch, row.n,
        ):  # fmt: skip
            self._moved[row.ident] = row
        for base in envelope.base:
            self._referred.setdefault(base, (envelope, row.ident))
        if envelope.type == ADOPTED:
            self._adopting[row.ident] = row.event
        if envelope.type == LANE_OPENED:
            try:
                opening = read_opening(row.event)
            except (BadInput, TrustError):
                return  # verify_lanes says so
            if opening is not None and opening.predecessor:
                self._referred.setdefault(opening.predecessor, (envelope, row.ident))

    def late(self, idents: list[str]) -> Late:
        """What became here of events that revoked devices wrote after their end."""
        if not idents:
            return Late()
        late, adopted = set(idents), set()
        for ident, event in self._adopting.items():
            stored = self._log.get(ident)
            if stored is not None and ident not in late:
                adopted.add(adopts(ADOPTED, stored.doubt, decision(event.parts)))
        standing = late - adopted
        return Late(len(standing), outbox.doubted_among(self._log, standing), len(late & adopted))

    def located(self, findings: list[Finding]) -> list[Finding]:
        """All findings about events, at the place the log's columns give where the bytes say none or another."""
        kept = list(self._broken)
        told = set()
        for each in findings:
            row = self._moved.get(each.event_id)
            told.add(each.event_id)
            kept.append(self._at(row, each.kind, each.detail) if row and each.kind is Kind.ALTERED else each)
        for ident, row in self._moved.items():
            if ident not in told:
                stated = row.event.envelope
                place = f"{stated.device[:8]} {stated.epoch} event {stated.n}"
                kept.append(self._at(row, Kind.REORDERED, f"its author signed it as {place}"))
        present = {(each.device, each.epoch, each.n) for each in kept if each.kind is not Kind.MISSING}
        return [each for each in kept if each.kind is not Kind.MISSING or not self._is_there(each, present)]

    def _is_there(self, missing: Finding, present: set[tuple[str, str, int]]) -> bool:
        """Whether what seems missing stands there broken, or only a changed number pretends that it was there."""
        lane = (missing.device, missing.epoch)
        return (*lane, missing.n) in present or missing.n > self.lanes.get(lane, missing.n)

    def unheld(self) -> list[Finding]:
        """Events that others name and that are not in the log."""
        wanted = [ident for ident in self._referred if ident not in self._held]
        held = self._log.lams(wanted)
        found = []
        for ident in wanted:
            if ident not in held:
                envelope, by = self._referred[ident]
                detail = f"event {envelope.n} of this lane ({by[:12]}) refers to it, and it is not held"
                found.append(
                    Finding(Kind.MISSING, self._stream, envelope.device, envelope.epoch, 0, ident, detail)
                )
        return found


class _History:
    """The hub's history of a stream in all its generations: receipts, and the checkpoints that sign them."""

    def __init__(self, log: "Log", stream: str, hub_log_key: str) -> None:
        self._log = log
        self._stream = stream
        reach = log.reach(stream)
        self._present = reach.gen if reach else 0
        self._found: list[Finding] = []
        held = [text for _, _, text in (log.checkpoints(stream) if reach and hub_log_key else [])]
        self._checkpoints = [each for text in held if (each := self._read(text, hub_log_key)) is not None]
        self._readings: dict[int, Reading] = {}
        self.anchored = 0

    def _newest(self, gen: int) -> "Checkpoint | None":
        of = [each for each in self._checkpoints if each.of.gen == gen]
        return max(of, key=lambda each: each.size, default=None)

    def _read(self, text: str, hub_log_key: str) -> "Checkpoint | None":
        from ircockpit.ledger.checkpoint import parse_and_verify

        try:
            found = parse_and_verify(text, bytes.fromhex(hub_log_key))
            if found.of.stream == self._stream:
                return found
            what = "a checkpoint kept for this record speaks of another one"
        except (BadInput, TrustError) as error:
            what = error.what
        self._found.append(Finding(Kind.HISTORY, self._stream, "", "", 0, "", what))
        return None

    def prefixes(self) -> dict[tuple[int, int], Prefix]:
        """The prefixes that authors in this stream say to have seen, by generation and size, as receipts give them."""
        if not history.generations(self._log, self._stream):
            return {}  # reading a long record once more to find nothing takes as long as verifying it
        wanted = {(each.of.gen, each.size) for each in self._checkpoints} | seen_in(self._log, self._stream)
        newest = self._newest(self._present)
        for gen in {gen for gen, _ in wanted}:
            sizes = {size for of, size in wanted if of == gen}
            covered = newest.size if newest is not None and gen == self._present else 0
            self._readings[gen] = read(self._log, self._stream, gen, sizes, covered)
        if newest is not None and newest.size <= self._readings[self._present].size:
            self.anchored = newest.size
        return {
            (gen, size): prefix
            for gen, reading in self._readings.items()
            for size, prefix in reading.prefixes.items()
        }

    def findings(self, prefixes: dict[tuple[int, int], Prefix]) -> list[Finding]:
        """What is wrong with receipts and checkpoints: the newest is held against all, all others must agree."""
        found = list(self._found)
        newest = self._newest(self._present)
        if newest is not None and (held := prefixes.get((self._present, newest.size))) is not None:
            rivals = [each for each in self._checkpoints if each[:2] == newest[:2]]
            newest = next((each for each in rivals if each.root == held.root), newest)
        if newest is not None and newest.size <= self._readings[self._present].size:
            found += self._readings[self._present].found
            if newest.root != (held.root if held is not None else EMPTY_ROOT.hex()):
                detail = f"{newest.size} receipts do not make the history of {newest.size} that was signed"
                found.append(Finding(Kind.HISTORY, self._stream, "", "", 0, "", detail))
        for each in self._checkpoints:
            prefix = prefixes.get((each.of.gen, each.size))
            if each is newest and prefix is not None:
                continue
            if each.size and prefix is None:
                found.append(self._cut_short(each))
            elif prefix is not None and prefix.root != each.root:
                detail = f"the hub signed another history of {each.size} events before than the one held"
                found.append(Finding(Kind.HISTORY, self._stream, "", "", each.size, "", detail))
        return found

    def _cut_short(self, signed: "Checkpoint") -> Finding:
        held = self._readings[signed.of.gen].size
        detail = f"{held} receipts are held of the {signed.size} that the hub signed"
        if signed.of.gen != self._present:
            detail += f" in generation {signed.of.gen}"
        return Finding(Kind.MISSING, self._stream, "", "", signed.size, "", detail)


def _spoken_range(first: int, last: int) -> str:
    return f"number {first} is" if first == last else f"numbers {first} to {last} are"

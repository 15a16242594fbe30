"""What the records in a bundle are worth: every hash and signature, the tree, and who wrote what."""

import base64
import binascii
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ircockpit.bundle import layout
from ircockpit.bundle.layout import COMPLETE
from ircockpit.bundle.reading import Bundle, Damage
from ircockpit.bundle.statement import DEVICE, UNKNOWN, Carried
from ircockpit.core.errors import BadInput, CockpitError, TrustError
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.authority import writing_keys
from ircockpit.ledger.checkpoint import Checkpoint, parse_and_verify
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import SignedEvent, from_wire, signature_holds
from ircockpit.ledger.merkle import Frontier, root_from_inclusion
from ircockpit.ledger.parts import check_parts, read_part
from ircockpit.ledger.roster import Roster
from ircockpit.ledger.stream import AUTHORITY, STREAM_OPENED, read_genesis
from ircockpit.ledger.verify import Kind, verify_lanes

HARMLESS = (Kind.FORK, Kind.LAMPORT, Kind.HISTORY, Kind.CERTIFICATE, Kind.REORDERED)
"""Findings that a pull takes over as well: kept, shown, and not counted where they must not count.

In which order a device got the events of a lane is no word of their author; under a hub's receipts every place is fixed.
"""
MOST = 20
"""Damages of one record that are told; a bundle with one is refused."""


@dataclass
class Examined:
    """One stream of a bundle."""

    stream: str
    rows: int = 0
    anchored: int = 0
    """How many of them a checkpoint covers that holds."""
    new: int = 0
    devices: "Counter[str]" = field(default_factory=Counter)
    """Events by the device that wrote them."""
    unknown: set[str] = field(default_factory=set)
    """Devices among them that nobody known has certified."""
    missing: list[str] = field(default_factory=list)
    """Sentences about events that others refer to and that are not there."""
    checkpoints: list[Checkpoint] = field(default_factory=list)
    """Those of the hub that hold, of whatever generation, newest first."""
    damages: list[Damage] = field(default_factory=list)


class Examiner:
    """Goes through the streams of one bundle with the certificates and keys that are trusted here."""

    def __init__(
        self, bundle: Bundle, roster: Roster, hub_keys: list[bytes], maker: bytes, is_held: Callable[[str], bool],
        heard: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        self._bundle = bundle
        self._roster = roster
        self._hub_keys = hub_keys
        self._maker = maker
        self._is_held = is_held
        self._heard = heard

    def stream(self, carried: Carried) -> Examined:
        """Everything about one stream; what is wrong stands in ``damages``."""
        found = Examined(carried.stream)
        self._read_checkpoints(carried, found)
        walk = _Walk(self._bundle, carried, found, self._is_held, self._heard)
        if self._bundle.statement.shape == COMPLETE:
            self._whole(walk, carried, found)
        else:
            self._chosen(walk, carried, found)
        if (found.rows, walk.receipts) != (carried.rows, carried.receipts):
            what = f"{found.rows} entries under {walk.receipts} receipts; stated are {carried.rows} under {carried.receipts}"
            found.damages.append(Damage(walk.file, what))
        found.unknown = {each for each in found.devices if not self._keys(carried, each)}
        del found.damages[MOST:]
        return found

    def _read_checkpoints(self, carried: Carried, found: Examined) -> None:
        path = layout.checkpoints_of(carried.stream)
        keys = [self._maker] if carried.anchor == DEVICE else self._hub_keys
        for number, text in enumerate(self._bundle.checkpoints(carried.stream), 1):
            stated = _stated(text, keys)
            if stated is None or stated.of.stream != carried.stream:
                what = "it is not signed by anybody who may, or of another record"
                found.damages.append(Damage(f"{path}, checkpoint {number}", what))
            else:
                found.checkpoints.append(stated)

    def _whole(self, walk: "_Walk", carried: Carried, found: Examined) -> None:
        sizes = {each.size: each for each in reversed(found.checkpoints) if each.of.gen == carried.gen}
        walk.watch(sizes)
        findings = verify_lanes(walk.events(), self._roster.vouched())
        for each in findings:
            if each.kind is Kind.MISSING:
                found.missing.append(f"{each.detail} (device {each.device[:8]})")
            elif each.kind not in HARMLESS:
                place = f"{walk.file}, event {each.n} of device {each.device[:8]} ({each.event_id[:12]})"
                found.damages.append(Damage(place, each.detail))
        for head in carried.heads:
            if head.event not in walk.lines:
                what = f"the lane of device {head.device[:8]} must reach event {head.n}; its end was cut off"
                found.damages.append(Damage(walk.file, what))
        found.anchored = walk.anchored
        if walk.receipts > walk.anchored:
            what = f"receipts {walk.anchored + 1} to {walk.receipts} are not those that a checkpoint signs"
            found.damages.append(Damage(walk.file, what))

    def _keys(self, carried: Carried, device: str) -> tuple[bytes, ...]:
        return writing_keys(self._roster, device, in_authority=carried.kind == AUTHORITY)

    def _chosen(self, walk: "_Walk", carried: Carried, found: Examined) -> None:
        newest = max(found.checkpoints, key=lambda each: each.size, default=None)
        for event, row in walk.alone():
            try:
                envelope = event.envelope
                check_parts(event.parts, envelope.body)
                keys = self._keys(carried, envelope.device)
                if keys and not any(signature_holds(event, key) for key in keys):
                    raise TrustError("its signature does not hold")
                if row["r"] is not None:
                    _check_proof(row, newest)
                    found.anchored += 1
            except (CockpitError, KeyError, TypeError) as error:
                what = error.what if isinstance(error, CockpitError) else "it has no proof"
                found.damages.append(Damage(f"{walk.file}, line {walk.lines[event.id]}", what))


class _Walk:
    """One pass over the rows: events handed on, receipts put into the tree."""

    def __init__(
        self, bundle: Bundle, carried: Carried, found: Examined, is_held: Callable[[str], bool], heard: Callable[[], None]
    ) -> None:  # fmt: skip
        self.file = layout.events_of(carried.stream)
        self.receipts = 0
        self.anchored = 0
        self.lines: dict[str, int] = {}
        self._bundle = bundle
        self._stream = carried.stream
        self._kind = carried.kind
        self._found = found
        self._is_held = is_held
        self._heard = heard
        self._tree = Frontier()
        self._sizes: Mapping[int, Checkpoint] = {}

    def watch(self, sizes: Mapping[int, Checkpoint]) -> None:
        """Compare the tree at these sizes."""
        self._sizes = sizes

    def events(self) -> Iterator[SignedEvent]:
        """The events of a complete bundle; those that cannot be read are told and left out."""
        for event, row in self._read({"r", "e", "s", "p"}):
            if row["r"] is not None and not self._receipt(str(row["r"]).encode("utf-8", "replace"), event):
                self._tell("its receipt is of another event, signature or place")
            yield event

    def alone(self) -> Iterator[tuple[SignedEvent, Mapping[str, Any]]]:
        """The events of an extract, each with its row."""
        for event, row in self._read({"r", "e", "s", "p", "i"}):
            self.receipts += row["r"] is not None
            yield event, row

    def _read(self, keys: set[str]) -> Iterator[tuple[SignedEvent, Mapping[str, Any]]]:
        from ircockpit.core.jsontext import strict_loads

        for number, raw in self._bundle.lines(self.file):
            self._heard()
            self._found.rows = number
            try:
                row = strict_loads(raw)
                if type(row) is not dict or row.keys() != keys or not isinstance(row["r"], str | None):
                    raise BadInput("it is no entry")
                event = from_wire({key: row[key] for key in ("e", "s", "p")})
                envelope, ident = event.envelope, event.id
                if envelope.stream != self._stream:
                    raise BadInput("it is of another record")
                for part in event.parts:
                    read_part(part)
                self._check_kind(event, envelope)
            except CockpitError as error:
                self._tell(error.what)
                continue
            if ident in self.lines:
                self._tell(f"the same entry stands on line {self.lines[ident]}")
                continue
            self.lines[ident] = number
            self._found.devices[envelope.device] += 1
            self._found.new += not self._is_held(ident)
            yield event, row

    def _check_kind(self, event: SignedEvent, envelope: Envelope) -> None:
        """Who may write in a record follows from its kind, so what the maker states is held against the genesis."""
        genesis = read_genesis(event) if envelope.type == STREAM_OPENED else None
        if genesis is not None and self._kind not in (genesis.kind, UNKNOWN):
            raise BadInput(f"it opens a record of the kind {genesis.kind}, and {self._kind} is stated")

    def _receipt(self, raw: bytes, event: SignedEvent) -> bool:
        self.receipts += 1
        try:
            stated = receipts.decode(raw)
        except BadInput:
            return False
        self._tree.append(receipts.leaf(raw))
        point = self._sizes.get(self._tree.size)
        if point is not None and point.root == self._tree.root().hex():
            self.anchored = self._tree.size
        return stated == stated._replace(
            seq=self._tree.size, event_id=event.id, sig_hash=receipts.sig_hash(event.sig)
        )

    def _tell(self, what: str) -> None:
        if len(self._found.damages) < MOST:
            self._found.damages.append(Damage(f"{self.file}, line {self._found.rows}", what))


def _stated(text: str, keys: list[bytes]) -> Checkpoint | None:
    for key in keys:
        try:
            return parse_and_verify(text, key)
        except CockpitError:
            continue
    return None


def _check_proof(row: Mapping[str, Any], newest: Checkpoint | None) -> None:
    raw = str(row["r"]).encode("utf-8", "replace")
    stated = receipts.decode(raw)
    event = from_wire({key: row[key] for key in ("e", "s", "p")})
    if (stated.event_id, stated.sig_hash) != (event.id, receipts.sig_hash(event.sig)):
        raise TrustError("its receipt is of another event or signature")
    try:
        proof = [base64.b64decode(each, validate=True) for each in row["i"]]
    except (ValueError, binascii.Error):
        raise BadInput("its proof cannot be read") from None
    root = newest and root_from_inclusion(stated.seq - 1, newest.size, receipts.leaf(raw), proof[:64]).hex()
    if newest is None or root != newest.root:
        raise TrustError("its proof does not lead to the checkpoint")

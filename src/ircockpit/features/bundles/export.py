"""Writing bundles: the rows of the chosen streams, certificates, evidence files, and the statement about them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.blobs.files import READ_SIZE, FileBlobs, Gate, let_out
from ircockpit.bundle import layout, sshsig, wording
from ircockpit.bundle.layout import COMPLETE
from ircockpit.bundle.statement import Carried, Head, LeftOut, Maker, Statement
from ircockpit.bundle.statement import write as write_statement
from ircockpit.bundle.writing import BagWriter, check_free
from ircockpit.core.errors import CockpitError, RefusedError, StoreError
from ircockpit.core.ids import random_uuid
from ircockpit.core.jsontext import canonical
from ircockpit.core.occurred import from_wall
from ircockpit.core.scopes import TEAM, may_read
from ircockpit.features.bundles.named import named_files
from ircockpit.features.bundles.sources import Source
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.base64text import to_base64
from ircockpit.ledger.envelope import Envelope
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.joining import certificate_to_wire
from ircockpit.ledger.merkle import inclusion_proofs
from ircockpit.ledger.parts import drop
from ircockpit.ledger.revocation import DEVICE_REVOKED
from ircockpit.ledger.stream import AUTHORITY, STREAM_OPENED
from ircockpit.ledger.withdrawal import Withdrawal
from ircockpit.store import erasing
from ircockpit.store.carrying import Held

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey
    from ircockpit.store.log import Log
    from ircockpit.store.profile import Identity

PER_FILE = 300
"""Bytes a file costs in a bag besides its own."""
FOR_TAGS = 256 * 1024


class Wish(NamedTuple):
    """What was asked for."""

    sources: tuple[Source, ...]
    shape: str
    since_us: int = 0
    """Of an extract: only entries written since, by their authors' clocks."""
    entries: tuple[str, ...] = ()
    """Of an extract: only these events."""
    files: bool = True
    restricted: bool = False
    max_bytes: int = 0
    streams_left_out: int = 0


class Written(NamedTuple):
    """One bag."""

    place: Path
    statement: Statement


class _Stream(NamedTuple):
    carried: Carried
    files: dict[str, bool]
    """Evidence files that the rows name, by hash, and whether they may go with them."""
    restricted_parts: int


class Exporter:
    """Writes the bags of one export from one log, within one read transaction of it."""

    def __init__(
        self,
        log: "Log",
        identity: "Identity",
        key: "SigningKey",
        blobs: FileBlobs,
        gate: Gate,
        wish: Wish,
        made_us: int,
        offset: int,
    ) -> None:
        self._log = log
        self._identity = identity
        self._key = key
        self._blobs = blobs
        self._gate = gate
        self._wish = wish
        self._made = from_wall(made_us, offset)
        self._id = random_uuid()
        self.held_back: tuple[str, ...] = ()
        """Hashes of files that are here, were wanted, and must not be copied."""
        self.reached: Callable[[int], None] = lambda _: None
        """Called with the number of rows and files written."""
        self._steps = 0

    def write(self, place: Path, *, again: bool = False) -> list[Written]:
        """The bag, or the bags ``<place>-1``, ``<place>-2`` … of a size asked for."""
        if not self._wish.max_bytes:
            with BagWriter(place, again=again) as bag:
                return [self._bag(bag, place, 1, 1, None)]
        places = [place.with_name(f"{place.name}-1")]
        with BagWriter(places[0], again=again) as bag:
            streams = self._events(bag)
            shares = self._shares(streams, bag.octets)
            places += [place.with_name(f"{place.name}-{number}") for number in range(2, len(shares) + 1)]
            for each in places[1:]:
                check_free(each, again=again)
            done = [self._finish(bag, places[0], streams, shares[0], 1, len(shares))]
        for number, share in enumerate(shares[1:], 2):
            with BagWriter(places[number - 1], again=again) as bag:
                done.append(self._bag(bag, places[number - 1], number, len(shares), share))
        return done

    def _bag(self, bag: BagWriter, place: Path, number: int, of: int, share: list[str] | None) -> Written:
        streams = self._events(bag)
        return self._finish(bag, place, streams, share, number, of)

    def _events(self, bag: BagWriter) -> list[_Stream]:
        certificates = [canonical(certificate_to_wire(each)) + b"\n" for each in self._log.certificates()]
        bag.add(layout.CERTIFICATES, certificates)
        return [self._stream(bag, each) for each in self._wish.sources]

    def _stream(self, bag: BagWriter, source: Source) -> _Stream:
        writer = _Rows(source, self._wish, erasing.withdrawal(self._log, source.stream), self._step)
        rows = writer.complete if self._wish.shape == COMPLETE else writer.extract
        bag.add(layout.events_of(source.stream), rows(self._log))
        bag.add(layout.checkpoints_of(source.stream), ("\n".join(source.checkpoints).encode(),))
        return writer.done()

    def _wanted(self, streams: list[_Stream]) -> tuple[list[str], int, int, int]:
        """Files to write, and how many are restricted, not held, and not wanted."""
        files: dict[str, bool] = {}
        for each in streams:
            for sha256, may_go in each.files.items():
                files[sha256] = files.get(sha256, True) and may_go
        open_ = [sha for sha, may_go in files.items() if may_go]
        held = [sha for sha in open_ if self._has(sha)]
        if not self._wish.files:
            return [], len(files) - len(open_), len(open_) - len(held), len(held)
        free = [sha for sha in held if let_out(self._gate, sha)]
        self.held_back = tuple(sorted({*held} - {*free}))
        return sorted(free), len(files) - len(open_), len(open_) - len(held), 0

    def _has(self, sha256: str) -> bool:
        try:
            return self._blobs.has(sha256)
        except CockpitError:
            return False

    def _shares(self, streams: list[_Stream], octets: int) -> list[list[str]]:
        """Which files go on which stick: the largest first, each on the first stick with room for it."""
        room = self._wish.max_bytes - octets - FOR_TAGS
        if room < 0:
            raise RefusedError(
                f"the entries alone take {octets + FOR_TAGS:,} bytes, more than --max-size allows",
                safe="nothing was written", fix="allow more, or name fewer incidents",
            )  # fmt: skip
        sizes = {sha: self._blobs.path(sha).stat().st_size + PER_FILE for sha in self._wanted(streams)[0]}
        if (largest := max(sizes, key=lambda sha: sizes[sha], default="")) and sizes[largest] > room:
            least = -(-(octets + FOR_TAGS + sizes[largest]) // 1_000_000)
            raise RefusedError(
                f"the evidence file {largest[:12]} has {sizes[largest] - PER_FILE:,} bytes; beside the entries,"
                f" --max-size leaves {max(room, 0):,}",
                safe="nothing was written",
                fix=f"--max-size {least}M or more takes it; or carry the entries --without-files, and that file by itself",
            )
        shares: list[tuple[int, list[str]]] = [(room, [])]
        for sha, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
            place = next((at for at, (left, _) in enumerate(shares) if left >= size), len(shares))
            if place == len(shares):
                shares.append((room, []))
            left, listed = shares[place]
            shares[place] = (left - size, [*listed, sha])
        return [listed for _, listed in shares]

    def _finish(
        self,
        bag: BagWriter,
        place: Path,
        streams: list[_Stream],
        share: list[str] | None,
        number: int,
        of: int,
    ) -> Written:
        wanted, restricted, absent, unwanted = self._wanted(streams)
        here = wanted if share is None else share
        for sha256 in here:
            bag.add(layout.blob_of(sha256), self._file(sha256))
            self._step()
        me = self._identity
        statement = Statement(
            id=self._id, number=number, of=of, shape=self._wish.shape, made=self._made,
            made_by=Maker(me.name, me.user, me.device, me.certificate), org=me.org, root=me.root.hex(),
            streams=tuple(each.carried for each in streams), files=len(here),
            left_out=LeftOut(
                sum(each.restricted_parts for each in streams), restricted, absent, len(wanted) - len(here), unwanted,
                self._wish.streams_left_out,
            ),
            says=(),
        )  # fmt: skip
        statement = statement._replace(says=(*wording.says(statement), *self._said_of_held()))
        bag.add(layout.STATEMENT, (write_statement(statement),))
        bag.seal(wording.info(statement), self._tags(statement), self._key)
        return Written(place, statement)

    def _said_of_held(self) -> tuple[str, ...]:
        number = len(self.held_back)
        return (
            (f"Held back: {wording.counted(number, 'evidence file')} that must not be copied.",)
            if number
            else ()
        )

    def _tags(self, statement: Statement) -> Mapping[str, bytes]:
        verifier = Path(layout.__file__).with_name(layout.VERIFIER).read_bytes()
        anchors = {each.stream: each.signer for each in self._wish.sources if each.signer}
        signer = f'{wording.principal(statement)} namespaces="{layout.NAME}" {sshsig.public_line(self._key.public)}\n'
        return {
            layout.SIGNERS: signer.encode("ascii"),
            layout.VERIFIER: verifier,
            layout.INSTRUCTIONS: wording.instructions(
                statement, anchors, hashlib.sha256(verifier).hexdigest()
            ).encode(),
        }

    def _file(self, sha256: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        with self._blobs.open(sha256, self._gate) as source:
            while chunk := source.read(READ_SIZE):
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != sha256:
            raise StoreError(
                f"the evidence file {sha256[:12]} is damaged here: its bytes hash to {digest.hexdigest()[:12]}",
                safe="the bundle was not finished; the record names the right hash",
                fix="check this disk, fetch the file from who holds it whole, or leave files out: --without-files",
            )

    def _step(self) -> None:
        self._steps += 1
        self.reached(self._steps)


class _Rows:
    """The lines of one stream's file, and what was counted on the way."""

    def __init__(self, source: Source, wish: Wish, withdrawal: Withdrawal, step: Callable[[], None]) -> None:
        self._source = source
        self._wish = wish
        self._step = step
        self._withdrawal = withdrawal
        self._heads: dict[tuple[str, str], Head] = {}
        self._files: dict[str, bool] = {}
        self._rows = self._receipts = self._emptied = self._restricted_parts = 0

    def complete(self, log: "Log") -> Iterator[bytes]:
        """Every event held."""
        for held in self._source.rows(log):
            envelope = held.event.envelope
            lane = (envelope.device, envelope.epoch)
            if lane not in self._heads or self._heads[lane].n < envelope.n:
                self._heads[lane] = Head(*lane, envelope.n, held.event.id)
            yield self._line(held, {})

    def extract(self, log: "Log") -> Iterator[bytes]:
        """The chosen events, each with its proof against the newest checkpoint."""
        leaves: list[bytes] = []
        chosen: list[int] = []
        for held in self._source.rows(log):
            if held.receipt is not None:
                leaves.append(receipts.leaf(held.receipt))
                if self._is_chosen(held):
                    chosen.append(len(leaves) - 1)
        proofs = dict(zip(chosen, inclusion_proofs(leaves, chosen), strict=True))
        for index, held in enumerate(self._source.rows(log)):
            if index in proofs or (held.receipt is None and self._is_chosen(held)):
                proof = [to_base64(each) for each in proofs[index]] if index in proofs else None
                yield self._line(held, {"i": proof})

    def _is_chosen(self, held: Held) -> bool:
        envelope = held.event.envelope
        if (
            self._source.kind == AUTHORITY
        ):  # nothing else of it: an extract shows no names that were not chosen
            return envelope.type in (STREAM_OPENED, DEVICE_REVOKED) or held.event.id in self._wish.entries
        if self._wish.entries:
            return held.event.id in self._wish.entries
        return envelope.type == STREAM_OPENED or envelope.wall >= self._wish.since_us

    def _line(self, held: Held, more: Mapping[str, Any]) -> bytes:
        envelope, event = held.event.envelope, held.event
        parts = tuple(
            part if self._may_go(event.id, envelope, index) else drop(part)
            for index, part in enumerate(event.parts)
        )
        self._rows += 1
        self._receipts += held.receipt is not None
        self._emptied += sum(part.data is None for part in parts)
        self._restricted_parts += sum(
            a is not b and a.data is not None for a, b in zip(event.parts, parts, strict=True)
        )
        shown = named_files(envelope.type, event._replace(parts=parts))
        for sha256 in named_files(envelope.type, event):
            self._files[sha256] = self._files.get(sha256, True) and sha256 in shown
        self._step()
        receipt = None if held.receipt is None else held.receipt.decode("utf-8")
        return canonical({"r": receipt, **to_wire(event._replace(parts=parts)), **more}) + b"\n"

    def _may_go(self, ident: str, envelope: Envelope, index: int) -> bool:
        """Whether a part is for everybody in the team: whoever finds a stick is asked for no role."""
        scope = self._withdrawal.scope(ident, envelope.type, envelope.scope, index)
        return self._wish.restricted or may_read(TEAM, scope)

    def done(self) -> _Stream:
        """What was written."""
        source = self._source
        carried = Carried(
            source.stream, source.kind, self._rows, self._receipts, source.gen, source.anchor, self._emptied,
            tuple(self._heads[lane] for lane in sorted(self._heads)),
        )  # fmt: skip
        return _Stream(carried, self._files, self._restricted_parts)

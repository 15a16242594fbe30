"""What one stream gives to a bundle: its rows, who signed the tree over them, and the checkpoints that say so."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.bundle.statement import DEVICE, HUB, NONE
from ircockpit.core.errors import BadInput, CockpitError, NotFound, StoreError, TrustError
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.certificate import HUB_LOG
from ircockpit.ledger.checkpoint import Origin, make, parse_and_verify, read_origin
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.note import MAX_NOTE
from ircockpit.ledger.receipt import ACCEPTED, Receipt
from ircockpit.ledger.roster import Roster
from ircockpit.store import history
from ircockpit.store.carrying import Held, in_order_of_arrival, under_receipts

if TYPE_CHECKING:
    from ircockpit.ledger.signing import SigningKey
    from ircockpit.store.log import Log
    from ircockpit.store.profile import Identity


class Source(NamedTuple):
    """One stream, ready to be written."""

    stream: str
    kind: str
    gen: int
    anchor: str
    """Who signs the tree: statement.HUB, DEVICE or NONE."""
    size: int
    """How many rows that tree covers: the first ones."""
    whole: bool
    """Whether the rows behind it come too; not where an earlier state was asked for."""
    checkpoints: tuple[str, ...]
    """Newest first."""
    signer: bytes = b""
    """Public key that signed the newest one."""

    def rows(self, log: "Log") -> Iterator[Held]:
        """The rows in the order of the bundle; the same ones each time within one read transaction."""
        if self.anchor == DEVICE:
            own = in_order_of_arrival(log, self.stream, -1, 0)
            for seq, held in zip(range(1, self.size + 1), own, strict=False):
                yield Held(own_receipt(seq, held), held.event)
            return
        covered = 0
        for held in under_receipts(log, self.stream, self.gen, self.size):
            covered += 1
            yield held
        if covered != self.size:
            raise StoreError(
                f"the log lacks {self.size - covered} events that the hub has confirmed",
                safe="nothing was written", fix="run: ircockpit verify",
            )  # fmt: skip
        if self.whole:
            yield from in_order_of_arrival(log, self.stream, self.gen, self.size)


def own_receipt(seq: int, held: Held) -> bytes:
    """What this device states about an event in a tree of its own.

    Made of the event alone, so that a later tree extends an earlier one: the time is the one its author stated.
    """
    event = held.event
    stated = Receipt(seq, event.id, receipts.sig_hash(event.sig), ACCEPTED, event.envelope.wall)
    return receipts.encode(stated)


def hub_keys(log: "Log", identity: "Identity") -> list[bytes]:
    """Public keys whose checkpoints count as the hub's: the one joined, and those the root has certified."""
    found = [bytes.fromhex(identity.hub_log_key)] if identity.hub_log_key else []
    certified = Roster(identity.root, log.certificates()).certified.values()
    return found + [
        key for each in certified if each.purpose == HUB_LOG and (key := bytes.fromhex(each.key)) not in found
    ]


def source(
    log: "Log", identity: "Identity", stream: str, kind: str, key: "SigningKey", as_of: "AsOf | None" = None
) -> Source:
    """How a stream goes into a bundle.

    Under the hub's receipts as far as its newest checkpoint goes; where the hub has none of it, under a tree
    that this device signs. Raises :class:`NotFound` where the state asked for is not known here.
    """
    reach = log.reach(stream)
    if reach is None or not reach.seq:
        return _own(log, identity, stream, kind, key, as_of)
    trees = _trees(log, stream, reach.gen)
    keys = hub_keys(log, identity)
    newest, signer = 0, b""
    kept: list[str] = []
    for gen, size, text in log.checkpoints(stream):
        for key_, root in _verified(text, keys):
            if as_of is not None and size > as_of.size:
                continue
            kept.insert(0, text)
            if gen == reach.gen and trees.get(size) == root:
                newest, signer = size, key_
    if as_of is not None and (as_of.size != newest or (as_of.root and trees.get(newest) != as_of.root)):
        raise NotFound(
            f"no checkpoint of {as_of.size} entries of this record is held here that fits what is held",
            safe="nothing was written", fix="leave out --as-of, or sync first: ircockpit sync",
        )  # fmt: skip
    return Source(
        stream, kind, reach.gen, HUB if newest else NONE, newest, as_of is None, tuple(kept), signer
    )


def _own(
    log: "Log", identity: "Identity", stream: str, kind: str, key: "SigningKey", as_of: "AsOf | None"
) -> Source:
    size = log.count(stream)
    if as_of is not None and as_of.size > size:
        raise NotFound(f"this record has {size} entries, not {as_of.size}", safe="nothing was written")
    size = as_of.size if as_of else size
    draft = Source(stream, kind, 0, DEVICE, size, True, ())
    tree = Frontier()
    for held in draft.rows(log):
        if held.receipt is not None:
            tree.append(receipts.leaf(held.receipt))
    root = tree.root()
    if as_of and as_of.root and as_of.root != root.hex():
        raise TrustError(
            "the checkpoint given is not one of what this device holds", safe="nothing was written"
        )
    text = make(Origin(identity.org, stream, 0), tree.size, root, key)
    return draft._replace(checkpoints=(text,), signer=key.public)


def _trees(log: "Log", stream: str, gen: int) -> dict[int, str]:
    """Root of the held history at the size of every checkpoint kept."""
    wanted = {size for of, size, _ in log.checkpoints(stream) if of == gen}
    found, tree = {}, Frontier()
    for seq, _, raw in history.receipts(log, stream, gen):
        if seq != tree.size + 1:
            break
        tree.append(receipts.leaf(raw))
        if seq in wanted:
            found[seq] = tree.root().hex()
    return found


def _verified(text: str, keys: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """The key among these that signed a checkpoint, and the root it states; nothing where none did."""
    for key in keys:
        with suppress(CockpitError):
            yield key, parse_and_verify(text, key).root
            return


class AsOf(NamedTuple):
    """An earlier state of one record that was asked for."""

    stream: str
    """Empty where only the number of entries was given."""
    size: int
    root: str


def read_as_of(text: str, keys: list[bytes]) -> AsOf:
    """The state that a person names: a number of entries, or a file that holds a checkpoint.

    Raises :class:`BadInput` where it is neither, :class:`TrustError` where the checkpoint is not the hub's.
    """
    if text.isascii() and text.isdigit() and 0 < len(text) < 16:
        return AsOf("", int(text), "")
    try:
        with Path(text).open(encoding="utf-8") as file:
            note = file.read(MAX_NOTE + 1)
    except (OSError, ValueError):
        raise BadInput(
            "--as-of takes a number of entries, or a file that holds a checkpoint", safe="nothing was written",
            fix="bundles keep checkpoints in data/streams/…/checkpoints.txt",
        ) from None  # fmt: skip
    origin = read_origin(note.partition("\n")[0])
    for key in keys:
        try:
            stated = parse_and_verify(note, key)
        except TrustError:
            continue
        return AsOf(origin.stream, stated.size, stated.root)
    raise TrustError(
        "the checkpoint given is not signed by a hub of this organisation", safe="nothing was written"
    )

"""What a hub has signed, held against itself: two histories of one origin and size are proof, and are told."""

from collections.abc import Collection
from contextlib import suppress
from itertools import combinations
from typing import NamedTuple

from ircockpit.core.errors import BadInput, TrustError
from ircockpit.ledger.checkpoint import Checkpoint, Origin, parse_and_verify
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.receipt import leaf
from ircockpit.store import history, outbox
from ircockpit.store.log import Log, Reach
from ircockpit.store.logwriter import LogWriter
from ircockpit.sync import exhibits
from ircockpit.sync.alarms import Alarm, add_alarm, raise_alarm

KIND = "two-histories"


class Signed(NamedTuple):
    """A checkpoint whose signature holds, with its text."""

    stated: Checkpoint
    text: str


def read_signed(text: str, keys: Collection[bytes], org: str, stream: str) -> Signed:
    """A checkpoint of this organisation and stream by one of these keys; raises :class:`TrustError` where it is none."""
    stated = _verified(text, keys)
    if stated is None:
        raise TrustError(
            "a checkpoint is not one that the hub has signed", safe="nothing of it was taken over"
        )
    if stated.origin != Origin(org, stream, stated.of.gen).text:
        raise TrustError(
            "a checkpoint of the hub speaks of another record", safe="nothing of it was taken over"
        )
    return Signed(stated, text)


def begin_generation(log: Log, writer: LogWriter, stream: str, before: Reach, gen: int, shared: int) -> None:
    """Go on in a generation that shares so much with the history before; within a step under way."""
    writer.begin_generation(stream, gen, shared)
    if before.gen:
        exhibits.ask_again(log, writer)


def go_back(log: Log, writer: LogWriter, before: Reach, to: Reach, stream: str, now_us: int) -> None:
    """Un-confirm what lies behind the prefix that a later generation shares, and tell the person."""
    begin_generation(log, writer, stream, before, to.gen, to.seq)
    writer.set_reach(stream, to)
    if to.seq < before.seq:
        text = (
            f"the hub went back to an earlier state (from {before.seq} entries to {to.seq} of what was seen);"
            " it is given again what this device holds"
        )
        add_alarm(log, writer, Alarm("restored", stream, text, now_us))


def root_at(log: Log, stream: str, gen: int, size: int) -> str | None:
    """The root over the first ``size`` receipts of a generation, where all of them are held."""
    tree = Frontier()
    for _, _, raw in history.receipts(log, stream, gen, 0, size):
        tree.append(leaf(raw))
    return tree.root().hex() if tree.size == size else None


def hold_against(
    log: Log, signed: Signed, keys: Collection[bytes], now_us: int, own: str | None = None
) -> bool:
    """Hold a checkpoint against those of its size ever taken over, and against ``own``; ``False`` where they differ.

    ``own`` is the root over as many receipts held of its generation (:func:`root_at`). What contradicts is
    kept beside what it contradicts, and one alarm names both roots.
    """
    stated = signed.stated
    stream, gen = stated.of.stream, stated.of.gen
    others = {_root(text, keys) for text in outbox.kept_checkpoints(log, stream, gen, stated.size)} | {
        own or ""
    }
    others -= {stated.root, ""}
    if not others:
        return True
    with log.writing() as writer:
        writer.add_checkpoint(stream, gen, stated.size, signed.text)
    for other in sorted(others):
        tell(log, stream, gen, stated.size, {other, stated.root}, now_us)
    return False


def tell_kept(log: Log, keys: Collection[bytes], now_us: int) -> None:
    """Raise the alarms of proofs that are kept: whoever was ended between keeping one and telling it tells it now."""
    for stream, gen, size in outbox.contradicted(log):
        kept = outbox.kept_checkpoints(log, stream, gen, size)
        for pair in combinations(sorted({_root(text, keys) for text in kept} - {""}), 2):
            tell(log, stream, gen, size, set(pair), now_us)


def tell(log: Log, stream: str, gen: int, size: int, roots: set[str], now_us: int) -> None:
    """Raise the alarm that two histories were signed; one for each pair of roots, ever."""
    one, other = sorted(roots)
    text = (
        f"the hub has signed two histories of {size} events of one record in generation {gen}:"
        f" {one[:16]} and {other[:16]}; both checkpoints are kept"
    )
    raise_alarm(log, Alarm(KIND, stream, text, now_us), once=True)


def _root(text: str, keys: Collection[bytes]) -> str:
    stated = _verified(text, keys)
    return stated.root if stated is not None else ""  # another key's: verification says so


def _verified(text: str, keys: Collection[bytes]) -> Checkpoint | None:
    for key in keys:
        with suppress(BadInput, TrustError):
            return parse_and_verify(text, key)
    return None

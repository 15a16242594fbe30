"""A hub's history as it was kept, read once from its beginning: what its prefixes come to, and what is wrong in it."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.ledger.envelope import LEAP, EnvelopeError, decode
from ircockpit.ledger.receipt import sig_hash
from ircockpit.ledger.verify import Finding, Prefix, Receipts
from ircockpit.store import history
from ircockpit.store.sqlite import told

if TYPE_CHECKING:
    from ircockpit.store.log import Log

_SEEN = re.compile(rb'"seen":\{"gen":([0-9]{1,16}),"seq":([0-9]{1,16}),').search
_NOTHING_SEEN = b'"seen":null'


class Reading(NamedTuple):
    """One generation, as far as receipts of it are held."""

    size: int
    """How many receipts are held of it, those before it included."""
    prefixes: dict[int, Prefix]
    """Those of the sizes asked for."""
    found: list[Finding]
    """What is wrong with the receipts that the checkpoint covers."""


def read(log: "Log", stream: str, gen: int, wanted: Collection[int], covered: int) -> Reading:
    """Go through the receipts of a generation; the first ``covered`` are held against the events as well."""
    check, count, highest = Receipts(stream), 0, 0
    prefixes: dict[int, Prefix] = {}
    found: list[Finding] = []
    for event, raw, lam, sig in history.with_events(log, stream, gen):
        count += 1
        receipt = check.take(raw, {} if sig is None else {event: sig_hash(sig)})
        if receipt is not None and receipt.accepted and lam is not None and lam <= highest + LEAP:
            highest = max(highest, lam)
        if count == covered:
            found = list(check.found)
        if count in wanted:
            prefixes[count] = Prefix(highest, check.tree.root().hex())
    return Reading(count, prefixes, found)


def seen_in(log: "Log", stream: str) -> set[tuple[int, int]]:
    """Generation and size of every prefix that an author of this stream says to have seen."""
    found = set()
    with told(log.path):
        for (raw,) in log.db.execute("SELECT envelope FROM event WHERE stream=?", (stream,)):
            # No text within an envelope holds a bare quote: this stands only where the field is.
            if (match := _SEEN(raw)) is not None:
                found.add(match.groups())
            elif _NOTHING_SEEN not in raw:
                found |= _seen_otherwise(raw)
    return {(int(gen), int(seq)) for gen, seq in found}


def _seen_otherwise(raw: bytes) -> set[tuple[bytes, bytes]]:
    """The same of an envelope in another spelling."""
    try:
        seen = decode(raw).seen
    except EnvelopeError:
        return set()
    return set() if seen is None else {(b"%d" % seen.gen, b"%d" % seen.seq)}

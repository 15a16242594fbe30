"""The hub's history of a stream as this device verified it, through all generations it had."""

from collections.abc import Iterator
from typing import NamedTuple

from ircockpit.store.log import COUNTED, Log
from ircockpit.store.sqlite import told


class Generation(NamedTuple):
    """One generation of a stream."""

    gen: int
    start: int
    """How many receipts it took over from the generation before."""


def generations(log: Log, stream: str) -> list[Generation]:
    """All generations that were ever pulled, oldest first; the last is the present one."""
    with told(log.path):
        rows = log.db.execute("SELECT gen, start FROM generation WHERE stream=? ORDER BY gen", (stream,))
        return [Generation(*row) for row in rows]


def receipts(
    log: Log, stream: str, gen: int, after: int = 0, upto: int = 1 << 53
) -> list[tuple[int, str, bytes]]:
    """``(seq, event id, bytes)`` of the receipts of a generation from ``after + 1`` to ``upto``, in order."""
    known = [each for each in generations(log, stream) if each.gen <= gen]
    if not known or known[-1].gen != gen:
        return []
    found: list[tuple[int, str, bytes]] = []
    for each in reversed(known):
        first = max(after, each.start)
        if first < upto:
            found[:0] = _own(log, stream, each.gen, first, upto)
        upto = min(upto, each.start)
    return found


def with_events(log: Log, stream: str, gen: int) -> Iterator[tuple[str, bytes, int | None, bytes | None]]:
    """Of each receipt of a generation, in order: event id, bytes, and the event's Lamport number and signature, as held.

    The signature only of an event of this stream. One at a time: a history may have a million.
    """
    known = [each for each in generations(log, stream) if each.gen <= gen]
    for place, each in enumerate(known):
        # Each later generation goes on where it began; what one has behind that is no part of this history.
        upto = min([later.start for later in known[place + 1 :]], default=1 << 53)
        with told(log.path):
            for event, raw, lam, sig in log.db.execute(
                "SELECT r.event, r.raw, e.lam, CASE WHEN e.stream=r.stream THEN e.sig END FROM receipt r"
                " LEFT JOIN event e ON e.id=r.event WHERE r.stream=? AND r.gen=? AND r.seq>? AND r.seq<=?"
                " ORDER BY r.seq",
                (stream, each.gen, each.start, upto),
            ):
                yield bytes(event).hex(), bytes(raw), lam, sig


def _own(log: Log, stream: str, gen: int, after: int, upto: int) -> list[tuple[int, str, bytes]]:
    with told(log.path):
        rows = log.db.execute(
            "SELECT seq, event, raw FROM receipt WHERE stream=? AND gen=? AND seq>? AND seq<=? ORDER BY seq",
            (stream, gen, after, upto),
        ).fetchall()
    return [(seq, bytes(event).hex(), bytes(raw)) for seq, event, raw in rows]


def prefix_lam(log: Log, stream: str, seq: int) -> int:
    """Highest Lamport number that counts among the first ``seq`` receipts of the present history, 0 for none."""
    with told(log.path):
        row = log.db.execute(
            f"SELECT {COUNTED.format(stream='?', seq='?')}",
            (stream, seq),
        ).fetchone()
    return int(row[0])


def newest_checkpoint(log: Log, stream: str) -> str:
    """The checkpoint of the latest generation and the greatest size, empty where none is held."""
    with told(log.path):
        row = log.db.execute(
            "SELECT text FROM checkpoint WHERE stream=? ORDER BY gen DESC, size DESC LIMIT 1", (stream,)
        ).fetchone()
    return str(row[0]) if row else ""

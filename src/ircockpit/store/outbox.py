"""What the hub has confirmed and what it has not: the questions that synchronisation asks the log."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ircockpit.store.log import Log, Reach, Stored
from ircockpit.store.sqlite import told

_UNCONFIRMED = "NOT EXISTS (SELECT 1 FROM receipt r JOIN cursor c ON c.stream=r.stream AND c.gen=r.gen WHERE r.event=e.id)"


class Waiting(NamedTuple):
    """Events of one stream that no verified receipt of the present generation covers."""

    events: int
    first: int
    """Arrival number of the first of them."""


class Doubted(NamedTuple):
    """An event that is kept out of the picture, with its place in the hub's present history."""

    stored: Stored
    receipt: bytes
    """Empty where the hub has not spoken yet."""
    max_lam_before: int
    """Highest accepted Lamport number among the receipts before its own."""


def doubted(log: Log) -> list[Doubted]:
    """Events in doubt, in order of arrival; what the hub has not counted before it went back awaits its new word."""
    rows = _all(
        log,
        "SELECT e.id, r.raw, coalesce((SELECT b.maxlam FROM receipt b"
        " WHERE b.stream=r.stream AND b.gen=r.gen AND b.seq=r.seq-1), 0)"
        " FROM doubt d JOIN event e ON e.arrival=d.event"
        " LEFT JOIN cursor c ON c.stream=e.stream"
        " LEFT JOIN receipt r ON r.event=e.id AND r.stream=c.stream AND r.gen=c.gen"
        " WHERE r.raw IS NOT NULL OR d.reason NOT LIKE 'quarantined:%' ORDER BY d.event",
    )
    return [
        Doubted(stored, bytes(raw) if raw is not None else b"", before)
        for ident, raw, before in rows
        if (stored := log.get(bytes(ident).hex())) is not None
    ]


def doubted_among(log: Log, event_ids: Iterable[str]) -> int:
    """How many of these are kept in doubt."""
    sql = "SELECT count(*) FROM doubt JOIN event ON arrival=event WHERE id=?"
    return sum(int(_all(log, sql, (bytes.fromhex(each),))[0][0]) for each in event_ids)


def waiting(log: Log, after: int = 0) -> dict[str, Waiting]:
    """What awaits its receipt among the events that arrived later than ``after``, by stream, oldest first."""
    rows = _all(
        log,
        f"SELECT stream, count(*), min(arrival) FROM event e WHERE arrival>? AND {_UNCONFIRMED}"  # noqa: S608
        " GROUP BY stream ORDER BY 3",
        (after,),
    )
    return {stream: Waiting(events, first) for stream, events, first in rows}


def outgoing(log: Log, stream: str, after: int, limit: int) -> list[Stored]:
    """Such events of one stream, in order of arrival, which is causal."""
    rows = _all(
        log,
        f"SELECT id FROM event e WHERE arrival>? AND +stream=? AND {_UNCONFIRMED} ORDER BY arrival LIMIT ?",  # noqa: S608
        (after, stream, limit),
    )
    return [stored for (ident,) in rows if (stored := log.get(bytes(ident).hex())) is not None]


def reaches(log: Log) -> dict[str, Reach]:
    """How far each stream was pulled that ever was."""
    streams = [row[0] for row in _all(log, "SELECT stream FROM cursor ORDER BY stream")]
    return {stream: reach for stream in streams if (reach := log.reach(stream)) is not None}


def receipts_between(log: Log, stream: str, gen: int, after: int, upto: int) -> list[bytes]:
    """Bytes of the receipts held from ``after + 1`` to ``upto``."""
    rows = _all(
        log,
        "SELECT raw FROM receipt WHERE stream=? AND gen=? AND seq>? AND seq<=? ORDER BY seq",
        (stream, gen, after, upto),
    )
    return [bytes(row[0]) for row in rows]


def prefix_lam(log: Log, stream: str, gen: int, seq: int) -> int:
    """Highest accepted Lamport number among the first ``seq`` receipts held, 0 for none."""
    rows = _all(log, "SELECT maxlam FROM receipt WHERE stream=? AND gen=? AND seq=?", (stream, gen, seq))
    return int(rows[0][0]) if rows else 0


def at_place(log: Log, stream: str, device: str, epoch: str, n: int) -> list[str]:
    """Ids of the events at one place of a lane; more than one where a device was copied."""
    rows = _all(
        log,
        "SELECT id FROM event WHERE stream=? AND device=? AND epoch=? AND n=? ORDER BY arrival",
        (stream, device, epoch, n),
    )
    return [bytes(row[0]).hex() for row in rows]


def kept_checkpoints(log: Log, stream: str, gen: int, size: int) -> list[str]:
    """The hub's checkpoints of one size; two with different roots prove that it forked its history."""
    rows = _all(log, "SELECT text FROM checkpoint WHERE stream=? AND gen=? AND size=?", (stream, gen, size))
    return [row[0] for row in rows]


def quarantined_count(log: Log) -> int:
    """How many events, own ones included, have the hub's word that they do not count."""
    rows = _all(log, "SELECT count(*) FROM doubt WHERE reason LIKE 'quarantined:%'")
    return int(rows[0][0])


def _all(log: Log, sql: str, values: Sequence[object] = ()) -> list[Any]:
    with told(log.path):
        return log.db.execute(sql, tuple(values)).fetchall()

"""What the hub has confirmed and what it has not: the questions that synchronisation asks the log."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ircockpit.store.log import COUNTED, NOWHERE, PRESENT, Log, Reach, Stored
from ircockpit.store.sqlite import told


class Waiting(NamedTuple):
    """Events of one stream that no verified receipt of the present history covers."""

    events: int
    first: int
    """Arrival number of the first of them."""


class Doubted(NamedTuple):
    """An event that is kept out of the picture, with its place in the hub's present history."""

    stored: Stored
    receipt: bytes
    """Empty where the hub has not spoken yet."""
    max_lam_before: int
    """Highest Lamport number that counts among the receipts before its own, or of all where it has none."""
    counted: int
    """The same with its own, as it was counted until now."""
    seq: int
    """Its place in the hub's history, 0 where it has none."""


def doubted(log: Log) -> list[Doubted]:
    """Events in doubt, in order of arrival; what the hub has not counted before it went back awaits its new word.

    Only that a device was revoked is for everybody to judge.
    """
    rows = _all(
        log,
        "WITH said AS MATERIALIZED (SELECT d.event AS arrival, d.reason, e.id, e.stream, r.raw, r.seq, r.maxlam"  # noqa: S608
        f" FROM doubt d CROSS JOIN event e ON e.arrival=d.event CROSS JOIN receipt r ON r.event=e.id {PRESENT})"
        f" SELECT arrival, id, raw, maxlam, {COUNTED.format(stream='said.stream', seq='said.seq-1')}, seq FROM said"
        " UNION ALL SELECT d.event, e.id, x'', 0, coalesce((SELECT"
        f" {COUNTED.format(stream='c.stream', seq='c.seq')} FROM cursor c WHERE c.stream=e.stream), 0), 0"
        " FROM doubt d CROSS JOIN event e ON e.arrival=d.event"
        " JOIN awaiting a ON a.stream=e.stream AND a.arrival=e.arrival"
        " WHERE d.reason NOT LIKE 'quarantined:%' OR d.reason='quarantined:revoked' ORDER BY 1",
    )
    return [
        Doubted(stored, bytes(raw), before, counted, seq)
        for _, ident, raw, counted, before, seq in rows
        if (stored := log.get(bytes(ident).hex())) is not None
    ]


def receipts_of(log: Log, event_id: str) -> list[bytes]:
    """What the hub has ever said about an event, in all generations of its history."""
    rows = _all(log, "SELECT raw FROM receipt WHERE event=?", (bytes.fromhex(event_id),))
    return [bytes(row[0]) for row in rows]


def doubted_among(log: Log, event_ids: Iterable[str]) -> int:
    """How many of these are kept in doubt."""
    sql = "SELECT count(*) FROM doubt JOIN event ON arrival=event WHERE id=?"
    return sum(int(_all(log, sql, (bytes.fromhex(each),))[0][0]) for each in event_ids)


def waiting(log: Log) -> dict[str, Waiting]:
    """What awaits its receipt, by stream, oldest first."""
    rows = _all(log, "SELECT stream, count(*), min(arrival) FROM awaiting GROUP BY stream ORDER BY 3")
    return {stream: Waiting(events, first) for stream, events, first in rows}


def of_others(log: Log, device: str) -> int:
    """How many of those were written on other devices than this one."""
    sql = "SELECT count(*) FROM awaiting a JOIN event e ON e.arrival=a.arrival WHERE e.device<>?"
    return int(_all(log, sql, (device,))[0][0])


def outgoing(log: Log, stream: str, limit: int) -> Iterator[list[Stored]]:
    """Such events of one stream by their Lamport numbers, so many at a time.

    That order is causal whatever way they came here: from a stick, one may come before what its author had seen.
    """
    awaiting = "awaiting a JOIN event e ON e.arrival=a.arrival WHERE a.stream=?"
    return _in_causal_order(log, awaiting, stream, limit)


def everything(log: Log, stream: str, limit: int) -> Iterator[list[Stored]]:
    """All events of one stream in such an order, so many at a time."""
    return _in_causal_order(log, "event e WHERE e.stream=?", stream, limit)


def _in_causal_order(log: Log, of: str, stream: str, limit: int) -> Iterator[list[Stored]]:
    rows = _all(log, f"SELECT e.arrival FROM {of} ORDER BY e.lam, e.arrival", (stream,))  # noqa: S608 - fixed texts
    for start in range(0, len(rows), limit):
        yield log.at([arrival for (arrival,) in rows[start : start + limit]])


def naming(log: Log, after: int, types: Sequence[str]) -> list[int]:
    """Arrival numbers of the events after one that may be of these types: their bytes name one, or spell something out.

    The engine looks, since reading a million envelopes for a few of them would take as long as verifying them.
    """
    either = " OR ".join("instr(envelope, ?)" for _ in (*types, ""))
    rows = _all(
        log,
        f"SELECT arrival FROM event WHERE arrival>? AND ({either}) ORDER BY arrival",  # noqa: S608 - marks
        (after, *(each.encode() for each in types), b"\\u"),
    )
    return [row[0] for row in rows]


def reaches(log: Log) -> dict[str, Reach]:
    """How far each stream was pulled that ever was."""
    streams = [row[0] for row in _all(log, "SELECT stream FROM cursor ORDER BY stream")]
    return {stream: reach for stream in streams if (reach := log.reach(stream)) is not None}


def begin_anew(log: Log) -> None:
    """Forget how far every stream was pulled: another hub's history is another one, and nothing of it is verified yet."""
    with log.writing() as writer:
        for stream in reaches(log):
            writer.await_again(stream, 0)
            writer.set_reach(stream, NOWHERE)


class Place(NamedTuple):
    """Where an event stands in its lane, and its Lamport number."""

    stream: str
    device: str
    epoch: str
    n: int
    lam: int


def place(log: Log, event_id: str) -> Place | None:
    """Where an event stands that is held."""
    sql = "SELECT stream, device, epoch, n, lam FROM event WHERE id=?"
    rows = _all(log, sql, (bytes.fromhex(event_id),))
    return Place(*rows[0]) if rows else None


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


def contradicted(log: Log) -> list[tuple[str, int, int]]:
    """Stream, generation and size of which more than one checkpoint is kept."""
    sql = "SELECT stream, gen, size FROM checkpoint GROUP BY stream, gen, size HAVING count(*) > 1"
    return [(stream, gen, size) for stream, gen, size in _all(log, sql)]


def quarantined_count(log: Log) -> int:
    """How many events, own ones included, have the hub's word that they do not count."""
    rows = _all(log, "SELECT count(*) FROM doubt WHERE reason LIKE 'quarantined:%'")
    return int(rows[0][0])


def _all(log: Log, sql: str, values: Sequence[object] = ()) -> list[Any]:
    with told(log.path):
        return log.db.execute(sql, tuple(values)).fetchall()

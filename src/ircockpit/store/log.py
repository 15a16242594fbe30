"""The log on disk: events as signed, appended under one writer lock, read back in the order they came."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import StoreError
from ircockpit.store.locks import held
from ircockpit.store.sqlite import OpenDatabase, connect, disk_failed, has_bytes, told, used, write_tx
from ircockpit.store.versions import APPLICATION_ID, SCHEMA, TRIAL

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ircockpit.ledger.certificate import SignedCertificate
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.ledger.parts import Part
    from ircockpit.store.logwriter import LogWriter


PRESENT = "JOIN generation g ON g.stream=r.stream AND g.gen=r.gen AND r.seq<=g.upto"
"""Of all receipts ``r`` ever verified, those that are part of the hub's present history."""
COUNTED = (
    "coalesce((SELECT r.maxlam FROM generation g CROSS JOIN receipt r ON r.stream=g.stream AND r.gen=g.gen"
    " AND r.seq<=g.upto WHERE g.stream={stream} AND r.seq={seq}), 0)"
)
"""Highest Lamport number that counts up to one place of the present history, 0 where there is none.

CROSS JOIN keeps the order: left to choose, the engine reads every receipt of the stream to find this one.
"""
_AT_ONCE = 500
"""Events read at a time."""
_STREAMS = (
    "WITH RECURSIVE step (stream) AS (SELECT min(stream) FROM event"
    " UNION ALL SELECT (SELECT min(stream) FROM event WHERE event.stream>step.stream) FROM step"
    " WHERE stream IS NOT NULL), every AS (SELECT stream FROM step WHERE stream IS NOT NULL)"
)
"""All streams, one step down the index for each: DISTINCT would read every event's entry in it."""


def _refuse_foreign(db: "Connection") -> None:
    """Raise :class:`StoreError` for another program's database, before anything is written into it."""
    stated = db.execute("PRAGMA application_id").fetchone()[0]
    tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and stated != APPLICATION_ID:
        raise StoreError(
            "log.db is not a log of ircockpit",
            safe="it was not touched",
            fix="move the file away, or set IRCOCKPIT_HOME to another folder",
        )


class LaneHead(NamedTuple):
    """The last event of a lane; ``n`` is 0 where the lane is not opened yet."""

    n: int
    event_id: str | None
    lam: int


class Stored(NamedTuple):
    """An event with its place in this device's log."""

    arrival: int
    event: "SignedEvent"
    doubt: str
    """Why it is quarantined here: kept and shown as such, not folded in. Empty where it is not."""
    erased: frozenset[int] = frozenset()
    """Parts that an erasure names, where some are not held; others that are missing are withheld."""


class Row(NamedTuple):
    """An event with what the log's columns say of it, for verification."""

    arrival: int
    ident: str
    """Event id as the column says; the event's own bytes may say another."""
    device: str
    epoch: str
    n: int
    lam: int
    event: "SignedEvent"


class Reach(NamedTuple):
    """How far this device has pulled a stream from its hub."""

    gen: int
    seq: int
    frontier: bytes
    checkpoint: str
    maxlam: int


NOWHERE = Reach(0, 0, b"", "", 0)
"""Of a stream that was never pulled."""


class Log:
    """``log.db``: the truth. When :meth:`writing` has returned, the events survive a power cut."""

    def __init__(self, path: Path, *, read_only: bool = False, open_database: OpenDatabase = connect) -> None:
        self.path = path
        self._open = partial(
            open_database, path, synchronous="FULL", read_only=read_only, look=_refuse_foreign
        )
        self._lock = path.with_name("migrate.lock")
        self._use = None if read_only else used(path)
        self.was_cut_off = self._use is not None and self._use.took_over
        """Whether whoever used the log before was cut off: closing it would have taken its companion away."""
        try:
            with nullcontext() if read_only or has_bytes(path) else held(self._lock):
                self.db = self._open()
        except BaseException:
            self._end_use()
            raise
        try:
            with told(path):
                self._bring_up(read_only)
        except BaseException:
            self.close()
            raise

    def _bring_up(self, read_only: bool) -> None:
        if self._version() > SCHEMA:
            raise StoreError(
                f"{self.path.name} was written by a later version of ircockpit", safe="it was not touched",
                fix="update ircockpit on this machine",
            )  # fmt: skip
        if 0 < self._version() <= TRIAL:
            raise StoreError(
                f"{self.path.name} holds a record of the trial format, which was not frozen yet", safe="it was not touched",
                fix="read it with the version that wrote it; for a record to keep set IRCOCKPIT_HOME to a new folder",
            )  # fmt: skip
        if self._version() < SCHEMA and not read_only:
            from ircockpit.store.migrations import migrate

            with held(self._lock):
                if self._version() < SCHEMA:
                    migrate(self.db)
        if self._version() < SCHEMA:
            raise StoreError(f"{self.path.name} is not set up yet", fix="run: ircockpit queue")

    def _version(self) -> int:
        return int(self.db.execute("PRAGMA user_version").fetchone()[0])

    def _all(self, sql: str, values: Iterable[object] = ()) -> list[Any]:
        with told(self.path):
            return self.db.execute(sql, tuple(values)).fetchall()

    def _one(self, sql: str, values: Iterable[object] = ()) -> Any:
        with told(self.path):
            return self.db.execute(sql, tuple(values)).fetchone()

    def close(self) -> None:
        """Close the connection; the files stay whole whenever the process ends without it too."""
        self.db.close()
        self._end_use()

    def _end_use(self) -> None:
        if self._use is not None:
            self._use.end()

    @contextmanager
    def writing(self) -> Iterator["LogWriter"]:
        """One durable step: everything appended inside is acknowledged together, or not at all."""
        from ircockpit.store.logwriter import LogWriter

        try:
            with write_tx(self.db, self.path):
                yield LogWriter(self)
        except StoreError as error:
            if disk_failed(error):
                self._begin_anew()
            raise

    def _begin_anew(self) -> None:
        """Go on with a fresh connection; with the old one where none can be had now.

        It is opened before the old one is closed: while somebody has the database open, what a failed sync has
        left in the write-ahead log is written over, and never taken for something that is on the disk.
        """
        with suppress(StoreError):
            fresh = self._open()
            self.db.close()
            self.db = fresh

    def lane_head(self, stream: str, device: str, epoch: str) -> LaneHead:
        """The last event of a lane."""
        row = self._one(
            "SELECT n, id, lam FROM event WHERE stream=? AND device=? AND epoch=? ORDER BY n DESC LIMIT 1",
            (stream, device, epoch),
        )
        return LaneHead(row[0], row[1].hex(), row[2]) if row else LaneHead(0, None, 0)

    def last_lane(self, stream: str, device: str) -> str | None:
        """Event id at the head of the device's latest lane in a stream, whatever its epoch."""
        row = self._one(
            "SELECT id FROM event WHERE stream=? AND device=? ORDER BY arrival DESC LIMIT 1", (stream, device)
        )
        return row[0].hex() if row else None

    def lams(self, event_ids: Iterable[str]) -> dict[str, int]:
        """Lamport numbers of the events held among those named."""
        found: dict[str, int] = {}
        for ident in event_ids:
            row = self._one("SELECT lam FROM event WHERE id=?", (bytes.fromhex(ident),))
            if row:
                found[ident] = row[0]
        return found

    def reach(self, stream: str) -> Reach | None:
        """How far the stream was pulled and verified, or ``None`` when it never was."""
        row = self._one(
            "SELECT c.gen, c.seq, c.frontier, c.checkpoint,"  # noqa: S608 - fixed text
            f" {COUNTED.format(stream='c.stream', seq='c.seq')} FROM cursor c WHERE c.stream=?",
            (stream,),
        )
        return Reach(*row) if row else None

    def own_count(self, device: str, epoch: str) -> int:
        """Number of events this device wrote in an epoch, by the last place in each of its lanes."""
        row = self._one(
            f"{_STREAMS} SELECT coalesce(sum((SELECT max(n) FROM event"  # noqa: S608 - fixed text
            " WHERE event.stream=every.stream AND device=? AND epoch=?)), 0) FROM every",
            (device, epoch),
        )
        return int(row[0])

    def events_of_op(self, op: str) -> list[str]:
        """Ids of the events an earlier try of the same act has already recorded."""
        # Opening a lane is no part of the act: its event 1 is not among what the first try returned.
        rows = self._all("SELECT id FROM event WHERE op=? AND n>1 ORDER BY arrival", (op,))
        return [row[0].hex() for row in rows]

    def id_at(self, arrival: int) -> str | None:
        """Event id at an arrival number: tells whether this is still the log a view was made from."""
        row = self._one("SELECT id FROM event WHERE arrival=?", (arrival,))
        return row[0].hex() if row else None

    def late(self, after: int) -> list[tuple[int, Stored]]:
        """Events for which something changed after they came, with the number of that change, in order."""
        rows = self._all("SELECT num, event FROM late WHERE num>? ORDER BY num", (after,))
        return [(num, stored) for num, arrival in rows for stored in self._read("arrival=?", (arrival,))]

    def late_head(self) -> int:
        """The number of the newest such change, 0 for none."""
        return int(self._one("SELECT coalesce(max(num), 0) FROM late")[0])

    def head_arrival(self) -> int:
        """The arrival number of the newest event, 0 for an empty log."""
        return int(self._one("SELECT coalesce(max(arrival), 0) FROM event")[0])

    def since(self, arrival: int, limit: int = 2000) -> list[Stored]:
        """Events after an arrival number, in order of arrival."""
        return self._read("arrival > ? ORDER BY arrival LIMIT ?", (arrival, limit))

    def openings(self, stream: str) -> list[Stored]:
        """Second events of the lanes of a stream: the genesis, which is one of them, stands there."""
        return self._read("stream = ? AND n = 2 ORDER BY arrival", (stream,))

    def of_stream(self, stream: str) -> list[Stored]:
        """All events of a stream, lane by lane."""
        return self._read("stream = ? ORDER BY device, epoch, n, arrival", (stream,))

    def of_thing(self, arrivals: Sequence[int], applied: int, stream: str) -> "Iterator[Stored]":
        """The events at these arrival numbers, and those of a stream that arrived after ``applied``, in order."""
        for start in range(0, len(arrivals), _AT_ONCE):
            some = arrivals[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._read(f"arrival IN ({marks}) AND arrival <= ? ORDER BY arrival", (*some, applied))
        yield from self._read("arrival > ? AND +stream = ? ORDER BY arrival", (applied, stream))

    def rows(self, stream: str) -> Iterator[Row]:
        """All events of a stream lane by lane, with what the log's own columns say of them; one at a time.

        For verification: bytes that are no event, and columns that say something else, come as they are.
        """
        from ircockpit.ledger.event import SignedEvent

        with told(self.path):
            asked = self.db.execute(
                "SELECT arrival, id, device, epoch, n, lam, envelope, sig FROM event WHERE stream=?"
                " ORDER BY device, epoch, n, arrival",
                (stream,),
            )
            while some := asked.fetchmany(_AT_ONCE):
                parts = self._parts([row[0] for row in some])
                for arrival, ident, device, epoch, n, lam, envelope, sig in some:
                    event = SignedEvent(_raw(envelope), _raw(sig), parts.get(arrival, ()))
                    yield Row(arrival, _raw(ident).hex(), str(device), str(epoch), int(n), int(lam), event)

    def checkpoints(self, stream: str) -> list[tuple[int, int, str]]:
        """``(gen, size, text)`` of every checkpoint of a stream ever taken over, in order."""
        return self._all(
            "SELECT gen, size, text FROM checkpoint WHERE stream=? ORDER BY gen, size, text", (stream,)
        )

    def gaps(self) -> list[tuple[int, int]]:
        """First and last of each run of arrival numbers that are missing: events were taken out of the file."""
        if self.count() == self.head_arrival():
            return []
        return self._all(
            "SELECT before + 1, arrival - 1 FROM"
            " (SELECT arrival, lag(arrival, 1, 0) OVER (ORDER BY arrival) AS before FROM event)"
            " WHERE arrival <> before + 1"
        )

    def count(self, stream: str | None = None) -> int:
        """How many events are held, of one stream or of all."""
        where, values = (" WHERE stream=?", (stream,)) if stream else ("", ())
        return int(self._one(f"SELECT count(*) FROM event{where}", values)[0])  # noqa: S608 - fixed text

    def get(self, event_id: str) -> Stored | None:
        """One event by id."""
        rows = self._read("id = ?", (bytes.fromhex(event_id),))
        return rows[0] if rows else None

    def at(self, arrivals: Sequence[int]) -> list[Stored]:
        """The events at these arrival numbers, in the order given."""
        found: dict[int, Stored] = {}
        for start in range(0, len(arrivals), _AT_ONCE):
            some = arrivals[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            found |= {each.arrival: each for each in self._read(f"arrival IN ({marks})", some)}
        return [found[arrival] for arrival in arrivals if arrival in found]

    def unconfirmed_ids(self, stream: str) -> frozenset[str]:
        """Ids of all events held that no verified receipt of the present history covers."""
        rows = self._all("SELECT id FROM awaiting a JOIN event USING (arrival) WHERE a.stream=?", (stream,))
        return frozenset(row[0].hex() for row in rows)

    def unconfirmed_count(self) -> int:
        """How many events await their receipt."""
        return int(self._one("SELECT count(*) FROM awaiting")[0])

    def streams(self) -> list[str]:
        """Streams of which at least one event is held."""
        rows = self._all(f"{_STREAMS} SELECT stream FROM every ORDER BY 1")  # noqa: S608 - fixed text
        return [row[0] for row in rows]

    def certificates(self) -> "list[SignedCertificate]":
        """All certificates held."""
        from ircockpit.ledger.certificate import SignedCertificate

        return [SignedCertificate(*row) for row in self._all("SELECT raw, sig FROM certificate ORDER BY id")]

    def directed(self) -> bool:
        """Whether anything here says what is to go or to stay."""
        asked = (
            "SELECT EXISTS (SELECT 1 FROM directive) OR EXISTS (SELECT 1 FROM meta WHERE key='erase.known')"
        )
        return bool(self._one(asked)[0])

    def data_version(self) -> int:
        """A number that changes when another process has written."""
        return int(self._one("PRAGMA data_version")[0])

    def meta(self, key: str) -> str | None:
        """A small setting kept with the log."""
        row = self._one("SELECT value FROM meta WHERE key=?", (key,))
        return row[0] if row else None

    def _read(self, where: str, values: Sequence[object]) -> list[Stored]:
        from ircockpit.ledger.event import SignedEvent

        rows = self._all(
            "SELECT arrival, envelope, sig, coalesce(reason, '') FROM event"  # noqa: S608 - fixed texts
            f" LEFT JOIN doubt ON doubt.event = arrival WHERE {where}",
            values,
        )
        parts = self._parts([row[0] for row in rows])
        return [
            self._stored(arrival, SignedEvent(_raw(envelope), _raw(sig), parts.get(arrival, ())), doubt)
            for arrival, envelope, sig, doubt in rows
        ]

    def _stored(self, arrival: int, event: "SignedEvent", doubt: str) -> Stored:
        if all(part.data is not None for part in event.parts) or not self.directed():
            return Stored(arrival, event, doubt)
        from ircockpit.store.erasing import erased

        return Stored(arrival, event, doubt, erased(self, event))

    def parts(self, arrival: int) -> "tuple[Part, ...]":
        """The parts of the event with this arrival number, as far as held."""
        return self._parts([arrival]).get(arrival, ())

    def _parts(self, arrivals: Sequence[int]) -> "dict[int, tuple[Part, ...]]":
        """The parts of many events: a question for each of them would take longer than reading them."""
        from ircockpit.ledger.parts import Part

        found: dict[int, tuple[Part, ...]] = {}
        for start in range(0, len(arrivals), _AT_ONCE):
            some = arrivals[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            for event, leaf, salt, data in self._all(
                f"SELECT event, leaf, salt, data FROM part WHERE event IN ({marks}) ORDER BY event, i",  # noqa: S608
                some,
            ):
                part = Part(leaf if type(leaf) is bytes else b"", salt, data)
                found[event] = (*found[event], part) if event in found else (part,)
        return found


def _raw(value: object) -> bytes:
    """A column's bytes; nothing where somebody put something else there."""
    return value if isinstance(value, bytes) else b""

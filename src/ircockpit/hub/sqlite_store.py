"""The hub's database in one SQLite file."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from ircockpit.blobs.again import Use
from ircockpit.core.errors import StoreError
from ircockpit.hub import erasing, sqlite_engine
from ircockpit.hub.admission import admit_batch
from ircockpit.hub.court import Court
from ircockpit.hub.sqlite_shelf import (
    Shelf,
    first_gen,
    head_of,
    is_known,
    know_stream,
    lane_ends,
    next_change,
    raise_all,
    record_of,
    tree_at,
)
from ircockpit.hub.store import (
    Counts,
    Device,
    Head,
    Incoming,
    Invitation,
    LaneEnd,
    Outcome,
    Page,
    Row,
    Shown,
)
from ircockpit.ledger.certificate import SignedCertificate, certificate_id
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.withdrawal import Withdrawal

if TYPE_CHECKING:
    from sqlite3 import Connection

SCHEMA = 5
TRIAL = 4
"""Shape of the last database whose events are of the trial format, from before it was frozen."""


class SqliteStore:
    """A :class:`~ircockpit.hub.store.Store`. WAL, ``synchronous=FULL``: what was answered survives a power cut."""

    def __init__(self, path: Path, open_database: "Callable[[Path], Connection] | None" = None) -> None:
        self.path = path
        self._open = open_database or sqlite_engine.connect
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._lock = threading.Lock()
        self._use: Use | None = None
        sqlite_engine.make_private(path)
        with self._connection() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA:
                raise StoreError(
                    "hub.db was written by a later version of ircockpit", safe="it was not touched",
                    fix="update ircockpit on this machine",
                )  # fmt: skip
            if 0 < version <= TRIAL:
                raise StoreError(
                    "hub.db holds records of the trial format, which was not frozen yet", safe="it was not touched",
                    fix="serve it with the version that wrote it; for records to keep give --data a new folder",
                )  # fmt: skip
            if version < SCHEMA:
                db.executescript(files("ircockpit.hub").joinpath("schema.sql").read_text("utf-8"))
                db.execute(f"PRAGMA user_version={SCHEMA}")

    def close(self) -> None:
        """See :class:`~ircockpit.hub.store.Store`."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                break
        with self._lock:
            if self._use is not None:
                self._use.end()
            self._use = None

    @contextmanager
    def _connection(self) -> "Iterator[Connection]":
        """A connection of the pool."""
        try:
            try:
                db = self._idle.get_nowait()
            except Empty:
                db = self._new()
            try:
                yield db
            except sqlite_engine.engine.Error as error:
                if sqlite_engine.disk_failed(error):
                    db = self._another(db)
                raise
            finally:
                with suppress(sqlite_engine.engine.Error):
                    if db.in_transaction:
                        db.execute("ROLLBACK")
                self._idle.put(db)
        except sqlite_engine.engine.Error as error:
            raise sqlite_engine.sentence(self.path, error) from error

    def _another(self, db: "Connection") -> "Connection":
        """A fresh connection in place of one that could not read, write or sync; the same where none can be had now.

        It is opened before the old one is closed: while somebody has the database open, what a failed sync has
        left in the write-ahead log is written over, and never taken for something that is on the disk.
        """
        with suppress(sqlite_engine.engine.Error, StoreError):
            fresh = self._open(self.path)
            db.close()
            return fresh
        return db

    def _new(self) -> "Connection":
        try:
            with self._lock:
                self._use = self._use or Use(self.path)
        except OSError as error:
            raise sqlite_engine.sentence(self.path, error) from error
        return self._open(self.path)

    @contextmanager
    def _reading(self) -> "Iterator[Connection]":
        with self._connection() as db:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _writing(self) -> "Iterator[Connection]":
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def meta(self, key: str) -> str | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO meta VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value=excluded.value",
                (key, value),
            )

    def add_certificates(self, certificates: Sequence[SignedCertificate]) -> int:
        """See :class:`~ircockpit.hub.store.Store`."""
        added = 0
        with self._writing() as db:
            for each in certificates:
                done = db.execute(
                    "INSERT INTO certificate VALUES (?,?,?) ON CONFLICT (id) DO NOTHING",
                    (bytes.fromhex(certificate_id(each.raw)), each.raw, each.sig),
                )
                added += done.rowcount
        return added

    def certificates(self) -> list[SignedCertificate]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            return [
                SignedCertificate(*row) for row in db.execute("SELECT raw, sig FROM certificate ORDER BY id")
            ]

    def add_device(self, device: Device) -> None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO device VALUES (?,?,?,?,?,?) ON CONFLICT (device) DO UPDATE SET user=excluded.user,"
                " key=excluded.key, name=excluded.name, role=excluded.role",
                device,
            )

    def devices(self) -> list[Device]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT device, user, key, name, role, added_at FROM device ORDER BY added_at, device"
            )
            return [Device(*row) for row in rows]

    def add_invitation(self, invitation: Invitation) -> None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            db.execute("INSERT INTO invitation VALUES (?,?,?,?,?,?,?)", invitation)

    def forget_invitations(self, before: int) -> None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            db.execute("DELETE FROM invitation WHERE expires_at<?", (before,))

    def invitation(self, ident: str) -> Invitation | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute(
                "SELECT ident, key, name, role, expires_at, attempts, used_by FROM invitation WHERE ident=?",
                (ident,),
            ).fetchone()
        return Invitation(*row) if row else None

    def count_attempt(self, ident: str) -> int:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            db.execute("UPDATE invitation SET attempts=attempts+1 WHERE ident=?", (ident,))
            row = db.execute("SELECT attempts FROM invitation WHERE ident=?", (ident,)).fetchone()
        return int(row[0]) if row else 0

    def use_invitation(self, ident: str, device: str) -> bool:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            done = db.execute(
                "UPDATE invitation SET used_by=? WHERE ident=? AND used_by IN ('', ?)",
                (device, ident, device),
            )
        return done.rowcount == 1

    def heads(self, after: int = 0, limit: int = -1, privileged: bool = True) -> list[Head]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, gen, tree, changed FROM stream WHERE changed>?"
                " AND (? OR num NOT IN (SELECT stream FROM privileged)) ORDER BY changed LIMIT ?",
                (after, privileged, limit),
            ).fetchall()
        return [head_of(*row) for row in rows]

    def head(self, stream: str) -> Head | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute("SELECT id, gen, tree, changed FROM stream WHERE id=?", (stream,)).fetchone()
        return head_of(*row) if row else None

    def shared(self, stream: str, gen: int) -> int:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute(
                "SELECT coalesce(min(shared), 0) FROM generation g JOIN stream s ON s.num=g.stream"
                " WHERE s.id=? AND g.gen>?",
                (stream, gen),
            ).fetchone()
        return int(row[0])

    def heed(self, stream: str, shown: Shown, now_us: int) -> bool:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            if is_known(db, stream, shown):
                return False  # nearly always: no writer has to wait for that
        with self._writing() as db:
            if shown.gen < first_gen(db):
                know_stream(db, stream)  # lost with the rest, which has begun a new generation by now
            if is_known(db, stream, shown):
                return False
            db.execute(
                "INSERT INTO forgotten VALUES (?,?,?) ON CONFLICT DO NOTHING", (stream, shown.text, now_us)
            )
            raise_all(db, shown.gen, "a checkpoint that is not known here", now_us)
            know_stream(db, stream)
        return True

    def raise_all(self, least: int, why: str, now_us: int) -> int:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            return raise_all(db, least - 1, why, now_us)

    def highest(self) -> tuple[int, int]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            # Events are never taken out, so that the number of the newest is how many there are.
            events = db.execute("SELECT coalesce(max(rowid), 0) FROM event").fetchone()[0]
            return int(events), first_gen(db)  # all streams begin a new generation together

    def append(
        self,
        stream: str,
        batch: Sequence[Incoming],
        received_at: int,
        court: Court | None = None,
        pusher: str = "",
    ) -> tuple[list[Outcome], Page]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._writing() as db:
            fresh = know_stream(db, stream)
            num, gen, encoded, max_lam = db.execute(
                "SELECT num, gen, tree, max_lam FROM stream WHERE id=?", (stream,)
            ).fetchone()
            tree = Frontier.decode(encoded)
            before = tree.size
            batch = erasing.fitted(db, num, batch)
            shelf = Shelf(db, stream, num)
            outcomes, max_lam = admit_batch(tree, max_lam, batch, received_at, shelf, court, pusher)
            erasing.follow(db, num, batch, outcomes)
            if tree.size > before:
                db.execute(
                    "UPDATE stream SET tree=?, max_lam=?, changed=? WHERE num=?",
                    (tree.encode(), max_lam, next_change(db), num),
                )
            elif fresh:
                db.execute(
                    "DELETE FROM stream WHERE num=?", (num,)
                )  # nothing was taken in: it does not exist
        return outcomes, Page(gen, tree.size, [], tree)

    def page(self, stream: str, after: int, limit: int, max_bytes: int) -> Page | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            found = db.execute("SELECT num, gen, tree FROM stream WHERE id=?", (stream,)).fetchone()
            if found is None:
                return None
            num, gen, encoded = found
            head = Frontier.decode(encoded)
            rows: list[Row] = []
            size = 0
            for row in db.execute(
                "SELECT receipt, envelope, sig, parts FROM event WHERE stream=? AND seq>? ORDER BY seq LIMIT ?",
                (num, after, limit),
            ):
                size += sum(map(len, row))
                if rows and size > max_bytes:
                    break
                rows.append(Row(*row))
            end = min(after, head.size) + len(rows)
            tree = head if end == head.size else tree_at(db, num, end)
            return Page(gen, head.size, rows, tree)

    def held(self, stream: str, event_ids: Sequence[str]) -> dict[str, tuple[int, bytes, str]]:
        """See :class:`~ircockpit.hub.store.Store`."""
        marks = ",".join("?" * len(event_ids))
        with self._reading() as db:
            rows = db.execute(
                "SELECT e.id, seq, sig, parts FROM event e JOIN stream s ON s.num=e.stream"  # noqa: S608 - marks
                f" WHERE e.id IN ({marks}) AND s.id=?",
                (*map(bytes.fromhex, event_ids), stream),
            ).fetchall()
        return {bytes(ident).hex(): (seq, sig, parts) for ident, seq, sig, parts in rows}

    def record(self, stream: str, after: int) -> tuple[int, list[Row]]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            return record_of(db, stream, after)

    def lane_ends(self, device: str) -> list[LaneEnd]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            return list(lane_ends(db, device))

    def tree(self, stream: str, size: int) -> tuple[int, Frontier] | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            found = db.execute("SELECT num, gen, tree FROM stream WHERE id=?", (stream,)).fetchone()
            if found is None:
                return None
            num, gen, encoded = found
            head = Frontier.decode(encoded)
            if size > head.size:
                return None
            return gen, head if size == head.size else tree_at(db, num, size)

    def withdrawal(self, stream: str) -> Withdrawal:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            found = db.execute("SELECT num FROM stream WHERE id=?", (stream,)).fetchone()
            return erasing.withdrawal(db, found[0]) if found else Withdrawal()

    def privileged(self) -> frozenset[str]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            rows = db.execute("SELECT s.id FROM privileged p JOIN stream s ON s.num=p.stream").fetchall()
        return frozenset(row[0] for row in rows)

    def parts_of(self, stream: str, event_id: str) -> Row | None:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute(
                "SELECT e.receipt, e.envelope, e.sig, e.parts FROM event e JOIN stream s ON s.num=e.stream"
                " WHERE s.id=? AND e.id=?",
                (stream, bytes.fromhex(event_id)),
            ).fetchone()
        return Row(*row) if row else None

    def files_to_go(self) -> frozenset[str]:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            return erasing.files_to_go(db)

    def leave_no_trace(self) -> bool:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._connection() as db:
            return erasing.leave_no_trace(db, self.path)

    def counts(self, privileged: bool = True) -> Counts:
        """See :class:`~ircockpit.hub.store.Store`."""
        with self._reading() as db:
            row = db.execute(
                "WITH shut AS (SELECT stream FROM privileged WHERE NOT ?)"
                " SELECT (SELECT count(*) FROM device), (SELECT count(*) FROM stream WHERE num NOT IN shut), count(*),"
                " coalesce(sum(quarantined), 0), coalesce(sum(fork), 0) FROM event WHERE stream NOT IN shut",
                (privileged,),
            ).fetchone()
        return Counts(*row)

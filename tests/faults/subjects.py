"""A workstation's log and a hub's database at work, as the tests of failing disks drive them."""

import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.cuts import Subject
from tests.support.lanes import Writer, incoming, new_stream

from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.hub.store import Word
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.event import SignedEvent
from ircockpit.ledger.merkle import Frontier
from ircockpit.ledger.parts import check_parts
from ircockpit.ledger.receipt import ACCEPTED, Receipt
from ircockpit.ledger.signing import SigningKey
from ircockpit.store import history
from ircockpit.store.log import Log, Reach
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.sqlite import told

SMALL_LOG = 24
"""Pages after which the write-ahead log is taken over into the file: often, since that is where cuts are dangerous."""


class Lanes:
    """Two devices that write two streams, and how far each stream was pulled."""

    def __init__(self, rng: random.Random) -> None:
        root = SigningKey.generate()
        self.rng = rng
        self.writers = [Writer(root), Writer(root)]
        self.streams = [new_stream(root), new_stream(root)]
        self._opened: set[tuple[str, str]] = set()
        self._todo: tuple[str, list[SignedEvent]] | None = None

    def some(self) -> tuple[str, list[SignedEvent]]:
        """The next one to six events of one lane, with bodies small and large; the same until :meth:`done`."""
        self._todo = self._todo or self._more()
        return self._todo

    def done(self) -> None:
        """They are on the record."""
        self._todo = None

    def _more(self) -> tuple[str, list[SignedEvent]]:
        stream, writer = self.rng.choice(self.streams), self.rng.choice(self.writers)
        opened = (stream, writer.device) in self._opened
        self._opened.add((stream, writer.device))
        made = [] if opened else [writer.open(stream)]
        for _ in range(self.rng.randint(1, 5)):
            text = "x" * self.rng.choice((10, 300, 3000))
            made.append(writer.write(stream, body={"text": text, "number": self.rng.randrange(10**6)}))
        return stream, made


def hold_lanes(events: list[SignedEvent]) -> None:
    """Every lane is whole: 1, 2, 3…, each naming the one before, each with the body its author signed."""
    lanes: dict[tuple[str, str, str], list[tuple[int, str | None, str]]] = defaultdict(list)
    for event in events:
        envelope = event.envelope
        check_parts(event.parts, envelope.body)
        lanes[envelope.stream, envelope.device, envelope.epoch].append((envelope.n, envelope.prev, event.id))
    for lane in lanes.values():
        lane.sort()
        assert [n for n, _, _ in lane] == list(range(1, len(lane) + 1))
        assert [prev for _, prev, _ in lane] == [None, *(ident for _, _, ident in lane[:-1])]


def hold_integrity(db: Any, path: Path) -> None:
    with told(path):
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


class LogAtWork:
    """A workstation's log that takes its own entries and the hub's pages."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._path = folder / "log.db"
        self._rng = rng
        self._lanes = Lanes(rng)
        self._open()

    def _open(self) -> None:
        self._log = Log(self._path)
        self._closed = False
        self._log.db.execute(f"PRAGMA wal_autocheckpoint={SMALL_LOG}")

    def step(self) -> list[str]:
        if self._closed:
            self._open()
        stream, events = self._lanes.some()
        pulled = self._rng.random() < 0.3
        with self._log.writing() as writer:
            for event in events:
                writer.add(event, doubt="" if self._rng.random() < 0.9 else "quarantined:role")
            if pulled:
                self._confirm(writer, stream)
            if self._rng.random() < 0.2:
                writer.add_certificate(self._lanes.writers[0].certificate)
                writer.set_meta("sync.last_ok", str(self._rng.randrange(10**9)))
        self._lanes.done()
        if self._rng.random() < 0.05:
            self.close()
        return [event.id for event in events]

    def _confirm(self, writer: LogWriter, stream: str) -> None:
        before = self._log.reach(stream)
        if before is None:
            before = Reach(1, 0, b"", "", 0)
            writer.begin_generation(stream, 1, 0)
        tree = Frontier.decode(before.frontier)
        confirmed = {ident for _, ident, _ in history.receipts(self._log, stream, 1)}
        for stored in self._log.of_stream(stream):
            if stored.event.id not in confirmed:
                stated = Receipt(
                    tree.size + 1, stored.event.id, receipts.sig_hash(stored.event.sig), ACCEPTED, 7
                )
                raw = receipts.encode(stated)
                tree.append(receipts.leaf(raw))
                writer.add_receipt(stream, 1, tree.size, stored.event.id, raw, 1)
        writer.set_reach(stream, Reach(1, tree.size, tree.encode(), f"checkpoint of {tree.size}", 1))

    def close(self) -> None:
        self._log.close()
        self._closed = True


class LogSubject:
    """A workstation's ``log.db``."""

    engine = "ircockpit.store.sqlite.engine"

    def begin(self, folder: Path) -> None:
        folder.mkdir()
        Log(folder / "log.db").close()
        (folder / "migrate.lock").unlink()

    def open(self, folder: Path, rng: random.Random) -> LogAtWork:
        return LogAtWork(folder, rng)

    def held(self, folder: Path) -> set[str]:
        log = Log(folder / "log.db")
        try:
            hold_integrity(log.db, folder)
            events = [stored.event for stored in log.since(0, 100_000)]
            hold_lanes(events)
            assert log.gaps() == []
            confirmed = 0
            for stream in log.streams():
                tree = Frontier()
                for seq, _, raw in history.receipts(log, stream, 1):
                    tree.append(receipts.leaf(raw))
                    assert seq == tree.size
                reach = log.reach(stream)
                assert (reach.seq, reach.frontier) == (tree.size, tree.encode()) if reach else tree.size == 0
                confirmed += tree.size
            assert log.unconfirmed_count() == len(events) - confirmed
            return {event.id for event in events}
        finally:
            log.close()


class HubAtWork:
    """A hub's database that takes pushes, certificates and settings."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._store = SqliteStore(folder / "hub.db")
        self._rng = rng
        self._lanes = Lanes(rng)
        self._waiting: list[tuple[str, list[SignedEvent]]] = []

    def step(self) -> list[str]:
        with self._store._connection() as db:
            db.execute(f"PRAGMA wal_autocheckpoint={SMALL_LOG}")
        stream, events = self._lanes.some()
        if self._rng.random() < 0.2:
            self._store.add_certificates([self._lanes.writers[1].certificate])
            self._store.set_meta("address", str(self._rng.randrange(10**9)))
        outcomes, _ = self._store.append(stream, [incoming(event) for event in events], 7)
        # A commit that was told to have failed may be there after all: then it is answered as a repetition.
        assert {outcome.word for outcome in outcomes} <= {Word.OK, Word.DUP}
        self._lanes.done()
        return [f"{stream} {outcome.seq} {outcome.event_id}" for outcome in outcomes]

    def close(self) -> None:
        self._store.close()


class HubSubject:
    """A hub's ``hub.db``."""

    engine = "ircockpit.hub.sqlite_engine.engine"

    def begin(self, folder: Path) -> None:
        folder.mkdir()
        SqliteStore(folder / "hub.db").close()

    def open(self, folder: Path, rng: random.Random) -> HubAtWork:
        return HubAtWork(folder, rng)

    def held(self, folder: Path) -> set[str]:
        store = SqliteStore(folder / "hub.db")
        try:
            with store._connection() as db:
                hold_integrity(db, folder)
            found = set()
            for head in store.heads():
                page = store.page(head.stream, 0, 100_000, 1 << 30)
                assert page is not None
                tree = Frontier()
                for seq, row in enumerate(page.rows, 1):
                    stated = receipts.decode(row.receipt)
                    assert stated.seq == seq
                    tree.append(receipts.leaf(row.receipt))
                    found.add(f"{head.stream} {seq} {stated.event_id}")
                assert (head.seq, head.root) == (tree.size, tree.root().hex())
            return found
        finally:
            store.close()


SUBJECTS: dict[str, Callable[[], Subject]] = {"log.db": LogSubject, "hub.db": HubSubject}

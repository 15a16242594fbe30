"""One stream inside its write transaction, and what every transaction asks of a stream's history."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ircockpit.core.jsontext import compact
from ircockpit.hub.admission import MILESTONE, NewRow, Place
from ircockpit.hub.generations import generation_after
from ircockpit.hub.quota import DAY_US, Window
from ircockpit.hub.store import Head, LaneEnd, Row, Shown
from ircockpit.ledger import receipt as receipts
from ircockpit.ledger.envelope import Seen, decode
from ircockpit.ledger.event import to_wire
from ircockpit.ledger.merkle import Frontier

if TYPE_CHECKING:
    from sqlite3 import Connection


class Shelf:
    """One stream inside its write transaction."""

    def __init__(self, db: "Connection", stream: str, num: int) -> None:
        self._db = db
        self._stream = stream
        self._num = num
        self._prefixes: dict[tuple[int, str], int | None] = {}
        self._ends: dict[tuple[str, str], int] = {}
        """The highest place of each lane that was asked for."""

    def find(self, event_id: str) -> Place | None:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        row = self._db.execute(
            "SELECT s.id, seq, device, epoch, n, lam FROM event e JOIN stream s ON s.num=e.stream WHERE e.id=?",
            (bytes.fromhex(event_id),),
        ).fetchone()
        return Place(*row) if row else None

    def record(self, stream: str, after: int) -> tuple[int, list[Row]]:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        return record_of(self._db, stream, after)

    def window(self, what: str, device: str, stream: str) -> Window:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        row = self._db.execute(
            "SELECT since, used FROM quota WHERE what=? AND device=? AND stream=?", (what, device, stream)
        ).fetchone()
        return Window(*row) if row else Window(0, 0)

    def put_window(self, what: str, device: str, stream: str, window: Window) -> None:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        if window.used == 1:  # a new one: those whose day is over, or was never reached, make room
            self._db.execute(
                "DELETE FROM quota WHERE since>? OR since<=?", (window.since, window.since - DAY_US)
            )
        self._db.execute(
            "INSERT INTO quota VALUES (?,?,?,?,?) ON CONFLICT (what, device, stream)"
            " DO UPDATE SET since=excluded.since, used=excluded.used",
            (what, device, stream, *window),
        )

    def taken(self, device: str, epoch: str, n: int) -> bool:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        if (device, epoch) not in self._ends:
            found = self._db.execute(
                "SELECT coalesce(max(n), 0) FROM event WHERE stream=? AND device=? AND epoch=?",
                (self._num, device, epoch),
            ).fetchone()
            self._ends[device, epoch] = int(found[0])
        if n > self._ends[device, epoch]:
            return False  # nearly always: a lane goes on where it ends
        row = self._db.execute(
            "SELECT 1 FROM event WHERE stream=? AND device=? AND epoch=? AND n=? LIMIT 1",
            (self._num, device, epoch, n),
        ).fetchone()
        return row is not None

    def seen_lam(self, seen: Seen) -> int | None:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        # The root says which prefix it is, in whatever generation it was seen: they share what they have in common.
        key = (seen.seq, seen.root)
        if key not in self._prefixes:
            self._prefixes[key] = self._prefix_lam(seen)
        return self._prefixes[key]

    def _prefix_lam(self, seen: Seen) -> int | None:
        row = self._db.execute(
            "SELECT max_lam FROM event WHERE stream=? AND seq=?", (self._num, seen.seq)
        ).fetchone()
        if row is None or tree_at(self._db, self._num, seen.seq).root().hex() != seen.root:
            return None
        return int(row[0])

    def put(self, new: NewRow) -> None:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        event, envelope = new.incoming.event, new.incoming.envelope
        parts = compact(to_wire(event)["p"])
        lane = (envelope.device, envelope.epoch)
        if lane in self._ends:
            self._ends[lane] = max(self._ends[lane], envelope.n)
        self._db.execute(
            "INSERT INTO event VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (self._num, new.seq, bytes.fromhex(new.incoming.event_id), envelope.device, envelope.epoch, envelope.n,
             envelope.lam, new.max_lam, new.quarantined, new.fork, new.receipt, event.raw, event.sig, parts),
        )  # fmt: skip

    def put_milestone(self, tree: Frontier) -> None:
        """See :class:`ircockpit.hub.admission.Shelf`."""
        self._db.execute("INSERT INTO milestone VALUES (?,?,?)", (self._num, tree.size, tree.encode()))


def head_of(stream: str, gen: int, encoded: bytes, changed: int) -> Head:
    """A stream's head, from its row."""
    tree = Frontier.decode(encoded)
    return Head(stream, gen, tree.size, tree.root().hex(), changed)


def know_stream(db: "Connection", stream: str) -> bool:
    """Make a stream known, empty and in the first generation there may be; ``False`` where it was."""
    done = db.execute(
        "INSERT INTO stream (id, gen, tree, changed) VALUES (?, ?, x'', ?) ON CONFLICT (id) DO NOTHING",
        (stream, first_gen(db), next_change(db)),
    )
    return done.rowcount == 1


def first_gen(db: "Connection") -> int:
    """The first generation that a stream begun now is in."""
    row = db.execute("SELECT value FROM meta WHERE key='first_gen'").fetchone()
    return int(row[0]) if row else 1


def next_change(db: "Connection") -> int:
    """The number of the next change of any stream."""
    return int(db.execute("SELECT coalesce(max(changed), 0) + 1 FROM stream").fetchone()[0])


def is_known(db: "Connection", stream: str, shown: Shown) -> bool:
    """Whether a checkpoint is of this history, or of a generation before the present one."""
    row = db.execute("SELECT num, gen, tree FROM stream WHERE id=?", (stream,)).fetchone()
    num, gen, tree = row or (0, 0, b"")
    if shown.gen != gen:
        return bool(shown.gen < gen)
    size = Frontier.decode(tree).size
    return shown.size <= size and tree_at(db, num, shown.size).root().hex() == shown.root


def raise_all(db: "Connection", seen: int, why: str, now_us: int) -> int:
    """Begin a generation later than any seen in every stream: whatever was lost, it was of one database."""
    present = db.execute("SELECT coalesce(max(gen), 0) FROM stream").fetchone()[0]
    gen = generation_after(max(seen, present, first_gen(db)), now_us)
    change = next_change(db)
    for num, encoded in db.execute("SELECT num, tree FROM stream ORDER BY num").fetchall():
        values = (num, gen, Frontier.decode(encoded).size, why, now_us)
        db.execute("INSERT INTO generation VALUES (?,?,?,?,?)", values)
        db.execute("UPDATE stream SET gen=?, changed=? WHERE num=?", (gen, change, num))
        change += 1
    db.execute(
        "INSERT INTO meta VALUES ('first_gen', ?) ON CONFLICT (key) DO UPDATE SET value=excluded.value",
        (str(gen),),
    )
    return gen


def record_of(db: "Connection", stream: str, after: int) -> tuple[int, list[Row]]:
    """See :class:`~ircockpit.hub.store.Store`."""
    found = db.execute("SELECT num FROM stream WHERE id=?", (stream,)).fetchone()
    if found is None:
        return 0, []
    rows = db.execute(
        "SELECT seq, receipt, envelope, sig, parts FROM event WHERE stream=? AND seq>? ORDER BY seq",
        (found[0], after),
    ).fetchall()
    head = rows[-1][0] if rows else newest(db, found[0])
    return head, [Row(*row[1:]) for row in rows]


def newest(db: "Connection", num: int) -> int:
    """The seq of a stream's newest event, 0 for none."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM event WHERE stream=?", (num,)).fetchone()[0])


def lane_ends(db: "Connection", device: str) -> Iterator[LaneEnd]:
    """See :class:`~ircockpit.hub.store.Store`."""
    lanes = db.execute(
        "SELECT s.num, s.id, e.epoch, max(e.n), count(*) FROM stream s JOIN event e ON e.stream=s.num AND e.device=?"
        " GROUP BY s.num, e.epoch ORDER BY s.num, e.epoch",
        (device,),
    ).fetchall()
    for num, stream, epoch, last, count in lanes:
        # Of a lane that is no longer than its highest place says, nothing has forked: it ends there.
        rows = db.execute(
            "SELECT n, id, envelope FROM event WHERE stream=? AND device=? AND epoch=? AND n>=? ORDER BY n, seq",
            (num, device, epoch, last if count == last else 1),
        ).fetchall()
        followed = {decode(raw).prev for _, _, raw in rows} if count != last else set()
        for n, ident, _ in rows:
            if bytes(ident).hex() not in followed:
                yield LaneEnd(stream, epoch, n, bytes(ident).hex())


def tree_at(db: "Connection", num: int, size: int) -> Frontier:
    """The tree over the first ``size`` receipts, from the milestone before it."""
    row = db.execute(
        "SELECT tree FROM milestone WHERE stream=? AND size=?", (num, size - size % MILESTONE)
    ).fetchone()
    tree = Frontier.decode(row[0]) if row else Frontier()
    for (raw,) in db.execute(
        "SELECT receipt FROM event WHERE stream=? AND seq>? AND seq<=? ORDER BY seq", (num, tree.size, size)
    ):
        tree.append(receipts.leaf(raw))
    return tree

"""The view on disk: the fold of the log as tables to query, made anew from the log whenever in doubt."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.adoption import ADOPTABLE, adopts, doubt_left
from ircockpit.core.errors import BadInput, StoreError, TrustError
from ircockpit.core.ids import spoken_form
from ircockpit.core.jsontext import canonical
from ircockpit.core.merge import AddWinsSet, Register, Write
from ircockpit.core.occurred import read_moment
from ircockpit.core.reduce import (
    STRAY,
    Catalogue,
    Entity,
    EntityKind,
    Happening,
    apply,
    dump,
    is_stray,
    shown_value,
)
from ircockpit.store.sqlite import OpenDatabase, connect, told, write_tx

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ircockpit.store.log import Log, Stored

LAYOUT = 4
"""Raised when the tables of this module change; the kinds' own fields are part of the mark by themselves."""
_AT_ONCE = 500


class View:
    """``view.db``: entities, registers, sets, entries and the search index; all of it can be made anew."""

    def __init__(
        self,
        path: Path,
        table: Catalogue,
        *,
        read_only: bool = False,
        open_database: OpenDatabase = connect,
    ) -> None:
        self.path = path
        self.table = table
        self.replaced = False
        """Whether the log turned out not to be the one this view was made from."""
        self.db = open_database(path, synchronous="NORMAL", read_only=read_only)
        try:
            with told(path):
                current = self._is_current()
            if not current and read_only:
                raise StoreError("the view is of another version", fix="run: ircockpit rebuild")
            if not current:
                self.reset()
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def _is_current(self) -> bool:
        if not self.db.execute("SELECT 1 FROM sqlite_master WHERE name='meta'").fetchone():
            return False
        row = self.db.execute("SELECT value FROM meta WHERE key='mark'").fetchone()
        return bool(row) and row[0] == _mark(self.table)

    def reset(self) -> None:
        """Empty the view and lay its tables out anew; the next :meth:`catch_up` fills it from the log."""
        with write_tx(self.db, self.path):
            self._empty()

    def _empty(self) -> None:
        from ircockpit.store.layout import lay_out

        lay_out(self.db, self.table, _mark(self.table))

    def catch_up(self, log: "Log", told_of: Callable[[int], None] | None = None) -> int:
        """Fold in what the log has and the view has not; returns how many events that were.

        A view that was made from another log (an older copy of ``log.db`` was put back) is made anew.
        ``told_of`` hears after each batch how many events are in.
        """
        with told(self.path):
            # In one reading: another window may be folding events in between two.
            marks = dict(self.db.execute("SELECT key, value FROM meta"))
            applied, late = int(marks["applied"]), int(marks["late"])
            same = (log.id_at(applied) or "") == marks["tip"]
        if not same or late > log.late_head():
            self.replaced = True
            self.reset()
        elif (applied, late) == (log.head_arrival(), log.late_head()):
            return 0
        done = 0
        while True:
            with write_tx(self.db, self.path):
                applied = int(self._meta("applied"))
                if not applied:  # everything is folded as it stands now, later changes included
                    self._set_meta("late", str(log.late_head()))
                batch = log.since(applied)
                again = [] if batch else log.late(int(self._meta("late")))
                if not batch and not again:
                    return done
                if any(stored.doubt for _, stored in again):
                    self._empty()  # a fold cannot be taken back: all is folded anew, without what counts no more
                    continue
                self._fold(log, batch, again)
                if batch:
                    self._set_meta("applied", str(batch[-1].arrival))
                    self._set_meta("tip", log.id_at(batch[-1].arrival) or "")
                done += len(batch) + len(again)
            if told_of is not None:
                told_of(done)

    def _fold(self, log: "Log", batch: "list[Stored]", again: "list[tuple[int, Stored]]") -> None:
        fold = _Fold(self.db, self.table)
        for stored in (*batch, *(stored for _, stored in again)):
            fold.take(stored)
        for ident in sorted(fold.adopted):  # what came before the event that adopts it
            if (named := log.get(ident)) is not None:
                fold.take(named)
        fold.flush()
        if again:
            self._set_meta("late", str(again[-1][0]))
        if fold.left_out:
            self._set_meta("left_out", str(int(self._meta("left_out")) + fold.left_out))

    @property
    def applied(self) -> int:
        """The arrival number up to which the log is folded in."""
        with told(self.path):
            return int(self._meta("applied"))

    @property
    def left_out(self) -> int:
        """How many events of the log are not what was written and are not shown; verification says which."""
        with told(self.path):
            return int(self._meta("left_out"))

    def _meta(self, key: str) -> str:
        return str(self.db.execute("SELECT value FROM meta WHERE key=?", (key,)).fetchone()[0])

    def _set_meta(self, key: str, value: str) -> None:
        self.db.execute("UPDATE meta SET value=? WHERE key=?", (value, key))

    def heads(self, ent: str, field: str) -> tuple[str, ...]:
        """Event ids of a register's heads: the ``base`` of a write that has seen them."""
        rows = self.rows("SELECT event FROM head WHERE ent=? AND field=? ORDER BY event", (ent, field))
        return tuple(row[0] for row in rows)

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[Any]:
        """Rows of a query over the view's tables, as tuples."""
        with told(self.path):
            return self.db.execute(sql, tuple(values)).fetchall()

    def rows_of(self, sql: str, idents: Sequence[str], values: Sequence[object] = ()) -> list[Any]:
        """Rows of a query about many things: ``{marks}`` in it stands for their ids, which come before ``values``.

        SQLite takes only so many ids at once; rows of things asked for together are next to each other.
        """
        found: list[Any] = []
        for start in range(0, len(idents), _AT_ONCE):
            chunk = idents[start : start + _AT_ONCE]
            found += self.rows(sql.format(marks=",".join("?" * len(chunk))), (*chunk, *values))
        return found

    def dump(self) -> bytes:
        """The canonical dump, byte-equal to that of a fold in memory over the same events."""
        slots = _Slots(self.db)
        with told(self.path):
            entities = [Entity(i, k, s, (lam, ev), json.loads(f)) for i, k, s, lam, ev, f in self.db.execute(
                "SELECT id, kind, stream, lam, event, facts FROM entity")]  # fmt: skip
            places = self.db.execute(
                "SELECT ent, field FROM head UNION SELECT ent, field FROM replaced ORDER BY 1, 2"
            ).fetchall()
            sets = self.db.execute(
                "SELECT ent, field FROM member UNION SELECT ent, field FROM unmember ORDER BY 1, 2"
            ).fetchall()
            return dump(
                entities,
                [((ent, field), slots.register(ent, field)) for ent, field in places],
                [((ent, field), slots.members(ent, field)) for ent, field in sets],
            )


def happening(stored: "Stored") -> Happening:
    """What the fold needs of a stored event.

    Raises :class:`BadInput` or :class:`TrustError` where its bytes are no event or its body is not its own.
    """
    from ircockpit.ledger.parts import check_parts, read_part

    envelope = stored.event.envelope
    check_parts(stored.event.parts, envelope.body)
    body: dict[str, Any] = {}
    missing = ""
    for part in stored.event.parts:
        held = read_part(part)
        if held is None:
            missing = "withheld"
        else:
            body = {**held, **body}  # a later part never overrides an earlier one
    return Happening(
        stored.event.id, envelope.stream, envelope.device, envelope.lam, envelope.actor, envelope.type,
        envelope.tv, envelope.ent, envelope.field, envelope.base, envelope.occurred, envelope.wall, body,
        missing,
    )  # fmt: skip


class _Slots:
    """The fold's slots, kept in the view's tables."""

    def __init__(self, db: "Connection") -> None:
        self._db = db
        self._read: tuple[str, str, frozenset[str]] = ("", "", frozenset())
        """The register read last, with the replaced writes its rows hold: only further ones are written."""

    def entity(self, ident: str) -> Entity | None:
        row = self._db.execute(
            "SELECT id, kind, stream, lam, event, facts FROM entity WHERE id=?", (ident,)
        ).fetchone()
        return Entity(row[0], row[1], row[2], (row[3], row[4]), json.loads(row[5])) if row else None

    def put_entity(self, entity: Entity) -> None:
        self._db.execute(
            "INSERT INTO entity (id, kind, stream, lam, event, facts, spoken) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET kind=excluded.kind, stream=excluded.stream, lam=excluded.lam,"
            " event=excluded.event, facts=excluded.facts",
            (entity.ident, entity.kind, entity.stream, entity.born[0], entity.born[1],
             canonical(entity.facts).decode(), spoken_form(entity.ident)),
        )  # fmt: skip

    def register(self, ent: str, field: str) -> Register:
        heads = self._db.execute(
            "SELECT event, lam, actor, value, missing FROM head WHERE ent=? AND field=? ORDER BY lam, event",
            (ent, field),
        ).fetchall()
        replaced = self._db.execute(
            "SELECT event FROM replaced WHERE ent=? AND field=?", (ent, field)
        ).fetchall()
        self._read = (ent, field, frozenset(row[0] for row in replaced))
        return Register(
            tuple(
                Write(e, lam, actor, json.loads(value), missing) for e, lam, actor, value, missing in heads
            ),
            self._read[2],
        )

    def put_register(self, ent: str, field: str, register: Register) -> None:
        self._db.execute("DELETE FROM head WHERE ent=? AND field=?", (ent, field))
        self._db.executemany(
            "INSERT INTO head VALUES (?,?,?,?,?,?,?)",
            [
                (ent, field, h.event_id, h.lam, h.actor, canonical(h.value).decode(), h.missing)
                for h in register.heads
            ],
        )
        there = self._read[2] if self._read[:2] == (ent, field) else frozenset()
        self._db.executemany(
            "INSERT INTO replaced VALUES (?,?,?) ON CONFLICT DO NOTHING",
            [(ent, field, ident) for ident in register.replaced - there],
        )

    def members(self, ent: str, field: str) -> AddWinsSet:
        added = self._db.execute(
            "SELECT event, value FROM member WHERE ent=? AND field=?", (ent, field)
        ).fetchall()
        removed = self._db.execute(
            "SELECT event FROM unmember WHERE ent=? AND field=?", (ent, field)
        ).fetchall()
        return AddWinsSet(tuple(sorted((e, v) for e, v in added)), frozenset(row[0] for row in removed))

    def put_members(self, ent: str, field: str, members: AddWinsSet) -> None:
        self._db.executemany(
            "INSERT INTO member VALUES (?,?,?,?,?) ON CONFLICT (ent, field, event)"
            " DO UPDATE SET value=excluded.value, removed=excluded.removed",
            [(ent, field, event, value, event in members.removed) for event, value in members.added],
        )
        self._db.executemany(
            "INSERT INTO unmember VALUES (?,?,?) ON CONFLICT DO NOTHING",
            [(ent, field, event) for event in members.removed],
        )


class _Fold(_Slots):
    """One batch of events going into the view: the slots, the entries, and the rows they change."""

    def __init__(self, db: "Connection", table: Catalogue) -> None:
        super().__init__(db)
        self._table = table
        self._touched: dict[str, None] = {}
        self.left_out = 0
        self.adopted: set[str] = set()
        """Ids of the events that those taken adopt."""

    def put_entity(self, entity: Entity) -> None:
        known = self.entity(entity.ident)
        if known is not None and known.kind != entity.kind:
            self._db.execute(f'DELETE FROM "{known.kind}" WHERE id=?', (entity.ident,))  # noqa: S608 - declared name
        super().put_entity(entity)

    def take(self, stored: "Stored") -> None:
        try:
            event = happening(stored)
        except (BadInput, TrustError):
            # A changed byte must not keep a responder out of the cockpit; verification says where it is.
            self.left_out += 1
            return
        doubt = stored.doubt
        if not doubt and is_stray(self._table, event.type, event.stream, event.ent):
            doubt = STRAY  # shown in the stream that holds it, as what it is; no query counts it
        if named := adopts(event.type, doubt, event.body):
            self._adopt(named, event)
        if doubt in ADOPTABLE:
            doubt = doubt_left(doubt, self._is_adopted(event))
        if not doubt:
            apply(event, self._table, self)
            self._touched[event.ent] = None
        self._entry(stored.arrival, event, doubt)

    def _adopt(self, named: str, by: Happening) -> None:
        self._db.execute(
            "INSERT INTO adopted VALUES (?,?,?) ON CONFLICT DO NOTHING", (named, by.stream, by.event_id)
        )
        self.adopted.add(named)

    def _is_adopted(self, event: Happening) -> bool:
        row = self._db.execute(
            "SELECT 1 FROM adopted WHERE event=? AND stream=?", (event.event_id, event.stream)
        ).fetchone()
        return row is not None

    def _entry(self, arrival: int, event: Happening, doubt: str) -> None:
        at = read_moment(event.occurred).earliest_us if event.occurred else event.wall
        self._db.execute(
            "INSERT OR REPLACE INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (arrival, event.event_id, event.stream, event.ent, event.type, event.field, event.device,
             event.actor, event.lam, at, event.occurred, event.wall, canonical(event.body).decode(),
             event.missing, doubt),
        )  # fmt: skip

    def flush(self) -> None:
        """Write the displayed row of every entity the batch touched."""
        for ident in self._touched:
            entity = self.entity(ident)
            if entity is not None:
                self._show(entity, self._table.kinds[entity.kind])

    def _show(self, entity: Entity, kind: EntityKind) -> None:
        values: list[Any] = []
        disputed: list[str] = []
        for field in kind.fields:
            register = self.register(entity.ident, field)
            values.append(_column(shown_value(entity, register, field)))
            if register.in_conflict:
                disputed.append(field)
        sets = [canonical(list(self.members(entity.ident, name).values)).decode() for name in kind.sets]
        marks = ",".join("?" * (4 + len(values) + len(sets)))
        self._db.execute(
            f'INSERT OR REPLACE INTO "{kind.name}" VALUES ({marks})',  # noqa: S608 - names are declared in code
            (entity.ident, entity.stream, entity.born[0], " ".join(disputed), *values, *sets),
        )
        if kind.search:
            shown = dict(zip(kind.fields, values, strict=True))
            text = " ".join(str(shown[name]) for name in kind.search if shown[name] is not None)
            self._find_by(entity, text)

    def _find_by(self, entity: Entity, text: str) -> None:
        num = self._db.execute("SELECT num FROM entity WHERE id=?", (entity.ident,)).fetchone()[0]
        known = self._db.execute("SELECT text FROM found WHERE rowid=?", (num,)).fetchone()
        if known == (text,):
            return  # taking an entry out of the index, so that nothing of it stays, is most of a step's work
        if known is not None:
            self._db.execute("DELETE FROM found WHERE rowid=?", (num,))
        self._db.execute(
            "INSERT INTO found (rowid, kind, ent, text) VALUES (?,?,?,?)",
            (num, entity.kind, entity.ident, text),
        )


def _column(value: Any) -> Any:
    """A register's value as a column: text and whole numbers as they are, anything else as JSON text."""
    return value if value is None or isinstance(value, str | int) else canonical(value).decode()


def _mark(table: Catalogue) -> str:
    declared = [
        [k.name, k.fields, k.sets, k.search, k.indexed, k.bound] for k in sorted(table.kinds.values())
    ]
    types = [[t.name, t.kind, t.effect.value, t.version] for t in sorted(table.types.values())]
    return hashlib.sha256(canonical([LAYOUT, declared, types])).hexdigest()


class Entry(NamedTuple):
    """One row of a stream's record, as the view holds it."""

    arrival: int
    event_id: str
    stream: str
    ent: str
    type: str
    field: str | None
    device: str
    actor: str
    lam: int
    at_us: int
    """Where it stands on the timeline: the stated time, else the writer's clock. Orders the display only."""
    occurred: str | None
    wall: int
    body: str
    """JSON object of the parts held."""
    missing: str
    doubt: str


ENTRY_COLUMNS = ", ".join(Entry._fields)

"""The fold of the log into the view's tables: slots, entries, displayed rows and the search index."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ircockpit.core.adoption import ADOPTABLE, ADOPTED, adopts, doubt_left
from ircockpit.core.errors import BadInput, TrustError
from ircockpit.core.ids import spoken_form
from ircockpit.core.jsontext import canonical
from ircockpit.core.merge import AddWinsSet, Register, Write
from ircockpit.core.reduce import (
    STRAY,
    Catalogue,
    Entity,
    EntityKind,
    Happening,
    apply,
    is_stray,
    shown_value,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ircockpit.store.log import Stored


def happening(stored: "Stored") -> Happening:
    """What the fold needs of a stored event.

    Raises :class:`BadInput` or :class:`TrustError` where its bytes are no event or its body is not its own.
    """
    from ircockpit.ledger.parts import check_parts, read_part

    envelope = stored.event.envelope
    check_parts(stored.event.parts, envelope.body)
    body: dict[str, Any] = {}
    missing = ""
    for index, part in enumerate(stored.event.parts):
        held = read_part(part)
        if held is None:
            missing = "erased" if index in stored.erased else missing or "withheld"
        else:
            body = {**held, **body}  # a later part never overrides an earlier one
    return Happening(
        stored.event.id, envelope.stream, envelope.device, envelope.lam, envelope.actor, envelope.type,
        envelope.tv, envelope.ent, envelope.field, envelope.base, envelope.occurred, envelope.wall, body,
        missing,
    )  # fmt: skip


class Slots:
    """The fold's slots, kept in the view's tables."""

    def __init__(self, db: "Connection") -> None:
        self._db = db
        self._read: tuple[str, str, frozenset[str]] = ("", "", frozenset())
        """The register read last, with the replaced writes its rows hold: only further ones are written."""

    def entity(self, ident: str) -> Entity | None:
        """See :class:`ircockpit.core.reduce.Slots`."""
        row = self._db.execute(
            "SELECT id, kind, stream, lam, event, facts, missing, at_us FROM entity WHERE id=?", (ident,)
        ).fetchone()
        if row is None:
            return None
        _, kind, stream, lam, event, facts, missing, at_us = row
        return Entity(ident, kind, stream, (lam, event), json.loads(facts), missing, at_us)

    def put_entity(self, entity: Entity) -> None:
        """See :class:`ircockpit.core.reduce.Slots`."""
        self._db.execute(
            "INSERT INTO entity (id, kind, stream, lam, event, at_us, facts, spoken, missing) VALUES (?,?,?,?,?,?,?,?,?)"
            " ON CONFLICT (id) DO UPDATE SET kind=excluded.kind, stream=excluded.stream, lam=excluded.lam,"
            " event=excluded.event, at_us=excluded.at_us, facts=excluded.facts, missing=excluded.missing",
            (entity.ident, entity.kind, entity.stream, entity.born[0], entity.born[1], entity.at_us,
             canonical(entity.facts).decode(), spoken_form(entity.ident), entity.missing),
        )  # fmt: skip

    def register(self, ent: str, field: str) -> Register:
        """See :class:`ircockpit.core.reduce.Slots`."""
        heads = self._db.execute(
            "SELECT event, lam, actor, value, missing FROM head WHERE ent=? AND field=? ORDER BY lam, event",
            (ent, field),
        ).fetchall()
        self._read = (ent, field, frozenset(row[0] for row in self._replaced(ent, field)))
        return Register(
            tuple(
                Write(e, lam, actor, json.loads(value), missing) for e, lam, actor, value, missing in heads
            ),
            self._read[2],
        )

    def _replaced(self, ent: str, field: str) -> list[Any]:
        return self._db.execute("SELECT event FROM replaced WHERE ent=? AND field=?", (ent, field)).fetchall()

    def put_register(self, ent: str, field: str, register: Register) -> None:
        """See :class:`ircockpit.core.reduce.Slots`."""
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
        """See :class:`ircockpit.core.reduce.Slots`."""
        added = self._db.execute(
            "SELECT event, value FROM member WHERE ent=? AND field=?", (ent, field)
        ).fetchall()
        removed = self._db.execute(
            "SELECT event FROM unmember WHERE ent=? AND field=?", (ent, field)
        ).fetchall()
        return AddWinsSet(tuple(sorted((e, v) for e, v in added)), frozenset(row[0] for row in removed))

    def put_members(self, ent: str, field: str, members: AddWinsSet) -> None:
        """See :class:`ircockpit.core.reduce.Slots`."""
        self._db.executemany(
            "INSERT INTO member VALUES (?,?,?,?,?) ON CONFLICT (ent, field, event)"
            " DO UPDATE SET value=excluded.value, removed=excluded.removed",
            [(ent, field, event, value, event in members.removed) for event, value in members.added],
        )
        self._db.executemany(
            "INSERT INTO unmember VALUES (?,?,?) ON CONFLICT DO NOTHING",
            [(ent, field, event) for event in members.removed],
        )


class Fold(Slots):
    """One batch of events going into the view: the slots, the entries, and the rows they change."""

    def __init__(self, db: "Connection", table: Catalogue, applied: int) -> None:
        super().__init__(db)
        self._applied = applied
        """Entries that arrived up to here are counted already."""
        self._table = table
        self._touched: dict[str, None] = {}
        self._entries: list[tuple[Any, ...]] = []
        self._taken = ""
        """Id of the event that is being taken."""
        self.left_out = 0
        self.adopted: set[str] = set()
        """Ids of the events that those taken adopt."""

    def put_entity(self, entity: Entity) -> None:
        """See :class:`ircockpit.core.reduce.Slots`."""
        known = self.entity(entity.ident)
        if known is not None and known.kind != entity.kind:
            self._db.execute(f'DELETE FROM "{known.kind}" WHERE id=?', (entity.ident,))  # noqa: S608 - declared name
        super().put_entity(entity)

    def take(self, stored: "Stored") -> None:
        """Fold one event in, and keep it as an entry of its stream."""
        try:
            event = happening(stored)
        except (BadInput, TrustError):
            # A changed byte must not keep a responder out of the cockpit; verification says where it is.
            self.left_out += 1
            return
        doubt = stored.doubt
        if not doubt and is_stray(self._table, event.type, event.stream, event.ent):
            doubt = STRAY  # shown in the stream that holds it, as what it is; no query counts it
        if event.type == ADOPTED:
            from ircockpit.ledger.parts import decision

            if named := adopts(event.type, doubt, decision(stored.event.parts)):
                self._adopt(named, event)
        if doubt in ADOPTABLE:
            doubt = doubt_left(doubt, self._is_adopted(event))
        if not doubt:
            self._taken = event.event_id
            apply(event, self._table, self)
            self._touched[event.ent] = None
        self._entry(stored.arrival, event, doubt)

    def _replaced(self, ent: str, field: str) -> list[Any]:
        # Only whether the write that comes was replaced before it came: a field may have been changed many
        # thousand times, and reading all of those at each further change would take ever longer.
        return self._db.execute(
            "SELECT event FROM replaced WHERE ent=? AND field=? AND event=?", (ent, field, self._taken)
        ).fetchall()

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
        self._entries.append(
            (arrival, event.event_id, event.stream, event.ent, event.type, event.field, event.device,
             event.actor, event.lam, event.at_us, event.occurred, event.wall, canonical(event.body).decode(),
             event.missing, doubt)
        )  # fmt: skip

    def flush(self) -> None:
        """Write the batch's entries, and the displayed row of every entity that it touched."""
        self._db.executemany(
            "INSERT OR REPLACE INTO entry VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", self._entries
        )
        new = {row[0]: (row[2], row[4], row[7]) for row in self._entries if row[0] > self._applied}
        self._db.executemany(
            "INSERT INTO tally VALUES (?,?,?,?) ON CONFLICT (stream, type, actor) DO UPDATE SET n=n+excluded.n",
            [(*key, n) for key, n in Counter(new.values()).items()],
        )
        self._entries.clear()
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
        shown = dict(zip(kind.fields, values, strict=True))
        derived = [each.of(shown, disputed) for each in kind.derived]
        marks = ",".join("?" * (5 + len(values) + len(sets)))
        if derived:
            marks += ", (SELECT num FROM entity WHERE id=?1)" + ",?" * len(derived)  # noqa: S608 - fixed text
        self._db.execute(
            f'INSERT OR REPLACE INTO "{kind.name}" VALUES ({marks})',  # noqa: S608 - names are declared in code
            (
                entity.ident,
                entity.stream,
                entity.born[0],
                entity.at_us,
                " ".join(disputed),
                *values,
                *sets,
                *derived,
            ),
        )
        if kind.search:
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

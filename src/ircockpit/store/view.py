"""The view on disk: the fold of the log as tables to query, made anew from the log whenever in doubt."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.digest import sha256
from ircockpit.core.errors import StoreError
from ircockpit.core.jsontext import canonical
from ircockpit.core.reduce import Catalogue, Entity, dump
from ircockpit.store.kept import forget_pages, keep_page
from ircockpit.store.sqlite import BUSY_MS, OpenDatabase, connect, in_memory, told, write_tx
from ircockpit.store.swap import NO_FILE, beside, building, file_of, opening, put_in_place, remove

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ircockpit.store.log import Log, Stored

LAYOUT = 9
"""Raised when the tables of this module change; the kinds' own fields are part of the mark by themselves."""
CACHE_KIB = 2048  # of its pages in memory: a look at a long queue must not leave tens of megabytes
_AT_ONCE = 500
_BATCH = 2000
"""Events folded in one step; a first filling of more is made beside, so that nobody sees a part of it."""


class NotReadyError(StoreError):
    """There is nothing to show until the view was made, which takes a while."""


class State(NamedTuple):
    """Which view, and what is folded into it: of one file and ``late``, all that has changed are later events."""

    file: tuple[int, int]
    late: int
    applied: int


class View:
    """``view.db``: entities, registers, sets, entries and the search index; all of it can be made anew.

    Several windows and commands have it open at once. It is made anew beside the one in use and takes its
    place in one step; whoever has the old one open goes on reading that and follows at its next
    :meth:`catch_up`.
    """

    on_disk = True

    def __init__(
        self,
        path: Path,
        table: Catalogue,
        *,
        open_database: OpenDatabase = connect,
        beside: bool = False,
    ) -> None:
        self._open_database = open_database
        self.path = path
        self.table = table
        self.replaced = False
        """Whether the log turned out not to be the one this view was made from."""
        self.beside = beside
        """Whether somebody makes it anew beside whoever shows it: then :meth:`catch_up` only says that it is due."""
        self.due = False
        """Whether it has to be made anew. Until then it shows what it showed, and what is new besides."""
        self._passed = 0
        self.db, self._file = self._open()
        try:
            with told(path):
                if not self._has_tables():
                    self._lay_out()
                self._current = self._is_current()
        except BaseException:
            self.db.close()
            raise

    def _open(self) -> "tuple[Connection, tuple[int, int]]":
        with opening(self.path), told(self.path):
            db = self._open_database(self.path, synchronous="NORMAL")
            db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            return db, file_of(self.path)

    def close(self) -> None:
        """Close the connection."""
        self.db.close()

    def moved(self) -> bool:
        """Whether another file has taken the place of the one that is open here."""
        return file_of(self.path) != self._file

    def _has_tables(self) -> bool:
        return bool(self.db.execute("SELECT 1 FROM sqlite_master WHERE name='meta'").fetchone())

    def _is_current(self) -> bool:
        row = self.db.execute("SELECT value FROM meta WHERE key='mark'").fetchone()
        return bool(row) and row[0] == mark_of(self.table)

    def _lay_out(self) -> None:
        with write_tx(self.db, self.path):
            if not self._has_tables():  # another process may have been quicker
                self._empty()

    def reset(self) -> None:
        """Empty the view and lay its tables out anew; the next :meth:`catch_up` fills it from the log."""
        with write_tx(self.db, self.path):
            self._empty()

    def _empty(self) -> None:
        from ircockpit.store.layout import lay_out

        lay_out(self.db, self.table, mark_of(self.table))

    def catch_up(self, log: "Log", told_of: Callable[[int], None] | None = None) -> int:
        """Fold in what the log has and the view has not; returns how many events that were.

        A view that was made from another log (an older copy of ``log.db`` was put back), by another version of
        the program, or from events that count no more is made anew, at once or :attr:`beside`. ``told_of`` hears
        after each batch how many events are in. Raises :class:`StoreError` where another version has taken the view
        over meanwhile, :class:`NotReadyError` where somebody else is to make one that shows nothing yet.
        """
        self._follow()
        if self._in_line(log):
            done = self._go_on(log, told_of)
            if done is not None:
                return done
        if self.beside and self._shows_something():
            self.due = True
            return 0
        if self.beside and log.head_arrival() > _BATCH:
            raise NotReadyError(
                "the view has to be made anew from the record",
                safe="the record is whole",
                fix="ircockpit rebuild makes it",
            )
        if self._file == NO_FILE:
            return self._in_place(log, told_of)
        with building(self.path):
            if self.moved():  # somebody else has made it anew while this one waited
                self._follow()
                done = self._go_on(log, told_of) if self._in_line(log) else None
                if done is not None:
                    return done
            done = _make(self.path, self.table, log, told_of)
        self._reopen()
        return done

    def remake(self, log: "Log", told_of: Callable[[int], None] | None = None) -> int:
        """Make the view anew whatever it holds; ended on the way, the old one stays."""
        if self._file == NO_FILE:
            return self._in_place(log, told_of)
        done = make_anew(self.path, self.table, log, told_of)
        self._reopen()
        return done

    def _in_place(self, log: "Log", told_of: Callable[[int], None] | None) -> int:
        # Memory, and what a simulation has for a disk, know no files: nothing can take the place of another there.
        self.reset()
        while (done := self._go_on(log, told_of)) is None:  # an event was put in doubt meanwhile
            self.reset()
        self._current = True
        return done

    def _follow(self) -> None:
        if self.moved():
            self._reopen()

    def _reopen(self) -> None:
        fresh = View(self.path, self.table, open_database=self._open_database)
        if not fresh._current:
            fresh.close()
            raise StoreError(
                "view.db was made anew by another version of ircockpit",
                safe="what was recorded is in the log; this window shows what it showed before",
                fix="leave this window and start it again",
            )
        self.db.close()
        self.db, self._file, self._current = fresh.db, fresh._file, True
        self.due, self._passed = False, 0

    def _in_line(self, log: "Log") -> bool:
        """Whether what is here is the beginning of what the log holds, and the rest can be added to it."""
        if not self._current:
            return False
        with told(self.path):
            # In one reading: another window may be folding events in between two.
            marks = dict(self.db.execute("SELECT key, value FROM meta"))
        applied, late = int(marks["applied"]), int(marks["late"])
        if (log.id_at(applied) or "") != marks["tip"] or late > log.late_head():
            self.replaced = True
            return False
        return applied > 0 or log.head_arrival() <= _BATCH

    def _go_on(self, log: "Log", told_of: Callable[[int], None] | None) -> int | None:
        """Fold in what is new; ``None`` where that cannot be done by adding: an event counts no more."""
        with told(self.path):
            marks = dict(self.db.execute("SELECT key, value FROM meta"))
        if (int(marks["applied"]), int(marks["late"])) == (log.head_arrival(), log.late_head()):
            return 0
        done = 0
        while True:
            with write_tx(self.db, self.path):
                applied = int(self._meta("applied"))
                if not applied:  # everything is folded as it stands now, later changes included
                    self._set_meta("late", str(log.late_head()))
                batch = log.since(applied, _BATCH)
                again = [] if batch else log.late(max(int(self._meta("late")), self._passed))
                if not batch and not again:
                    return done
                forget_pages(self.db)
                waits = [each for each in again if each[1].doubt and self._counts(each[1].arrival)]
                if waits and not self.beside:
                    return None  # a fold cannot be taken back
                self.due |= bool(waits)
                self._fold(log, applied, batch, [each for each in again if each not in waits])
                if again:
                    self._pass(again[-1][0])
                if batch:
                    self._set_meta("applied", str(batch[-1].arrival))
                    self._set_meta("tip", log.id_at(batch[-1].arrival) or "")
                done += len(batch) + len(again)
            if told_of is not None:
                told_of(done)

    def _pass(self, late: int) -> None:
        """Later changes up to this number are in, but for those that only a new view can take back: the mark stays
        before them, and what was erased meanwhile is gone from this one all the same.
        """
        if self.due:
            self._passed = late
        else:
            self._set_meta("late", str(late))

    def _shows_something(self) -> bool:
        """Whether there is a view to go on with: one of another version of the program is none, nor is an empty one."""
        return self._current and int(self._meta("applied")) > 0

    def _counts(self, arrival: int) -> bool:
        row = self.db.execute("SELECT 1 FROM entry WHERE arrival=? AND doubt=''", (arrival,)).fetchone()
        return row is not None

    def _fold(
        self, log: "Log", applied: int, batch: "list[Stored]", again: "list[tuple[int, Stored]]"
    ) -> None:
        from ircockpit.store.fold import Fold

        fold = Fold(self.db, self.table, applied)
        for stored in (*batch, *(stored for _, stored in again)):
            fold.take(stored)
        for ident in sorted(fold.adopted):  # what came before the event that adopts it
            if (named := log.get(ident)) is not None:
                fold.take(named)
        fold.flush()
        if fold.left_out:
            self._set_meta("left_out", str(int(self._meta("left_out")) + fold.left_out))

    @property
    def applied(self) -> int:
        """The arrival number up to which the log is folded in."""
        with told(self.path):
            return int(self._meta("applied"))

    @property
    def state(self) -> "State":
        """Changes with whatever it shows."""
        with told(self.path):
            marks = dict(self.db.execute("SELECT key, value FROM meta WHERE key IN ('applied', 'late')"))
        return State(self._file, int(marks["late"]), int(marks["applied"]))

    def keep_page(self, key: str, page: str, state: State) -> None:
        """Keep what a first page looks like in this state, for :func:`~ircockpit.store.kept.read_page`.

        It is thrown away by the next change; where somebody else is writing, or has written, it is not kept.
        """
        with suppress(StoreError), told(self.path):
            self.db.execute("PRAGMA busy_timeout=0")
            try:
                with write_tx(self.db, self.path):
                    if self.state == state:
                        keep_page(self.db, key, page)
            finally:
                self.db.execute(f"PRAGMA busy_timeout={BUSY_MS}")

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

    def arrivals_of(self, ent: str) -> list[int]:
        """Arrival numbers of the events about a thing, as far as the view has them."""
        return [row[0] for row in self.rows("SELECT arrival FROM entry WHERE ent=? ORDER BY arrival", (ent,))]

    def rows(self, sql: str, values: Iterable[object] = ()) -> list[Any]:
        """Rows of a query over the view's tables, as tuples."""
        with told(self.path):
            return self.db.execute(sql, tuple(values)).fetchall()

    def each(self, sql: str, values: Iterable[object] = ()) -> Iterator[Any]:
        """The same one by one, where there are very many; they are read to the end at once."""
        with told(self.path):
            yield from self.db.execute(sql, tuple(values))

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
        from ircockpit.store.fold import Slots

        slots = Slots(self.db)
        with told(self.path):
            entities = [Entity(i, k, s, (lam, ev), json.loads(f), gone) for i, k, s, lam, ev, f, gone in self.db.execute(
                "SELECT id, kind, stream, lam, event, facts, missing FROM entity")]  # fmt: skip
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


class Passing(View):
    """The view in memory, for a program that runs while the disk takes no ``view.db``."""

    on_disk = False

    def _open(self) -> "tuple[Connection, tuple[int, int]]":
        return in_memory(), NO_FILE

    def moved(self) -> bool:
        """Nothing takes its place."""
        return False

    def remake(self, log: "Log", told_of: Callable[[int], None] | None = None) -> int:
        """Make the one on the disk, for the next start. Raises :class:`StoreError` while that cannot be."""
        return make_anew(self.path, self.table, log, told_of)


class _Beside(View):
    """A view in the making: nobody else knows its file, and ended on the way it is thrown away."""

    def _open(self) -> "tuple[Connection, tuple[int, int]]":
        remove(self.path)
        db = self._open_database(self.path, synchronous="NORMAL")
        with told(self.path):
            db.execute("PRAGMA journal_mode=OFF")  # nothing is taken back, and nothing read meanwhile
        return db, file_of(self.path)

    def fill(self, log: "Log", told_of: Callable[[int], None] | None) -> int:
        """Fold in the whole log, and leave a file that holds everything by itself, on the disk."""
        from ircockpit.store.layout import ENTRY_INDEXES

        with told(self.path):
            for name in ENTRY_INDEXES:
                self.db.execute(f"DROP INDEX {name}")
        done = self._go_on(log, told_of)
        with told(self.path):
            for statement in ENTRY_INDEXES.values() if done is not None else ():
                self.db.execute(statement)
            self.db.execute("PRAGMA journal_mode=WAL")
        if done is None:  # an event was put in doubt meanwhile
            done = self._in_place(log, told_of)
        with told(self.path):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done


def make_anew(path: Path, table: Catalogue, log: "Log", told_of: Callable[[int], None] | None = None) -> int:
    """Make the view at ``path`` anew from the log, whatever lies there; returns how many events are in it.

    What lies there stays in use until the new one takes its place in one step.
    """
    with building(path):
        return _make(path, table, log, told_of)


def _make(path: Path, table: Catalogue, log: "Log", told_of: Callable[[int], None] | None) -> int:
    new = beside(path)
    try:
        view = _Beside(new, table)
        try:
            done = view.fill(log, told_of)
        finally:
            view.close()
        put_in_place(new, path)
    except BaseException:
        with suppress(StoreError):
            remove(new)
        raise
    return done


def mark_of(table: Catalogue) -> str:
    """Tells the views of one version of the program from those of another."""
    # What a derived column is made by is no part of it: where that changes, LAYOUT does.
    declared = [[*k[:5], [each[:2] for each in k.derived], *k[6:]] for _, k in sorted(table.kinds.items())]
    types = [[t.name, t.kind, t.effect.value, t.version] for t in sorted(table.types.values())]
    return sha256(canonical([LAYOUT, declared, types])).hexdigest()


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

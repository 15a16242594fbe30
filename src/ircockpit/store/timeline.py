"""A timeline read by keyset pages, newest first, from a picture that holds still while new entries arrive."""

from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import NotFound
from ircockpit.store.view import ENTRY_COLUMNS, Entry

if TYPE_CHECKING:
    from ircockpit.store.view import View


class Place(NamedTuple):
    """Where an entry stands: by stated time, then Lamport number, then event id; the newest is the highest."""

    at_us: int
    lam: int
    event_id: str


class Timeline(NamedTuple):
    """The entries of a stream that had arrived at a moment; what arrives later changes no page of it."""

    view: "View"
    stream: str
    hidden: tuple[str, ...]
    """Types of events left out."""
    upto: int
    """Arrival number of the last entry in it."""

    def total(self) -> int:
        """How many entries."""
        later = int(self._rows_of("count(*)", "entry", " AND arrival>?", self.upto)[0][0])
        return int(self._rows_of("coalesce(sum(n), 0)", "tally", "")[0][0]) - later

    def people(self) -> int:
        """How many people wrote them."""
        return int(self._rows_of("count(DISTINCT actor)", "tally", "")[0][0])

    def authors(self) -> dict[str, int]:
        """How many entries each pseudonym wrote, also those that arrived since."""
        marks = ",".join("?" * len(self.hidden))
        return dict(
            self.view.rows(
                f"SELECT actor, sum(n) FROM tally WHERE stream=? AND type NOT IN ({marks}) GROUP BY actor",  # noqa: S608 - fixed texts
                (self.stream, *self.hidden),
            )
        )

    def older(self, limit: int, than: Place | None = None) -> list[Entry]:
        """At most ``limit`` entries next older than a place, or the newest of all; newest first."""
        where, values = ("", ()) if than is None else (f" AND {_PLACE} < (?,?,?)", than)
        rows = self._rows(ENTRY_COLUMNS, f"{where} {_NEWEST} LIMIT ?", *values, limit)
        return [Entry(*row) for row in rows]

    def newer(self, limit: int, than: Place | None = None) -> list[Entry]:
        """At most ``limit`` entries next newer than a place, or the oldest of all; newest first."""
        where, values = ("", ()) if than is None else (f" AND {_PLACE} > (?,?,?)", than)
        rows = self._rows(ENTRY_COLUMNS, f"{where} {_OLDEST} LIMIT ?", *values, limit)
        return [Entry(*row) for row in reversed(rows)]

    def arrived_after(self, arrival: int) -> list[Entry]:
        """Those that arrived after another picture was taken."""
        return [Entry(*row) for row in self._rows(ENTRY_COLUMNS, f" AND arrival > ? {_NEWEST}", arrival)]

    def entries(self, places: list[Place]) -> list[Entry]:
        """The entries at these places, in this order."""
        marks = ",".join("?" * len(places))
        rows = self._rows(
            ENTRY_COLUMNS,
            f" AND event_id IN ({marks}) {_NEWEST}",
            *(each.event_id for each in places),
            by_id=True,
        )
        return [Entry(*row) for row in rows]

    def place(self, event_id: str) -> Place | None:
        """Where an entry stands, ``None`` where it is not in it."""
        rows = self._rows("at_us, lam, event_id", " AND event_id = ?", event_id, by_id=True)
        return Place(*rows[0]) if rows else None

    def above(self, place: Place) -> int:
        """How many entries are newer than a place."""
        return int(self._rows("count(*)", f" AND {_PLACE} > (?,?,?)", *place)[0][0])

    def _rows_of(self, columns: str, table: str, rest: str, *values: object) -> list[Any]:
        marks = ",".join("?" * len(self.hidden))
        # Of entries only those that came after the picture was taken are asked for: by arrival they are few.
        return self.view.rows(
            f"SELECT {columns} FROM {table} WHERE {'+' * bool(rest)}stream=? AND type NOT IN ({marks}){rest}",  # noqa: S608 - fixed texts
            (self.stream, *self.hidden, *values),
        )

    def _rows(self, columns: str, rest: str, *values: object, by_id: bool = False) -> list[Any]:
        marks = ",".join("?" * len(self.hidden))
        # A + keeps the engine from choosing that column's index: by time or by id is what is asked for.
        return self.view.rows(
            f"SELECT {columns} FROM entry WHERE {'+' if by_id else ''}stream=?"  # noqa: S608 - fixed texts
            f" AND +arrival<=? AND type NOT IN ({marks}){rest}",
            (self.stream, self.upto, *self.hidden, *values),
        )


_PLACE = "(at_us, lam, event_id)"
_NEWEST = "ORDER BY at_us DESC, lam DESC, event_id DESC"
_OLDEST = "ORDER BY at_us, lam, event_id"


def timeline(view: "View", stream: str, hidden: tuple[str, ...]) -> Timeline:
    """A stream's timeline as it is now."""
    return Timeline(view, stream, hidden, view.applied)


def place_of(entry: Entry) -> Place:
    """Where an entry stands."""
    return Place(entry.at_us, entry.lam, entry.event_id)


def entry(view: "View", event_id: str) -> Entry:
    """One entry by its event id. Raises :class:`NotFound`."""
    rows = view.rows(f"SELECT {ENTRY_COLUMNS} FROM entry WHERE event_id=?", (event_id,))  # noqa: S608
    if not rows:
        raise NotFound("there is no such entry on this device")
    return Entry(*rows[0])


def one_named(view: "View", stream: str, beginning: str) -> Entry:
    """The entry of a stream whose event id begins so. Raises :class:`NotFound` where none or several do."""
    rows = view.rows(
        f"SELECT {ENTRY_COLUMNS} FROM entry WHERE stream=? AND substr(event_id, 1, ?) = ? LIMIT 2",  # noqa: S608 - fixed text
        (stream, len(beginning), beginning.lower()),
    )
    if len(rows) != 1:
        found = "no entry" if not rows else "more than one entry"
        raise NotFound(
            f"{found} has an id that begins with {beginning!r}", fix="ircockpit timeline --json shows the ids"
        )
    return Entry(*rows[0])

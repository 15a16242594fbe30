"""The view's tables, laid out from the kinds of things the features declare."""

from typing import TYPE_CHECKING, Any

from ircockpit.core.reduce import Catalogue
from ircockpit.store.kept import TABLE
from ircockpit.store.view import Entry

if TYPE_CHECKING:
    from sqlite3 import Connection


def lay_out(connection: "Connection", table: Catalogue, mark: str) -> None:
    """Drop what is there and create every table; runs inside the caller's transaction."""
    _drop_all(connection)
    for name, columns, keys in _FIXED:
        spelled = ", ".join(f"{column} {kind}" for column, kind in columns)
        connection.execute(f"CREATE TABLE {name} ({spelled}, PRIMARY KEY ({keys})) STRICT, WITHOUT ROWID")
    connection.execute(
        "CREATE TABLE entity (num INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, stream TEXT, lam INTEGER,"
        " event TEXT, at_us INTEGER, facts TEXT, spoken TEXT, missing TEXT) STRICT"
    )
    connection.execute(TABLE)
    connection.execute("CREATE INDEX entity_spoken ON entity (kind, spoken)")
    types = {"arrival": "INTEGER PRIMARY KEY", "lam": "INTEGER", "at_us": "INTEGER", "wall": "INTEGER"}
    spelled = ", ".join(f"{name} {types.get(name, 'TEXT')}" for name in Entry._fields)
    connection.execute(f"CREATE TABLE entry ({spelled}) STRICT")
    for statement in ENTRY_INDEXES.values():
        connection.execute(statement)
    for kind in table.kinds.values():
        fields = "".join(f', "{field}" ANY' for field in (*kind.fields, *kind.sets))
        if kind.derived:
            fields += ", num INTEGER" + "".join(f', "{each.name}" {each.type}' for each in kind.derived)
        connection.execute(
            f'CREATE TABLE "{kind.name}" (id TEXT PRIMARY KEY, stream TEXT, lam INTEGER,'
            f" born INTEGER, disputed TEXT{fields}) STRICT, WITHOUT ROWID"
        )
        for field in kind.indexed:
            connection.execute(f'CREATE INDEX "{kind.name}_{field}" ON "{kind.name}" ("{field}")')
        if kind.covered:
            # Of one rank what was made last comes first.
            names = ", ".join('"born" DESC' if name == "born" else f'"{name}"' for name in kind.covered)
            connection.execute(f'CREATE INDEX "{kind.name}_covered" ON "{kind.name}" ({names})')
        if kind.numbered:
            connection.execute(f'CREATE INDEX "{kind.name}_numbered" ON "{kind.name}" (id, num)')
    connection.execute(
        "CREATE VIRTUAL TABLE found USING fts5 (kind UNINDEXED, ent UNINDEXED, text, tokenize='trigram')"
    )
    connection.execute("INSERT INTO found (found, rank) VALUES ('secure-delete', 1)")
    connection.executemany(
        "INSERT INTO meta VALUES (?,?)",
        [("mark", mark), ("applied", "0"), ("tip", ""), ("late", "0"), ("left_out", "0")],
    )


ENTRY_INDEXES = {
    "entry_time": "CREATE INDEX entry_time ON entry (stream, at_us, lam, event_id, type)",
    "entry_event": "CREATE INDEX entry_event ON entry (event_id)",
    "entry_ent": "CREATE INDEX entry_ent ON entry (ent, arrival)",
}
"""Made after the entries where all of them are written at once: sorting is quicker than finding each one's place."""
_FIXED: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...] = (
    ("meta", (("key", "TEXT"), ("value", "TEXT")), "key"),
    (
        "head",
        (("ent", "TEXT"), ("field", "TEXT"), ("event", "TEXT"), ("lam", "INTEGER"), ("actor", "TEXT"),
         ("value", "TEXT"), ("missing", "TEXT")),
        "ent, field, event",
    ),
    ("tally", (("stream", "TEXT"), ("type", "TEXT"), ("actor", "TEXT"), ("n", "INTEGER")), "stream, type, actor"),
    ("adopted", (("event", "TEXT"), ("stream", "TEXT"), ("by", "TEXT")), "event, stream, by"),
    ("replaced", (("ent", "TEXT"), ("field", "TEXT"), ("event", "TEXT")), "ent, field, event"),
    (
        "member",
        (("ent", "TEXT"), ("field", "TEXT"), ("event", "TEXT"), ("value", "TEXT"), ("removed", "INTEGER")),
        "ent, field, event",
    ),
    ("unmember", (("ent", "TEXT"), ("field", "TEXT"), ("event", "TEXT")), "ent, field, event"),
)  # fmt: skip


def _drop_all(connection: "Connection") -> None:
    names: list[Any] = connection.execute(
        "SELECT name FROM sqlite_master WHERE type='table'"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'found_%'"
    ).fetchall()
    for (name,) in names:
        connection.execute(f'DROP TABLE IF EXISTS "{name}"')

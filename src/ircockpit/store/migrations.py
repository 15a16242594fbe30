"""The migrations of ``log.db``: each applied once, under the lock, and recorded by name."""

import re
from importlib.resources import files
from sqlite3 import complete_statement
from typing import TYPE_CHECKING, Any

from ircockpit.store.versions import APPLICATION_ID, TRIAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from sqlite_utils import Database, Migrations


def migrate(connection: "Connection") -> None:
    """Bring the database to its newest shape; the caller holds the lock and no transaction.

    Each migration and the note that it was applied are one transaction.
    """
    # A quarter of a second to import: only when a log is made or changes shape.
    from sqlite_utils import Database

    _log().apply(Database(connection))


def _log() -> "Migrations":
    from sqlite_utils import Migrations

    log = Migrations("log")

    @log(name="0001 the record, format 1")
    def _first(db: "Database") -> None:
        _run(db, "log.sql")
        db.conn.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.conn.execute(f"PRAGMA user_version={TRIAL + 1}")

    return log


def _run(db: Any, script: str) -> None:
    """Run a script statement by statement: ``executescript`` would commit the transaction it stands in."""
    for statement in statements(files("ircockpit.store").joinpath(script).read_text("utf-8")):
        db.conn.execute(statement)


def statements(script: str) -> "Iterator[str]":
    """The statements of a script, triggers in one piece."""
    pending = ""
    for piece in re.split(r"(?<=;)", script):
        pending += piece
        if complete_statement(pending):
            yield pending.strip()
            pending = ""

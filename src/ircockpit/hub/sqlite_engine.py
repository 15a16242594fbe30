"""The engine of the hub's database: how a connection is opened, and how its errors are told."""

import os
import sqlite3 as stdlib_sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ircockpit.core.errors import StoreError

if TYPE_CHECKING:
    from sqlite3 import Connection

    engine: Any = stdlib_sqlite3
else:
    try:
        # Its wheel carries SQLite 3.51.3 or later: several connections to one WAL file lose nothing there.
        from pysqlite3 import dbapi2 as engine
    except ImportError:
        engine = stdlib_sqlite3

BUSY_S = 5.0


def make_private(path: Path) -> None:
    """A new database is readable by its owner alone, whatever the folder; the engine gives its companions the same mode."""
    # Never opened where it is there: closing any handle of a database in use drops this process's locks on it.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise StoreError(
            f"{path.name} cannot be made: {os.strerror(error.errno or 0)}", safe="nothing was changed",
            fix=f"check disk, owner and permissions of {path.parent}",
        ) from error  # fmt: skip


def connect(path: Path) -> "Connection":
    """Open the hub's database with the settings that make what was answered survive a power cut."""
    make_private(path)
    db: Connection = engine.connect(path, isolation_level=None, timeout=BUSY_S, check_same_thread=False)
    try:
        for setting in (
            "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF", "secure_delete=ON",
            "temp_store=MEMORY", "journal_size_limit=67108864", "fullfsync=1", "checkpoint_fullfsync=1",
        ):  # fmt: skip
            db.execute(f"PRAGMA {setting}")
        db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except engine.Error:
        db.close()
        raise
    return db


def disk_failed(error: Exception) -> bool:
    """Whether the engine could not read, write or sync: a sync that failed is never asked for again where it failed."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF == 10  # SQLITE_IOERR


def sentence(path: Path, error: Exception) -> StoreError:
    """The engine's error as a sentence a person can act on."""
    text = str(error)
    if "full" in text or "No space" in text:
        return StoreError(
            f"the disk that holds {path.name} is full", safe="nothing of this request was taken in",
            fix=f"free space on {path.parent}",
        )  # fmt: skip
    if "not a database" in text or "malformed" in text:
        return StoreError(
            f"{path.name} is damaged or is no database of a hub", safe="it was not written to",
            fix="keep it, and put a backup in its place: workstations bring back what the backup lacks",
        )  # fmt: skip
    return StoreError(
        f"{path.name} cannot be used: {text}", safe="nothing of this request was acknowledged",
        fix=f"check disk, owner and permissions of {path.parent}",
    )  # fmt: skip

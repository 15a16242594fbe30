"""Leaving nothing in a database's free pages and companion files of what was taken out of it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection

REWRITE_BYTES = 512 * 1024 * 1024
"""Largest database that is written anew, since the engine does it in memory. In a larger one what was taken out has
been overwritten where it stood (``secure_delete``), and nothing more is done."""
_IN_USE = (5, 6)  # SQLITE_BUSY, SQLITE_LOCKED (sqlite.org/rescode.html)


def rewrite(db: "Connection", path: Path, at_most: int = REWRITE_BYTES) -> bool:
    """Empty the write-ahead log and write the database anew; ``False`` where that has to wait.

    It waits for nobody: somebody else is reading, or the file is larger than ``at_most`` bytes, which is for
    whoever must not hold up a screen. The caller comes again.
    """
    timeout = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute("PRAGMA busy_timeout=0")
    try:
        if not _checkpoint(db):
            return False
        size = path.stat().st_size
        if at_most < size <= REWRITE_BYTES:
            return False
        if size <= REWRITE_BYTES:
            db.execute("VACUUM")
        return _checkpoint(db)
    except Exception as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _IN_USE:
            return False
        raise
    finally:
        db.execute(f"PRAGMA busy_timeout={timeout}")


def _checkpoint(db: "Connection") -> bool:
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy

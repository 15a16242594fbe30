"""What the queue's first page looks like, kept in the view until the next change, for the frame a start begins with.

Read before anything else of the program is there: nothing is imported here that the first frame can do without.
"""

import os
import sys

from ircockpit.store.engine import engine
from ircockpit.store.versions import APPLICATION_ID, SCHEMA

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection
    from typing import Any

HOME_VARIABLE = "IRCOCKPIT_HOME"
MOST = 4
"""Pages kept for one state of the record: one for each terminal and look the cockpit was opened in."""
TABLE = "CREATE TABLE kept (key TEXT PRIMARY KEY, mark TEXT, page TEXT) STRICT, WITHOUT ROWID"
_STATE = "SELECT key, value FROM meta"
_TIP = "SELECT lower(hex(id)) FROM event WHERE arrival=?"
_FILE = (("PRAGMA application_id",), ("PRAGMA user_version",))
_HEADS = "SELECT (SELECT coalesce(max(arrival), 0) FROM event), (SELECT coalesce(max(num), 0) FROM late)"


def usual_home() -> str:
    """The profile folder, where it can be said without asking platformdirs; empty where it cannot."""
    named = os.environ.get(HOME_VARIABLE)
    if not named:
        if sys.platform != "linux":
            return ""
        data = os.environ.get("XDG_DATA_HOME", "").strip() or "~/.local/share"
        named = os.path.join(data, "ircockpit")
    home = os.path.expanduser(named)
    return "" if home.startswith("~") else home


def stamp_of(home: str) -> str:
    """Changes when the name or the settings that a page shows were written anew."""
    found = []
    for name in ("profile.json", "config.toml"):
        try:
            state = os.stat(os.path.join(home, name))
        except OSError:
            found.append("-")
        else:
            found.append(f"{state.st_mtime_ns}.{state.st_size}.{state.st_ino}")
    return " ".join(found)


def read_page(home: str, key: str) -> str | None:
    """The page kept under this key, where the record is as it was then; nothing is written.

    ``None`` for anything unusual, which whoever opens the profile tells.
    """
    # Reading is safe beside others with any SQLite: the WAL-reset bug needs two that write or checkpoint. Both
    # connections are closed before the profile is opened, so that no lock is dropped in this process either.
    try:
        lock = os.open(os.path.join(home, "view.db.lock"), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not _take(lock) or os.path.exists(os.path.join(home, "view.db.ready")):
            return None
        rows = _rows(home, "view.db", (_STATE,), ("SELECT mark, page FROM kept WHERE key=?", key))
        if rows is None or not rows[1]:
            return None
        state, (mark, page) = dict(rows[0]), rows[1][0]
        if mark != state.get("mark") or not isinstance(page, str):
            return None
        record = _rows(home, "log.db", *_FILE, (_TIP, state["applied"]), (_HEADS,))
        as_then = [(APPLICATION_ID,), (SCHEMA,), (state["tip"],), (int(state["applied"]), int(state["late"]))]
        return page if record == [[row] for row in as_then] else None
    except (engine.Error, OSError, LookupError, ValueError):
        return None
    finally:
        os.close(lock)


def keep_page(db: "Connection", key: str, page: str) -> None:
    """Keep a page of the state the view is in; inside the caller's transaction."""
    if db.execute("SELECT count(*) FROM kept WHERE key<>?", (key,)).fetchone()[0] >= MOST:
        db.execute("DELETE FROM kept")
    db.execute("INSERT OR REPLACE INTO kept SELECT ?, value, ? FROM meta WHERE meta.key='mark'", (key, page))


def has_page(db: "Connection", key: str) -> bool:
    """Whether one is kept under this key."""
    return db.execute("SELECT 1 FROM kept WHERE key=? AND page IS NOT NULL", (key,)).fetchone() is not None


def missed(db: "Connection") -> "list[str]":
    """Keys of the pages that a change has thrown away and nobody has made anew."""
    return [row[0] for row in db.execute("SELECT key FROM kept WHERE page IS NULL ORDER BY key").fetchall()]


def give_up(db: "Connection", key: str) -> None:
    """No start asks for this page any more; inside the caller's transaction."""
    db.execute("DELETE FROM kept WHERE key=?", (key,))


def forget_pages(db: "Connection") -> None:
    """The record has changed; inside the transaction that changes the view. Only for whom they were is still known."""
    db.execute("UPDATE kept SET page=NULL WHERE page IS NOT NULL")


def _take(lock: int) -> bool:
    """Keep others from putting another view in this one's place; never waits."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _rows(home: str, name: str, *queries: "Sequence[str]") -> "list[list[tuple[Any, ...]]] | None":
    path = os.path.join(os.path.abspath(home), name)
    if not os.path.getsize(path):
        return None
    spelled = "".join(
        chr(byte) if (chr(byte).isalnum() and byte < 128) or byte in b"/._-" else f"%{byte:02X}"
        for byte in os.fsencode(path)
    )
    db = engine.connect(f"file:{spelled}?mode=ro", uri=True, isolation_level=None, timeout=0)
    try:
        db.execute("PRAGMA trusted_schema=OFF")
        return [db.execute(sql, values).fetchall() for sql, *values in queries]
    finally:
        db.close()

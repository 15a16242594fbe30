"""The SQLite library that everything here uses: one, and no other beside it."""

TYPE_CHECKING = False  # stands for typing's own where a start is to load as little as can be
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    engine: Any = sqlite3
else:
    try:
        # Its wheel carries SQLite 3.51.3 or later; before that a WAL database with two connections
        # (screen and command side by side) can lose committed writes: sqlite.org/wal.html#walresetbug.
        import pysqlite3.dbapi2 as library
    except ImportError:
        import sqlite3 as library
    engine = library

"""What a question costs a hub does not grow with the record."""

import sqlite3
from pathlib import Path

from tests.hub.test_hub_store import lane, push
from tests.support.lanes import Writer, new_stream
from tests.support.steps import steps

from ircockpit.hub import sqlite_engine
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.ledger.signing import SigningKey


def test_what_directs_is_found_at_once_however_long_a_record_is(
    tmp_path: Path, root: SigningKey, writer: Writer
) -> None:
    opened: list[sqlite3.Connection] = []

    def open_(path: Path) -> sqlite3.Connection:
        opened.append(sqlite_engine.connect(path))
        return opened[-1]

    store, stream = SqliteStore(tmp_path / "hub.db", open_), new_stream(root)
    events = lane(writer, stream, 500)
    taken = []
    for part in (events[:20], events[20:]):
        push(store, stream, *part)
        (db,) = opened
        taken.append(steps(db, lambda: store.withdrawal(stream)))
    assert 0 < taken[1] <= 2 * taken[0], taken
    store.close()

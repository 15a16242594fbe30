"""A database of another time is named and left as it is."""

from pathlib import Path

import pytest

from ircockpit.core.errors import StoreError
from ircockpit.hub.sqlite_engine import connect
from ircockpit.hub.sqlite_store import SCHEMA, TRIAL, SqliteStore


@pytest.mark.parametrize(
    ("version", "says"), [(1, "trial format"), (TRIAL, "trial format"), (SCHEMA + 1, "later version")]
)
def test_a_database_of_another_time_is_refused_untouched(tmp_path: Path, version: int, says: str) -> None:
    path = tmp_path / "hub.db"
    SqliteStore(path).close()
    SqliteStore(path).close()  # control: one of today is opened again
    db = connect(path)
    db.execute(f"PRAGMA user_version={version}")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=says) as told:
        SqliteStore(path)
    assert told.value.safe == "it was not touched"
    assert told.value.fix
    assert path.read_bytes() == before

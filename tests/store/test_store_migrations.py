"""A log changes shape once, however many processes open it at once, and not at all where that fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.profiles import declare, open_station

from ircockpit.core.errors import StoreError
from ircockpit.store.sqlite import engine

NEXT = """
import sys, time
from contextlib import nullcontext
from pathlib import Path
from ircockpit.store import log, migrations
home, how = Path(sys.argv[1]), sys.argv[2]
first = migrations._log
log.SCHEMA += 1
def later():
    known = first()
    @known(name="9999 a later shape")
    def _later(db):
        db.conn.execute("CREATE TABLE later (word TEXT) STRICT")
        time.sleep(0.3)
        if how == "failing":
            db.conn.execute("INSERT INTO nowhere VALUES (1)")
        db.conn.execute(f"PRAGMA user_version={log.SCHEMA}")
    return known
migrations._log = later
if how == "unlocked":
    log.held = lambda path: nullcontext()
print("ready", flush=True)
sys.stdin.readline()
try:
    opened = log.Log(home / "log.db")
    print("opened", opened.count())
    opened.close()
except log.StoreError as error:
    print("told", error.what)
"""


def together(repository: Path, home: Path, how: str, many: int) -> list[str]:
    """Several processes of a later version open the log at the same moment; what each says of it."""
    started = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", NEXT, str(home), how],
            env={**os.environ, "PYTHONPATH": str(repository / "src")},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(many)
    ]  # fmt: skip
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate(timeout=60) for each in started]
    assert [err for _, err in answers] == [""] * many
    return [out.strip() for out, _ in answers]


def asked(home: Path, question: str) -> list[str]:
    """Rows of a question to the log, without opening it as the program does."""
    db = engine.connect(home / "log.db")
    try:
        return [str(row[0]) for row in db.execute(question)]
    finally:
        db.close()


def applied(home: Path) -> list[str]:
    """Names of the migrations that the log says were applied."""
    return asked(home, "SELECT name FROM _sqlite_migrations ORDER BY 1")


def shape(home: Path) -> int:
    return int(asked(home, "PRAGMA user_version")[0])


def test_two_that_migrate_at_once_do_it_once(repository: Path, home: Path) -> None:
    with open_station(home) as station:
        declare(station)
        events, before = station.log.count(), shape(home)
    said = together(repository, home, "at once", 4)
    assert said == [f"opened {events}"] * 4
    assert shape(home) == before + 1
    assert applied(home).count("9999 a later shape") == 1


def test_without_the_lock_they_would_get_in_each_others_way(repository: Path, home: Path) -> None:
    """Control: what the lock is for."""
    with open_station(home) as station:
        declare(station)
    said = together(repository, home, "unlocked", 4)
    assert any(each.startswith("told") for each in said), said


def test_a_migration_that_fails_leaves_the_log_as_it_was(repository: Path, home: Path) -> None:
    with open_station(home) as station:
        declare(station)
        before = shape(home)
    (said,) = together(repository, home, "failing", 1)
    assert said.startswith("told log.db could not be used")
    assert shape(home) == before
    assert "9999 a later shape" not in applied(home)
    with open_station(home) as station:  # the version before goes on with it
        declare(station)
    assert not asked(home, "SELECT 1 FROM sqlite_master WHERE name='later'")


def test_the_first_opening_by_several_makes_one_log(repository: Path, home: Path) -> None:
    home.mkdir()
    said = together(repository, home, "at once", 4)
    assert said == ["opened 0"] * 4
    assert len(applied(home)) == len(set(applied(home)))


def test_a_record_of_the_trial_format_is_named_and_left_alone(home: Path) -> None:
    with open_station(home) as station:
        declare(station)
    db = engine.connect(home / "log.db")
    db.execute("PRAGMA user_version=3")
    db.close()
    before = (home / "log.db").read_bytes()
    with pytest.raises(StoreError, match="trial format") as told:
        open_station(home)
    assert told.value.safe == "it was not touched"
    assert (home / "log.db").read_bytes() == before

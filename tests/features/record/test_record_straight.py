"""The quick way through a record never says that all holds where one byte is another than what was written."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.features.record.test_record_actions import Written

from ircockpit.features.record.straight import Passed, Straight
from ircockpit.features.record.verification import Verifier, trusted_certificates
from ircockpit.ledger.revocation import Cut, Cuts, Revocation
from ircockpit.store.log import Log
from ircockpit.store.profile import Profile

COLUMNS = {
    "event": ("id", "stream", "device", "epoch", "n", "lam", "envelope", "sig"),
    "part": ("leaf", "salt", "data"),
}


@pytest.fixture
def written(home: Path) -> Written:
    return Written(home)


def passed(written: Written, *, heads_only: bool = False, **given: Any) -> Passed | None:
    log = Log(written.home / "log.db", read_only=True)
    certificates = trusted_certificates(log, Profile(written.home).identity())
    told = {"certificates": certificates, "prefixes": {}, "cuts": Cuts(), **given}
    try:
        return Straight(log, written.stream, heads_only=heads_only, **told).passed(lambda: None)
    finally:
        log.close()


@contextmanager
def unguarded(written: Written) -> Iterator[sqlite3.Connection]:
    """The log's file past everything that protects it."""
    db = sqlite3.connect(written.home / "log.db", isolation_level=None)
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name}")
    try:
        yield db
    finally:
        db.close()


def other(value: object) -> object:
    """A value that differs in one bit, or by one."""
    if isinstance(value, int):
        return value + 1
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
    raw[len(raw) // 2] ^= 1
    return bytes(raw) if isinstance(value, bytes) else raw.decode()


@pytest.mark.parametrize("heads_only", [False, True], ids=["every signature", "heads only"])
def test_no_changed_byte_passes(written: Written, heads_only: bool) -> None:
    whole = passed(written, heads_only=heads_only)
    assert whole is not None, "control: left alone it passes"
    assert (whole.events, whole.lanes) == (11, 1)
    tried, missed = 0, []
    with unguarded(written) as db:
        for table, columns in COLUMNS.items():
            key = "arrival" if table == "event" else "event"
            for column in columns:
                rows = db.execute(
                    f"SELECT e.arrival, t.{column} FROM event e JOIN {table} t ON t.{key}=e.arrival"  # noqa: S608
                    " WHERE e.stream=? ORDER BY e.n",
                    (written.stream,),
                ).fetchall()
                for place, (arrival, value) in enumerate(rows, 1):
                    change = f"UPDATE {table} SET {column}=? WHERE {key}=?"  # noqa: S608 - names of this file
                    db.execute(change, (other(value), arrival))
                    tried += 1
                    found = passed(written, heads_only=heads_only)
                    if found is not None and found.events == whole.events:
                        missed.append((column, place))
                    db.execute(change, (value, arrival))
    assert tried == 11 * 11
    # With heads alone the signatures before the last one are not looked at: the chain vouches for those events.
    assert missed == ([("sig", place) for place in range(1, 11)] if heads_only else [])
    assert passed(written, heads_only=heads_only) == whole


@pytest.mark.parametrize("place", range(1, 11))
def test_no_event_taken_out_passes(written: Written, place: int) -> None:
    with unguarded(written) as db:
        (arrival,) = db.execute(
            "SELECT arrival FROM event WHERE stream=? AND n=?", (written.stream, place)
        ).fetchone()
        db.execute("DELETE FROM part WHERE event=?", (arrival,))
        db.execute("DELETE FROM event WHERE arrival=?", (arrival,))
    assert passed(written) is None


def test_nobody_s_key_does_not_pass(written: Written) -> None:
    assert passed(written, certificates={}) is None


def test_a_revoked_device_passes_where_its_lane_ends_as_the_revocation_says(written: Written) -> None:
    log = Log(written.home / "log.db", read_only=True)
    lane = [stored.event for stored in log.of_stream(written.stream)]
    log.close()

    def cut(*places: int) -> Revocation:
        ends = [Cut(written.stream, lane[n].envelope.epoch, lane[n].envelope.n, lane[n].id) for n in places]
        return Revocation(written.device, tuple(ends), "")

    for heads_only in (False, True):
        for good in ([cut(-1)], [cut(-1, -2)], [cut(-1), cut(-1)]):
            assert passed(written, heads_only=heads_only, cuts=Cuts(good)) is not None
        for bad in ([cut(-2)], [cut()], [cut(-1), cut(-2)]):
            assert passed(written, heads_only=heads_only, cuts=Cuts(bad)) is None
        other = Revocation("5c1f0000-0000-8000-8000-000000000000", (), "")
        assert passed(written, heads_only=heads_only, cuts=Cuts([other])) is not None


def test_both_ways_count_the_same(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(written.home / "log.db", read_only=True)
    verifier = Verifier(log, Profile(written.home).identity())
    quick = [verifier.stream(stream) for stream in log.streams()]
    monkeypatch.setattr(Straight, "passed", lambda *_: None)
    assert [verifier.stream(stream) for stream in log.streams()] == quick
    assert sum(each.events for each in quick) == log.count()
    log.close()

"""The record verifies, and says where it does not; the view made anew is the same; the examination tells what is wrong."""

import hashlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.store.profiles import declare, note, open_station

from ircockpit.cli.main import run
from ircockpit.core.errors import ExitCode
from ircockpit.features.record import actions
from ircockpit.features.record.queries import SENSE
from ircockpit.ledger.verify import Kind
from ircockpit.render.span import plain
from ircockpit.store.log import Log
from ircockpit.store.workstation import Workstation

Damage = Callable[[sqlite3.Connection, list[tuple[Any, ...]]], None]
"""Does something to the log, given ``(arrival, n, envelope, sig)`` of the notes of one lane, in order."""


class Written:
    """A profile with an incident of eight notes, closed, whose files may now be damaged."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with open_station(home) as station:
            self.device = station.identity.device
            self.incident, self.stream = declare(station)
            for number in range(8):
                note(station, self.stream, self.incident, f"note {number}")
            self.dump = station.view.dump()

    def damage(self, how: Damage) -> None:
        """Do it to the log's file, past everything that protects it."""
        db = sqlite3.connect(self.home / "log.db")
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        rows = db.execute(
            "SELECT arrival, n, envelope, sig FROM event WHERE stream=? ORDER BY n", (self.stream,)
        ).fetchall()
        rows = [row for row in rows if b"incident.noted" in row[2]]
        assert len(rows) == 8
        how(db, rows)
        db.commit()
        db.close()

    def verify(self, **given: Any) -> Any:
        with open_station(self.home) as station:
            return actions.verify(station, **given)


@pytest.fixture
def written(home: Path) -> Written:
    return Written(home)


def flip(place: str) -> Damage:
    """One bit of one byte in the middle of the fourth note's envelope, signature or words."""

    def how(db: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
        arrival = rows[3][0]
        table, column, key = ("part", "data", "event") if place == "body" else ("event", place, "arrival")
        raw = bytearray(db.execute(f"SELECT {column} FROM {table} WHERE {key}=?", (arrival,)).fetchone()[0])  # noqa: S608
        raw[len(raw) // 2] ^= 1
        db.execute(f"UPDATE {table} SET {column}=? WHERE {key}=?", (bytes(raw), arrival))  # noqa: S608

    return how


def drop(db: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    db.execute("DELETE FROM part WHERE event=?", (rows[3][0],))
    db.execute("DELETE FROM event WHERE arrival=?", (rows[3][0],))


def drop_last(db: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    db.execute("DELETE FROM part WHERE event=?", (rows[-1][0],))
    db.execute("DELETE FROM event WHERE arrival=?", (rows[-1][0],))


def swap(db: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    (one, n, *_), (two, m, *_) = rows[2], rows[3]
    db.execute("UPDATE event SET n=? WHERE arrival=?", (m, one))
    db.execute("UPDATE event SET n=? WHERE arrival=?", (n, two))


def note_number(index: int) -> int:
    """Place in the lane of a note: behind the lane's opening, the genesis and the declaration."""
    return 4 + index


def test_the_log_left_alone_verifies(written: Written) -> None:
    whole = written.verify()
    assert whole.code == ExitCode.OK
    assert whole.data["ok"] is True
    assert whole.data["findings"] == []
    assert whole.data["events"] == sum(record["events"] for record in whole.data["records"])
    assert whole.data["end_proved"] is False, "no hub vouches for the end, and it says so"
    assert any("cut off at its end" in plain(line) for line in whole.lines)
    assert written.verify(heads=True).data["mode"] == "heads"
    one = written.verify(incident=written.incident)
    assert [record["stream"] for record in one.data["records"]] == [written.stream]


@pytest.mark.parametrize(
    ("how", "number", "kinds"),
    [
        (flip("envelope"), 3, {"altered", "unreadable"}), (flip("sig"), 3, {"altered"}), (flip("body"), 3, {"body"}),
        (drop, 3, {"missing"}), (swap, 3, {"reordered"}),
    ],
    ids=["envelope", "signature", "body", "dropped", "swapped"],
)  # fmt: skip
def test_what_was_done_to_the_log_is_found_in_its_place(
    written: Written, how: Damage, number: int, kinds: set[str]
) -> None:
    written.damage(how)
    found = written.verify()
    assert found.code == ExitCode.DAMAGED
    assert found.data["ok"] is False
    at = [each for each in found.data["findings"] if each["n"] == note_number(number)]
    assert {each["kind"] for each in at} & kinds, found.data["findings"]
    for each in at:
        assert each["device"] == written.device
        assert each["stream"] in (written.stream, ""), each
        assert each["means"]
        assert each["fix"]
    near = {note_number(n) for n in (number - 1, number, number + 1)}
    wrong = {each["n"] for each in found.data["findings"]} - near - {0}
    assert not wrong, "nothing is accused that was left alone"
    page = "\n".join(plain(line) for line in found.lines)
    assert f"event {note_number(number)} of device {written.device[:8]} (mira)" in page
    assert "found wrong" in page


def test_a_cut_off_end_is_seen_by_the_device_that_wrote_it(written: Written) -> None:
    written.damage(drop_last)
    found = written.verify()
    assert found.code == ExitCode.DAMAGED
    (cut,) = found.data["findings"]
    assert (cut["kind"], cut["device"], cut["n"]) == ("missing", written.device, 0)
    assert "noted 14 events" in cut["what"]
    assert "holds 13" in cut["what"]


@pytest.mark.parametrize("how", [flip("body"), drop, swap], ids=["flipped", "dropped", "swapped"])
def test_the_command_ends_with_its_code_and_the_rest_can_still_be_read(
    written: Written, how: Damage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRCOCKPIT_HOME", str(written.home))
    assert run(["verify"]) == ExitCode.OK
    written.damage(how)
    assert run(["verify"]) == 6
    assert run(["verify", "--heads"]) == ExitCode.DAMAGED
    assert run(["timeline", written.incident]) == ExitCode.OK
    said = capsys.readouterr()
    assert "note 7" in said.out
    assert "Traceback" not in said.err


def test_a_stranger_s_signature_is_not_trusted(written: Written, tmp_path: Path) -> None:
    with open_station(tmp_path / "stranger") as other, open_station(written.home) as station:
        note(other, written.stream, written.incident, "forged")
        with station.log.writing() as writer:
            for stored in other.log.of_stream(written.stream):
                writer.add(stored.event)
    found = written.verify().data["findings"]
    assert {each["kind"] for each in found} == {"certificate"}


def test_every_kind_of_finding_has_a_sense() -> None:
    assert set(SENSE) == set(Kind)


def test_a_rebuild_gives_the_same_dump_and_leaves_the_log_alone(written: Written) -> None:
    log = written.home / "log.db"
    with open_station(written.home) as station:
        before = log_bytes(station.log)
        made = actions.rebuild(station)
        assert (made.data["same"], made.data["left_out"]) == (True, 0)
        assert station.view.dump() == written.dump
        assert log_bytes(station.log) == before
    (written.home / "view.db").unlink()
    with open_station(written.home) as station:
        assert station.view.dump() == written.dump
    assert log.exists()


def test_a_rebuild_says_that_the_view_had_shown_something_else(written: Written) -> None:
    with open_station(written.home) as station:
        station.view.db.execute("UPDATE entity SET facts='{\"title\":\"forged\"}' WHERE kind='incident'")
        station.view.db.execute("UPDATE incident SET title='forged'")
        made = actions.rebuild(station)
        assert made.data["same"] is False
        assert "something else" in made.said
        assert station.view.dump() == written.dump
        assert station.view.rows("SELECT title FROM incident") == [("wrong dose",)]


def test_a_rebuild_of_a_damaged_log_counts_what_it_leaves_out(written: Written) -> None:
    written.damage(flip("body"))
    with open_station(written.home) as station:
        made = actions.rebuild(station)
        assert made.data["left_out"] == 1
        assert "ircockpit verify" in made.said
        assert len(station.view.rows("SELECT 1 FROM entry WHERE type='incident.noted'")) == 7


def log_bytes(log: Log) -> str:
    """A digest over everything the log holds."""
    digest = hashlib.sha256()
    for stored in log.since(0, 10_000):
        digest.update(repr(stored).encode())
    return digest.hexdigest()


# The examination


@pytest.fixture
def examined(station: Workstation) -> Workstation:
    declare(station)
    return station


def observed(station: Workstation) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for each in actions.doctor(station).data:
        found.setdefault(each["about"], []).append(each)
    return found


def test_a_sound_workstation_has_nothing_bad(examined: Workstation) -> None:
    before = log_bytes(examined.log)
    result = actions.doctor(examined)
    assert result.code == ExitCode.OK
    assert {each["state"] for each in result.data} <= {"ok", "warn"}
    about = {each["about"] for each in result.data}
    assert {
        "engine",
        "log.db",
        "view.db",
        "device key",
        "file modes",
        "disk",
        "evidence",
        "hub",
        "secrets",
    } <= about
    assert all(each["fix"] for each in result.data if each["state"] != "ok")
    assert log_bytes(examined.log) == before


def test_what_is_wrong_is_bad_and_has_a_way_out(examined: Workstation) -> None:
    (examined.profile.folder / "keys").chmod(0o755)
    examined.profile.root_key.chmod(0o644)
    result = actions.doctor(examined)
    assert result.code == ExitCode.DAMAGED
    (modes,) = [each for each in result.data if each["state"] == "bad"]
    assert modes["about"] == "file modes"
    assert examined.profile.root_key.name in modes["what"]
    assert modes["fix"]


def test_events_taken_out_and_a_lost_key_are_seen(written: Written) -> None:
    written.damage(drop)
    with open_station(written.home) as station:
        bad = [each for each in observed(station)["log.db"] if each["state"] == "bad"]
        assert any("taken out" in each["what"] for each in bad)
    next(written.home.rglob("device.key")).unlink()
    with open_station(written.home) as station:
        assert any(each["state"] == "bad" for each in observed(station)["device key"])


def test_no_secret_stands_in_the_examination(examined: Workstation) -> None:
    key = examined.profile.root_key.read_bytes()
    page = " ".join(plain(line) for line in actions.doctor(examined).lines)
    assert not re.search(r"[0-9a-f]{64}", page)
    assert key.hex() not in page

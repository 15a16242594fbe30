"""The examination finds what is wrong with a profile, says what is safe, and mends only what cannot lose anything."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.test_bad_profile import held
from tests.store.profiles import declare, note, open_station

from ircockpit.core.errors import ExitCode
from ircockpit.features.record import actions, databases, times
from ircockpit.features.record.doctor import examine
from ircockpit.features.record.observation import Observation
from ircockpit.store import lanemark
from ircockpit.store.soundness import note_due
from ircockpit.store.sqlite import engine
from ircockpit.store.workstation import Workstation
from ircockpit.sync.alarms import Alarm, raise_alarm

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: modes are POSIX")


def said(station: Workstation, about: str, *, mend: bool = False) -> list[Observation]:
    return [each for each in examine(station, mend=mend) if each.about == about]


def wrong(station: Workstation) -> list[Observation]:
    """What is found beyond what this machine itself is (its clock, its disk, its terminal)."""
    own = ("clock", "disk", "file system", "terminal", "engine")
    return [each for each in examine(station) if each.state != "ok" and each.about not in own]


@pytest.fixture
def filled(home: Path) -> Path:
    with open_station(home) as station:
        ident, stream = declare(station)
        for number in range(60):
            note(station, stream, ident, f"{number} " + "x" * 900)
    return home


def test_a_sound_profile_has_nothing_wrong(filled: Path) -> None:
    with open_station(filled) as station:
        assert wrong(station) == []
        assert "every signed head" in said(station, "record")[0].what


def body_changed(home: Path) -> None:
    raw = held(home / "log.db")
    at = raw.index(b"17 xxxx")
    raw[at] ^= 1
    (home / "log.db").write_bytes(raw)


def index_lost(home: Path) -> None:
    db = sqlite3.connect(home / "log.db")
    root = db.execute("SELECT rootpage FROM sqlite_master WHERE name='event_op'").fetchone()[0]
    db.close()
    raw = held(home / "log.db")
    raw[(root - 1) * 4096 + 3 : (root - 1) * 4096 + 5] = b"\0\1"  # one entry where there were many
    (home / "log.db").write_bytes(raw)


def orphaned(home: Path) -> None:
    db = sqlite3.connect(home / "log.db")
    db.execute("INSERT INTO doubt VALUES (9999, 'of nothing')")
    db.commit()
    db.close()


DAMAGE: dict[Callable[[Path], None], str] = {body_changed: "record", index_lost: "log.db", orphaned: "log.db"}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_what_is_damaged_is_bad_with_what_is_safe_and_what_to_do(
    filled: Path, damage: Callable[[Path], None]
) -> None:
    damage(filled)
    with open_station(filled) as station:
        bad = [each for each in wrong(station) if each.state == "bad" and each.about == DAMAGE[damage]]
        assert bad
        assert all(each.safe and each.fix for each in bad)
        assert actions.doctor(station).code == ExitCode.DAMAGED


def test_the_search_index_is_examined_and_mended(filled: Path) -> None:
    with open_station(filled) as station:
        station.view.db.execute("DELETE FROM found_data WHERE id > 10")
        assert said(station, "view.db")[0].state == "bad"
        assert [each.what for each in said(station, "mended", mend=True)] == [
            "view.db is made anew from the log"
        ]
        assert said(station, "view.db")[0].state == "ok"
        assert station.view.rows("SELECT count(*) FROM found WHERE found MATCH 'wrong'") == [(1,)]


def test_rights_of_others_are_taken_away_when_told_and_only_then(filled: Path) -> None:
    with open_station(filled) as station:
        for path, mode in ((filled, 0o755), (station.profile.root_key, 0o644), (filled / "log.db", 0o640)):
            path.chmod(mode)
        assert [each.state for each in said(station, "file modes")] == ["bad", "bad"]
        assert stat.S_IMODE(filled.stat().st_mode) == 0o755
        mended = said(station, "mended", mend=True)
        assert [each.state for each in mended] == ["ok", "warn"]
        assert "take it that the key is known" in mended[1].fix
        assert [each.state for each in said(station, "file modes")] == ["ok"]
        assert stat.S_IMODE(filled.stat().st_mode) == 0o700


def test_a_mend_leaves_the_record_alone(filled: Path) -> None:
    body_changed(filled)
    with open_station(filled) as station:
        before = [stored.event for stored in station.log.since(0)]
        assert any(each.state == "bad" for each in examine(station, mend=True)), "it cannot be mended here"
        assert [stored.event for stored in station.log.since(0)] == before


def test_alarms_and_marks_are_told(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "copy")
    with open_station(tmp_path / "copy") as station:
        assert "is a copy" in said(station, "marks")[0].what
        declare(station)
    with open_station(tmp_path / "copy") as station:
        assert said(station, "marks")[0].state == "ok"
        station.identity = station.identity._replace(hub="https://hub.invalid")
        raise_alarm(station.log, Alarm("copied", "", "this device was copied", 1))
        (alarm,) = said(station, "alarms")
        assert alarm.state == "warn"
        assert "this device was copied" in alarm.what
        assert "--seen" in alarm.fix


def test_a_profile_cut_off_is_looked_through_and_due_no_more(filled: Path) -> None:
    with open_station(filled) as station:
        note_due(station.profile)
        assert "cut off" in said(station, "log.db")[0].what
        assert not station.profile.check_due.exists()


def test_a_second_library_on_the_profile_is_bad(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if engine is sqlite3:
        pytest.skip("elsewhere: only one SQLite library is installed")
    with open_station(filled) as station:
        assert all(each.state == "ok" for each in databases.engine_used(station))
        own, station.view.db = station.view.db, sqlite3.connect(filled / "other.db")
        found = list(databases.engine_used(station))
        station.view.db.close()
        station.view.db = own
    assert [each.state for each in found] == ["ok", "bad"]
    assert "at once" in found[1].what


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 50, 7), True), ((3, 51, 2), False),
     ((3, 51, 3), True), ((3, 53, 4), True)],
)  # fmt: skip
def test_the_engines_with_the_bug_are_known(
    version: tuple[int, ...], safe: bool, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_station(filled) as station:
        monkeypatch.setattr(engine, "sqlite_version_info", version)
        state = next(databases.engine_used(station)).state
    assert (state == "ok") is safe


def test_a_clock_that_was_set_back_is_told(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_station(filled) as station:
        assert not any("set back" in each.what for each in times.clock(station))
        now = station.clock.wall_us()
        monkeypatch.setattr(station.clock, "wall_us", lambda: now - 10**10)
        (told, *_) = times.clock(station)
        assert told.state == "warn"
        assert "was set back" in told.what


def test_a_mark_that_lies_outside_is_named(filled: Path) -> None:
    with open_station(filled) as station:
        assert "outside the profile" in said(station, "marks")[0].what
        outside = lanemark.outside(station.identity.device, filled)
        assert outside is not None
        outside.unlink()
        assert "here only" in said(station, "marks")[0].what

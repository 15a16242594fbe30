"""A profile that was copied or put back writes in new lanes at once, without a hub to tell it."""

import os
import shutil
import stat
from pathlib import Path

import pytest
from tests.store.profiles import declare, note, open_station
from tests.support.copies import copy_unnoticed

from ircockpit.features.record.verification import Verifier
from ircockpit.store import lanemark
from ircockpit.store.lanemark import read_mark, read_whole
from ircockpit.store.workstation import Workstation


def lanes(station: Workstation, stream: str) -> set[str]:
    return {stored.event.envelope.epoch for stored in station.log.of_stream(stream)}


def marks() -> list[Path]:
    return sorted(Path(os.environ["XDG_STATE_HOME"], "ircockpit", "marks").iterdir())


def test_a_copy_says_so_and_writes_in_a_new_lane_while_the_original_goes_on(
    home: Path, tmp_path: Path
) -> None:
    with open_station(home) as original:
        ident, stream = declare(original)
        shutil.copytree(home, tmp_path / "copy")
        for _ in range(2):
            with open_station(tmp_path / "copy") as copy:  # looking alone changes nothing: it is told again
                assert copy.mended.startswith("this profile is a copy")
        with open_station(tmp_path / "copy") as copy:
            note(copy, stream, ident, "on the copy")
            assert len(lanes(copy, stream)) == 2
            assert all(
                not Verifier(copy.log, copy.identity).stream(each).findings for each in copy.log.streams()
            )
        with open_station(tmp_path / "copy") as copy:
            assert not copy.mended
        note(original, stream, ident, "on the original")
        assert len(lanes(original, stream)) == 1
    with open_station(home) as original:
        assert not original.mended


def test_a_copy_that_notices_nothing_writes_in_the_same_lane(home: Path, tmp_path: Path) -> None:
    """Control: without the marks both write event 4 of one lane."""
    with open_station(home) as original:
        ident, stream = declare(original)
        copy_unnoticed(home, tmp_path / "copy")
        with open_station(tmp_path / "copy") as copy:
            assert not copy.mended
            note(copy, stream, ident, "on the copy")
            assert len(lanes(copy, stream)) == 1


@pytest.mark.parametrize("with_outside", [True, False], ids=["mark outside", "without it"])
@pytest.mark.parametrize("same_files", [True, False], ids=["written over", "new files"])
def test_a_whole_profile_put_back_is_noticed(
    home: Path, tmp_path: Path, same_files: bool, with_outside: bool
) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
    shutil.copytree(home, tmp_path / "backup")
    with open_station(home) as station:
        note(station, stream, ident, "lost with the newer state")
    if same_files:
        for path in home.rglob("*.*"):
            if path.is_file():
                kept = tmp_path / "backup" / path.relative_to(home)
                path.write_bytes(kept.read_bytes() if kept.exists() else b"")
    else:
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "backup", home)
    if not with_outside:
        shutil.rmtree(os.environ["XDG_STATE_HOME"])
    with open_station(home) as station:
        # Without the mark outside, files that were written over are what they were: nothing speaks against them.
        expected = with_outside or not same_files
        assert bool(station.mended) is expected
        note(station, stream, ident, "goes on")
        assert len(lanes(station, stream)) == (2 if expected else 1)


def test_a_profile_that_was_moved_is_still_the_same(home: Path, tmp_path: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
    home.rename(tmp_path / "elsewhere")
    with open_station(tmp_path / "elsewhere") as station:
        assert not station.mended
        note(station, stream, ident, "goes on")
        assert len(lanes(station, stream)) == 1


def test_another_machine_is_noticed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_station(home) as station:
        declare(station)
    monkeypatch.setattr(lanemark, "_machine", lambda: "f" * 16)
    with open_station(home) as station:
        assert "from another machine" in station.mended
        before = read_mark(home / "lane.mark")[0]
        declare(station)
        assert read_mark(home / "lane.mark")[0] != before


def test_the_mark_outside_is_small_private_and_bounded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanemark, "MOST", 3)
    for number in range(5):
        with open_station(home / str(number)) as station:
            declare(station)
            newest = station.identity.device
    kept = marks()
    assert len(kept) == 3
    assert any(newest in path.name for path in kept)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert stat.S_IMODE(kept[0].parent.stat().st_mode) == 0o700
    assert all(path.stat().st_size < 200 for path in kept)


def test_a_state_folder_that_cannot_be_made_is_no_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")
    with open_station(home) as station:
        ident, stream = declare(station)
    with open_station(home) as station:
        assert not station.mended
        note(station, stream, ident, "goes on")
        assert len(lanes(station, stream)) == 1


def test_both_marks_say_the_same_after_every_step(home: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
        last = note(station, stream, ident, "the last one")
        (outside,) = marks()
        assert read_whole(outside) == read_whole(home / "lane.mark")
        assert read_whole(outside).last == last
        assert read_whole(outside).written == station.log.count()

"""A room beside a place: what a killed process left in it goes, what one that runs has in it stays, as does what is another's."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.store.room import clear, is_left, room, room_of, rooms

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: locks and links are POSIX")

WITHIN = """
import sys
from pathlib import Path
from ircockpit.store.room import room
with room(Path(sys.argv[1])) as making:
    (making / "words").write_text("said in confidence")
    print("in", flush=True)
    sys.stdin.read()
"""


@contextmanager
def somebody(repository: Path, place: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which works in the room of a place once it has said so, until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", WITHIN, str(place)],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def is_in(process: "subprocess.Popen[str]") -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "in\n"


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def words(place: Path) -> list[str]:
    return [path.read_text() for path in room_of(place).rglob("words")]


def test_a_room_is_private_and_gone_in_the_end(tmp_path: Path) -> None:
    place = tmp_path / "new" / "place"
    with room(place) as making:
        assert [each.stat().st_mode & 0o777 for each in (making, making.parent)] == [0o700, 0o700]
        (making / "made").write_text("x")
        (making / "made").rename(place)
    assert list(place.parent.iterdir()) == [place]
    with pytest.raises(ZeroDivisionError), room(place):
        raise ZeroDivisionError
    assert list(place.parent.iterdir()) == [place]


def test_what_a_killed_process_left_goes(repository: Path, tmp_path: Path) -> None:
    for go in (clear, None):
        place = tmp_path / "place"
        with somebody(repository, place) as process:
            assert is_in(process)
            kill(process)
        assert words(place) == ["said in confidence"], "control: it is left"
        assert is_left(room_of(place))
        if go is not None:
            assert go(room_of(place))
        else:
            with room(place):
                assert words(place) == []
        assert list(tmp_path.iterdir()) == []


def test_what_a_running_process_has_stays(repository: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    with somebody(repository, place) as process:
        assert is_in(process)
        assert not is_left(room_of(place))
        assert not clear(room_of(place))
        assert words(place) == ["said in confidence"]
        process.communicate("")
        assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    not Path("/proc/locks").exists(), reason="elsewhere: only Linux says who waits for a lock"
)
def test_one_process_at_a_time_and_the_next_after_it_was_killed(repository: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    with somebody(repository, place) as first:
        assert is_in(first)
        with somebody(repository, place) as second:
            while not waits(second.pid):
                assert second.poll() is None, "it came in, though somebody is there"
                time.sleep(0.01)
            kill(first)
            assert is_in(second)
            assert words(place) == ["said in confidence"], "of the second alone"
            second.communicate("")
            assert second.returncode == 0
    assert list(tmp_path.iterdir()) == []


def waits(pid: int) -> bool:
    rows = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
    return any(row[1] == "->" and row[5] == str(pid) for row in rows)


def test_what_is_another_s_is_not_touched(tmp_path: Path) -> None:
    place = tmp_path / "place"
    outer = room_of(place)
    outer.mkdir()
    (outer / "thesis.txt").write_text("mine")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "abcdef01").mkdir(parents=True)
    (elsewhere / "abcdef01" / "words").write_text("of others")
    linked = tmp_path / "linked"
    room_of(linked).symlink_to(elsewhere)
    (room_of(tmp_path / "file")).write_text("a file")
    for name in ("place", "linked", "file"):
        assert not clear(room_of(tmp_path / name))
        assert not is_left(room_of(tmp_path / name))
        with pytest.raises(RefusedError, match="is not what a copy leaves"), room(tmp_path / name):
            raise AssertionError(name)
    assert [path.name for path in outer.iterdir()] == ["thesis.txt"]
    assert [path.name for path in elsewhere.iterdir()] == ["abcdef01"]
    assert (elsewhere / "abcdef01" / "words").read_text() == "of others"
    with pytest.raises(BadInput, match="nothing beside it"), room(Path("/")):
        raise AssertionError


def test_rooms_are_found_in_a_folder_and_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    with (
        room(folder) as one,
        room(folder / "deep" / "down" / "place") as two,
        room(tmp_path / "other") as three,
    ):
        (tmp_path / "other" / "not" / one.parent.name).mkdir(parents=True)
        assert rooms(folder) == sorted({one.parent, two.parent, three.parent})
    assert rooms(folder) == []
    assert not clear(one.parent)


@pytest.mark.parametrize("name", ["n" * 255, "é" * 127, "with\nlines"])
def test_a_place_may_have_any_name(tmp_path: Path, name: str) -> None:
    with room(tmp_path / name) as making:
        (making / "made").mkdir()
        (making / "made").rename(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]

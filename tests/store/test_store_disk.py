"""Full disks, folders that cannot be written, files that are no databases: a sentence, nothing lost, and it goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.store.profiles import declare, note, open_station

from ircockpit.core.errors import ExitCode, StoreError
from ircockpit.features.catalogue import events
from ircockpit.store.profile import Profile
from ircockpit.store.sqlite import DamagedError, file_system, refuse_network_disk
from ircockpit.store.workstation import Workstation

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: file limits and modes are POSIX")

FILE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from tests.store.profiles import open_station, note
from ircockpit.core.errors import CockpitError
home, stream, ident = sys.argv[1:]
kept = []
with open_station(Path(home)) as station:
    biggest = max(path.stat().st_size for path in Path(home).glob("*.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (biggest + 200_000, resource.RLIM_INFINITY))
    try:
        for number in range(5000):
            kept.append(note(station, stream, ident, f"{number} " + "x" * 3000))
    except CockpitError as error:
        print("\\n".join(kept))
        print(type(error).__name__, "|".join(error.sentences()))
    # The limit is a soft one: with room again the same open workstation goes on.
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("after", note(station, stream, ident, "room again"))
"""
WITHOUT_OVERRIDE = """
import ctypes, os, sys
if os.geteuid() == 0:  # root keeps to file modes once it has given up the two capabilities that pass them
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH (linux/capability.h)
        if libc.prctl(24, capability, 0, 0, 0):  # PR_CAPBSET_DROP
            sys.exit(77)
os.execv(sys.executable, [sys.executable, "-P", "-m", "ircockpit", *sys.argv[1:]])
"""


def run(repository: Path, home: Path, code: str, *words: str) -> "subprocess.CompletedProcess[str]":
    paths = f"{repository / 'src'}{os.pathsep}{repository}"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        env={**os.environ, "PYTHONPATH": paths, "IRCOCKPIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_disk_that_fills_up_loses_nothing_and_recovers(repository: Path, home: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
    done = run(repository, home, FILE_LIMIT, str(home), stream, ident)
    assert done.returncode == 0, done.stderr
    *kept, told, after = done.stdout.split("\n")[:-1]
    assert len(kept) > 5
    assert told.startswith("DiskError ")
    assert "log.db" in told
    assert "free space" in told
    with open_station(home) as station:
        held = [stored.event.id for stored in station.log.of_stream(stream)]
        assert set(kept) <= set(held)
        assert held[-1] == after.split()[1]
        assert len(held) == len(kept) + 4, "what was refused is not there either"
        assert station.log.gaps() == []


def test_a_full_database_says_so(station: Workstation) -> None:
    ident, stream = declare(station)
    pages = station.log.db.execute("PRAGMA page_count").fetchone()[0]
    station.log.db.execute(f"PRAGMA max_page_count={pages}")
    before = station.log.count()
    with pytest.raises(StoreError, match=r"the disk that holds log\.db is full") as told:  # noqa: PT012
        for _ in range(200):
            note(station, stream, ident, "x" * 2000)
            before = station.log.count()
    assert told.value.code == ExitCode.DAMAGED
    assert station.log.count() == before
    station.log.db.execute("PRAGMA max_page_count=1000000")
    note(station, stream, ident, "room again")
    assert station.log.count() == before + 1


def test_a_full_view_does_not_make_the_act_fail(station: Workstation) -> None:
    ident, stream = declare(station)
    pages = station.view.db.execute("PRAGMA page_count").fetchone()[0]
    station.view.db.execute(f"PRAGMA max_page_count={pages}")
    for _ in range(100):
        last = note(station, stream, ident, "x" * 2000)
    assert station.log.get(last) is not None
    assert station.trouble is not None
    assert "view.db is full" in station.trouble.what
    station.view.db.execute("PRAGMA max_page_count=1000000")
    note(station, stream, ident, "room again")
    assert not station.trouble
    assert station.view.applied == station.log.head_arrival()


def test_a_folder_that_cannot_be_written_is_told(repository: Path, home: Path) -> None:
    open_station(home).close()
    home.chmod(0o500)
    for path in home.glob("*.db*"):
        path.chmod(0o400)
    try:
        done = run(repository, home, WITHOUT_OVERRIDE, "queue")
    finally:
        home.chmod(0o700)
    if done.returncode == 77:
        pytest.skip("elsewhere: this system does not let root give up its rights to pass file modes")
    assert done.returncode == ExitCode.DAMAGED
    assert "cannot be opened for writing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_is_a_file_is_told(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run(
        repository,
        tmp_path / "file",
        "import runpy; runpy.run_module('ircockpit', run_name='__main__')",
        "queue",
    )
    assert done.returncode == ExitCode.DAMAGED
    assert "file cannot be used" in done.stderr
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize(
    "garbage", [b"not a database at all, by far" * 400, b"SQLite format 3\0" + b"\xff" * 9000]
)
def test_a_garbage_log_is_told_and_not_touched(home: Path, garbage: bytes) -> None:
    open_station(home).close()
    (home / "log.db").write_bytes(garbage)
    with pytest.raises(DamagedError, match=r"log\.db is damaged") as told:
        open_station(home)
    assert told.value.fix
    assert (home / "log.db").read_bytes() == garbage


def test_another_programs_database_is_not_taken_for_a_log(home: Path) -> None:
    open_station(home).close()
    (home / "log.db").unlink()
    (home / "view.db").rename(home / "log.db")
    with pytest.raises(StoreError, match=r"log\.db is not a log of ircockpit"):
        open_station(home)


@pytest.mark.parametrize(
    "garbage", [b"not a database at all" * 400, b"SQLite format 3\0" + b"\xff" * 9000, b""]
)
def test_a_garbage_view_is_made_anew_by_itself(home: Path, garbage: bytes) -> None:
    with open_station(home) as station:
        declare(station)
        dump = station.view.dump()
    (home / "view.db").write_bytes(garbage)
    with open_station(home) as station:
        assert bool(station.mended) == bool(garbage)
        assert station.view.dump() == dump


def test_a_view_with_a_broken_page_is_made_anew(home: Path) -> None:
    with open_station(home) as station:
        ident, stream = declare(station)
        for number in range(300):
            note(station, stream, ident, f"note {number}")
        dump = station.view.dump()
    raw = bytearray((home / "view.db").read_bytes())
    raw[4096 : len(raw)] = b"\x55" * (len(raw) - 4096)
    (home / "view.db").write_bytes(raw)
    with open_station(home) as station:
        assert "made anew" in station.mended
        assert station.view.dump() == dump


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 1}', '{"format": 99}', '{"format": 1, "org": 5}', "\xff", '"x"'],
)
def test_a_damaged_identity_is_told(home: Path, text: str) -> None:
    open_station(home).close()
    (home / "profile.json").write_text(text, "latin-1")
    with pytest.raises(StoreError) as told:
        Workstation(Profile(home), events())
    assert told.value.safe
    assert told.value.fix


def test_a_lost_identity_does_not_cost_the_organisation_its_root(home: Path) -> None:
    with open_station(home) as station:
        declare(station)
        org = station.identity.org
    (home / "profile.json").unlink()
    with open_station(home) as station:
        assert station.identity.org == org
        assert len(station.view.rows("SELECT id FROM incident")) == 1


def test_network_disks_are_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nserver:/x {tmp_path}/far nfs4 rw 0 0\nbad line\n")
    (tmp_path / "far").mkdir()
    with pytest.raises(StoreError, match=r"network file system"):
        refuse_network_disk(tmp_path / "far" / "profile", str(mounts))
    refuse_network_disk(tmp_path / "near", str(mounts))
    assert file_system(tmp_path, str(mounts)) == "ext4"
    assert file_system(tmp_path, str(tmp_path / "absent")) == ""

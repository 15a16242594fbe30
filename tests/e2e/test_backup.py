"""A profile backed up while others write, restored elsewhere or over what is there, and damaged backups refused."""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import command, ok
from tests.store.profiles import declare, note, open_station
from tests.support.hub import LocalHub

from ircockpit.core.errors import ExitCode
from ircockpit.store.lanemark import read_mark
from ircockpit.store.log import Log

SCRIBE = Path(__file__).parents[1] / "store" / "scribe.py"


@pytest.fixture
def noted(home: Path) -> tuple[str, str]:
    """A profile with one incident and a note in it: the incident's id and stream."""
    with open_station(home) as station:
        ident, stream = declare(station)
        note(station, stream, ident, "pharmacist called")
        return ident, stream


def texts(home: Path) -> list[str]:
    with open_station(home) as station:
        rows = station.view.rows("SELECT body FROM entry WHERE type='incident.noted' ORDER BY arrival")
        return [row[0] for row in rows]


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
def test_a_backup_comes_back_as_a_profile_that_writes_in_new_lanes(
    home: Path, noted: tuple[str, str], tmp_path: Path, name: str
) -> None:
    to = tmp_path / "away" / name
    made = ok(home, "profile", "backup", str(to), "--with-keys")
    assert made["events"] == 7
    assert made["new"] is True
    again = ok(home, "profile", "backup", str(to), "--with-keys")
    assert again["new"] is False
    command(home, "open", "another")
    told(
        command(home, "profile", "backup", str(to), "--with-keys"),
        ExitCode.REFUSED,
        "there already",
        "not touched",
    )
    new = tmp_path / "new"
    done = command(home, "profile", "restore", str(to), "--to", str(new))
    assert done.code == ExitCode.OK, done
    assert "new lanes" in done.out.decode()
    assert "there is no hub" in done.out.decode()
    assert texts(new) == texts(home)
    assert read_mark(new / "lane.mark")[0] != read_mark(home / "lane.mark")[0]
    assert not any(b"mended" in line for line in done.err.splitlines())
    with open_station(new) as restored, open_station(home) as original:
        assert not restored.mended
        ident, stream = noted
        note(restored, stream, ident, "on the restored one")
        note(original, stream, ident, "on the original")
        epochs = [
            {stored.event.envelope.epoch for stored in each.log.of_stream(stream)}
            for each in (restored, original)
        ]
        assert [len(each) for each in epochs] == [2, 1]
    assert command(new, "verify").code == ExitCode.OK
    for path in (new, *new.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    told(
        command(home, "profile", "restore", str(to), "--to", str(new)),
        ExitCode.REFUSED,
        "already",
        "not touched",
    )


def test_what_a_backup_holds_is_private_and_checked_by_stock_tools(
    home: Path, noted: tuple[str, str], tmp_path: Path
) -> None:
    to = tmp_path / "kept"
    ok(home, "profile", "backup", str(to))
    for path in (to, *to.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert not (to / "keys").exists()
    key = (home / "keys" / "device.key").read_bytes().strip()
    assert not any(key in path.read_bytes() for path in to.rglob("*") if path.is_file())
    subprocess.run(["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=to, check=True, capture_output=True)
    with_keys = tmp_path / "with-keys"
    assert (
        "can sign as this device"
        in command(home, "profile", "backup", str(with_keys), "--with-keys").out.decode()
    )
    assert any(key in path.read_bytes() for path in with_keys.rglob("*") if path.is_file())


def test_a_backup_is_one_state_though_others_write(
    repository: Path, home: Path, noted: tuple[str, str], tmp_path: Path
) -> None:
    ident, stream = noted
    with subprocess.Popen(
        [sys.executable, "-P", str(SCRIBE), str(home), stream, ident, "100000", "meanwhile"],
        env={**os.environ, "PYTHONPATH": str(repository / "src")},
        stdout=subprocess.PIPE, text=True,
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        for _ in range(20):
            writer.stdout.readline()
        sizes = []
        for number in range(3):
            to = tmp_path / f"kept-{number}"
            sizes.append(ok(home, "profile", "backup", str(to))["events"])
            for _ in range(5):
                writer.stdout.readline()
            restored = tmp_path / f"restored-{number}"
            assert command(home, "profile", "restore", str(to), "--to", str(restored)).code == ExitCode.OK
            log = Log(restored / "log.db")
            assert log.count() == sizes[-1]
            assert log.gaps() == []
            log.close()
        writer.kill()
    assert sizes == sorted(set(sizes))


def flip(path: Path, at: int = -20) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped byte of the log": (lambda to: flip(to / "log.db"), "log.db"),
    "a broken page": (lambda to: (to / "log.db").write_bytes((to / "log.db").read_bytes()[:9000]), "log.db"),
    "another identity": (lambda to: flip(to / "profile.json"), "profile.json"),
    "a lost file": (lambda to: (to / "profile.json").unlink(), "profile.json is missing"),
    "no list of hashes": (lambda to: (to / "SHA256SUMS").unlink(), "SHA256SUMS"),
    "a list that leads out": (lambda to: (to / "SHA256SUMS").write_text(f"{'0' * 64}  ../../x\n"), "outside"),
    "another manifest": (lambda to: flip(to / "manifest.json"), "manifest.json"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_backup_is_refused_with_the_place(
    home: Path, noted: tuple[str, str], tmp_path: Path, name: str
) -> None:
    to = tmp_path / "kept"
    ok(home, "profile", "backup", str(to))
    damage, place = DAMAGE[name]
    damage(to)
    done = command(home, "profile", "restore", str(to), "--to", str(tmp_path / "new"))
    assert done.code in (ExitCode.DAMAGED, ExitCode.USAGE)
    told(done, done.code, place, "nothing was restored")
    assert not (tmp_path / "new").exists()
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()


def test_a_record_that_does_not_hold_is_refused_though_every_hash_does(
    home: Path, noted: tuple[str, str], tmp_path: Path
) -> None:
    """Whoever changed the record before the backup was made, or wrote its hashes anew."""
    from tests.e2e.test_bad_profile import held

    raw = held(home / "log.db")
    raw[raw.rindex(b"pharmacist")] ^= 1
    (home / "log.db").write_bytes(raw)
    ok(home, "profile", "backup", str(tmp_path / "kept"))
    done = command(home, "profile", "restore", str(tmp_path / "kept"), "--to", str(tmp_path / "new"))
    told(done, ExitCode.DAMAGED, "does not hold", "event 4")
    assert not (tmp_path / "new").exists()


def test_a_profile_is_replaced_only_when_told_and_kept_beside(
    home: Path, noted: tuple[str, str], tmp_path: Path
) -> None:
    ident, stream = noted
    ok(home, "profile", "backup", str(tmp_path / "kept"))
    with open_station(home) as station:
        note(station, stream, ident, "after the backup")
        told(
            command(home, "profile", "restore", str(tmp_path / "kept"), "--replace"),
            ExitCode.REFUSED,
            "open",
            "not touched",
        )
    newer = texts(home)
    told(command(home, "profile", "restore", str(tmp_path / "kept")), ExitCode.REFUSED, "--replace")
    done = command(home, "profile", "restore", str(tmp_path / "kept"), "--replace", "--json")
    assert done.code == ExitCode.OK, done
    kept = Path(done.data["kept"])
    assert kept.parent == home.parent
    assert texts(kept) == newer
    assert len(texts(home)) == len(newer) - 1
    told_by = command(
        home, "note", ok(home, "queue")["incidents"][0]["short"], "signs with the keys of this device"
    )
    assert told_by.code == ExitCode.OK, told_by
    assert command(home, "verify").code == ExitCode.OK


def test_without_keys_the_profile_can_be_read_and_says_what_is_missing(
    home: Path, noted: tuple[str, str], tmp_path: Path
) -> None:
    ok(home, "profile", "backup", str(tmp_path / "kept"))
    new = tmp_path / "new"
    done = command(home, "profile", "restore", str(tmp_path / "kept"), "--to", str(new))
    assert "device.key is not there" in done.out.decode()
    assert len(ok(new, "queue")["incidents"]) == 1
    told(command(new, "open", "another"), ExitCode.DAMAGED, "device.key is gone")


def test_a_tar_that_leads_out_or_is_none_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_bytes(b"no archive" * 90)
    told(
        command(home, "profile", "restore", str(tmp_path / "no.tar")), ExitCode.DAMAGED, "cannot be unpacked"
    )
    with tarfile.open(tmp_path / "out.tar", "w") as archive:
        archive.add(__file__, "../../outside")
    told(
        command(home, "profile", "restore", str(tmp_path / "out.tar")), ExitCode.DAMAGED, "cannot be unpacked"
    )
    told(command(home, "profile", "restore", str(tmp_path / "absent")), ExitCode.NOT_FOUND, "not there")
    assert not (tmp_path.parent / "outside").exists()


def test_raw_files_come_along_when_asked(home: Path, noted: tuple[str, str], tmp_path: Path) -> None:
    blob = home / "blobs" / "ab" / "cd"
    blob.parent.mkdir()
    blob.write_bytes(b"raw words")
    ok(home, "profile", "backup", str(tmp_path / "without"))
    ok(home, "profile", "backup", str(tmp_path / "with"), "--blobs")
    assert [(tmp_path / name / "blobs").exists() for name in ("without", "with")] == [False, True]
    command(home, "profile", "restore", str(tmp_path / "with"), "--to", str(tmp_path / "new"))
    assert (tmp_path / "new" / "blobs" / "ab" / "cd").read_bytes() == b"raw words"
    shutil.rmtree(tmp_path / "new")


NAMES = (
    b"caf\xe9.yaml",
    b"two\nlines",
    "a\u2028b".encode(),
    rb"back\slash",
    rb"back\nslash",
    b"end\r",
    b"  two spaces",
)
"""Names that a disk may hold: bytes that are no UTF-8, and what ends a line somewhere."""


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
def test_files_of_any_name_come_along(home: Path, noted: tuple[str, str], tmp_path: Path, name: str) -> None:
    folder = os.fsencode(home / "connectors")
    for each in NAMES:
        Path(os.fsdecode(folder + b"/" + each)).write_bytes(each)
    to = tmp_path / name
    ok(home, "profile", "backup", str(to))
    if to.is_dir():
        checked = ["sha256sum", "-c", "--strict", "SHA256SUMS"]
        subprocess.run(checked, cwd=to, check=True, capture_output=True)
    restored = command(home, "profile", "restore", str(to), "--to", str(tmp_path / "new"))
    assert restored.code == ExitCode.OK, restored
    found = {
        os.fsencode(path.name): path.read_bytes() for path in (tmp_path / "new" / "connectors").iterdir()
    }
    assert {each: found.get(each) for each in NAMES} == {each: each for each in NAMES}


def test_the_data_and_keys_of_a_hub_in_the_profile_are_not_in_it(home: Path, tmp_path: Path) -> None:
    """The hub's keys certify devices and say who belongs: a backup that says it has no key has none of them."""
    with open_station(home) as station:
        LocalHub(home / "hub", station).close()
        assert list((home / "hub").glob("*.key")), "the control: they lie in the profile"
    done = command(home, "profile", "backup", str(tmp_path / "kept"))
    assert "is not in it: keep it by itself" in done.out.decode()
    assert list((tmp_path / "kept").rglob("*.key")) == []
    assert not (tmp_path / "kept" / "hub").exists()
    restored = command(home, "profile", "restore", str(tmp_path / "kept"), "--to", str(tmp_path / "new"))
    assert restored.code == ExitCode.OK

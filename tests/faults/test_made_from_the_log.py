"""What is made from the log, or lies beside it, on a disk that fails: nobody is kept from writing, and nothing half counts."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.plain import told
from tests.e2e.stage import QUIET_MS, cockpit, command, ok
from tests.support.small_disk import small_disk
from tests.support.strace import SYNCS, failing, tracer

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: there is no strace")

VIEW = ("view.db", "view.db-wal", "view.db-shm", "view.db.new", "view.db.lock", "view.db.build")
FAULTS = {
    "writes fail": ("pwrite64", "error=EIO"),
    "no room": ("pwrite64", "error=ENOSPC"),
    "syncs fail": (SYNCS, "error=EIO"),
    "reads fail": ("pread64", "error=EIO"),
    "cannot be opened": ("openat", "error=EIO"),
    "may not be opened": ("openat", "error=EACCES"),
}

Failing = Callable[..., tuple[str, ...]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def fails(home: Path, tmp_path: Path, need_program: Callable[[str, str], str]) -> Failing:
    """The words before a program of which a call fails on these files of the profile; on all, where none is named."""
    strace = tracer(need_program, pytest.skip)

    def words(fault: tuple[str, str], *names: str) -> tuple[str, ...]:
        return failing(strace, *fault, [home / name for name in names], out=tmp_path / "trace")

    return words


def texts(home: Path, ident: str) -> list[str]:
    return [str(row["text"]) for row in ok(home, "timeline", ident) if row["type"] == "incident.noted"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_view_that_cannot_be_used_keeps_nobody_from_writing(home: Path, fails: Failing, fault: str) -> None:
    ident = str(ok(home, "open", "wrong dose")["short"])
    before = fails(FAULTS[fault], *VIEW)
    said = []
    for number in range(2):  # the second finds the view behind the log
        done = command(home, "note", ident, f"note {number}", before=before)
        assert done.code == ExitCode.OK, done
        assert "Traceback" not in done.said
        said.append(done.said)
    seen = command(home, "timeline", ident, "--json", before=before)
    assert [row["text"] for row in seen.data if row["type"] == "incident.noted"] == ["note 0", "note 1"]
    assert any("the log is shown from memory" in words for words in (*said, seen.said))
    assert texts(home, ident) == ["note 0", "note 1"], "each once, and the view has healed by itself"
    assert command(home, "verify").code == ExitCode.OK
    healed = command(home, "queue")
    assert (healed.code, healed.err) == (ExitCode.OK, b"")
    assert not list(home.glob("view.db.new*"))


@pytest.mark.parametrize("fault", ["writes fail", "no room", "syncs fail"])
def test_a_log_that_cannot_be_written_acknowledges_nothing(home: Path, fails: Failing, fault: str) -> None:
    """The control: it is the log that a change has to be in."""
    ident = str(ok(home, "open", "wrong dose")["short"])
    words = "free space" if fault == "no room" else "check"
    told(
        command(home, "note", ident, "lost", before=fails(FAULTS[fault], "log.db", "log.db-wal")),
        ExitCode.DAMAGED, words,
    )  # fmt: skip
    assert len(texts(home, ident)) <= 1
    assert command(home, "note", ident, "kept").code == ExitCode.OK
    assert "kept" in texts(home, ident)


def test_the_cockpit_works_without_a_view_on_the_disk(home: Path, fails: Failing) -> None:
    ident = str(ok(home, "open", "wrong dose")["short"])
    ok(home, "note", ident, "while it was well")
    with cockpit(home, before=fails(FAULTS["reads fail"], *VIEW)) as screen:
        screen.wait_for("wrong dose")
        screen.wait_for("view.db cannot be used")
        screen.wait_idle(QUIET_MS)
        screen.press("n")
        screen.wait_for("note:")
        screen.send("written without a view")
        screen.press("enter")
        screen.wait_for(lambda text: "note:" not in text and "noted in" in text)
        screen.press("q")
        assert screen.wait_exit() == ExitCode.OK
    assert texts(home, ident) == ["while it was well", "written without a view"]
    assert command(home, "doctor").code == ExitCode.OK


def test_doctor_and_rebuild_say_what_is_with_the_view(home: Path, fails: Failing) -> None:
    ok(home, "open", "wrong dose")
    before = fails(FAULTS["no room"], *VIEW)
    ok(home, "open", "another")
    command(home, "open", "a third", before=before)
    done = command(home, "doctor", before=before)
    assert "the log is shown from memory" in done.out.decode()
    done = command(home, "rebuild", before=before)
    assert (done.code, "is full" in done.said) == (ExitCode.DAMAGED, True), done
    assert command(home, "rebuild").code == ExitCode.OK
    assert len(ok(home, "queue")["incidents"]) == 3


def nothing_half(home: Path, ident: str) -> None:
    assert ok(home, "evidence", "list", ident) == []
    assert [path for path in (home / "blobs").rglob("*") if path.is_file()] == []


def test_a_full_chunk_folder_says_so_and_leaves_nothing_half(
    home: Path, tmp_path: Path, need_program: Callable[[str, str], str]
) -> None:
    large = tmp_path / "dump.bin"
    large.write_bytes(bytes(range(256)) * 4096)
    ident = str(ok(home, "open", "wrong dose")["short"])
    add = ("evidence", "add", str(large), "--incident", ident)
    with small_disk(home / "blobs", 256, need_program("mount", "util-linux")):
        told(command(home, *add), ExitCode.DAMAGED, "no room left for evidence", "Free space")
        nothing_half(home, ident)
        assert command(home, "note", ident, "entries do not need it").code == ExitCode.OK
    assert command(home, *add).code == ExitCode.OK
    assert [each["size"] for each in ok(home, "evidence", "list", ident)] == [large.stat().st_size]
    assert command(home, "verify").code == ExitCode.OK


def test_a_chunk_folder_whose_syncs_fail_leaves_nothing_half(
    home: Path, tmp_path: Path, fails: Failing
) -> None:
    small = tmp_path / "chat.txt"
    small.write_text("what the model said")
    ident = str(ok(home, "open", "wrong dose")["short"])
    add = ("evidence", "add", str(small), "--incident", ident)
    told(
        command(home, *add, before=fails((SYNCS, "error=EIO"))), ExitCode.DAMAGED, "cannot be used", "the disk"
    )  # fmt: skip
    nothing_half(home, ident)
    assert command(home, *add).code == ExitCode.OK
    assert command(home, "verify").code == ExitCode.OK

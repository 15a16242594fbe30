import errno
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from ircockpit.blobs.files import ABANDONED_AFTER_S, READ_SIZE, Blob, FileBlobs, open_to_all
from ircockpit.blobs.manifest import Chunker, manifest_of
from ircockpit.core.errors import BadInput, ConflictError, NotFound, StoreError, TrustError


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return FileBlobs(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"evidence" * 400_000)
    return path


def everything_in(blobs: FileBlobs) -> list[str]:
    return sorted(str(path.relative_to(blobs.root)) for path in blobs.root.rglob("*") if path.is_file())


def run(code: str, *argv: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *argv],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("size", [0, 1, READ_SIZE - 1, READ_SIZE, READ_SIZE + 1, 3 * READ_SIZE])
def test_what_is_put_comes_back(blobs: FileBlobs, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "file"
    path.write_bytes(data)
    blob = blobs.put_path(path)
    assert blob == Blob(sha(data), size, manifest_of([data]).digest) == blobs.put_bytes(data)
    assert blobs.has(blob.sha256)
    with blobs.open(blob.sha256, open_to_all, verify=True) as stream:
        assert stream.read() == data
    assert everything_in(blobs) == [f"{blob.sha256[:2]}/{blob.sha256}"]


def test_nobody_else_can_read_it(blobs: FileBlobs) -> None:
    old = os.umask(0)
    try:
        blob = blobs.put_bytes(b"x")
    finally:
        os.umask(old)
    assert blobs.path(blob.sha256).stat().st_mode & 0o777 == 0o600
    for directory in (blobs.root, blobs.path(blob.sha256).parent, blobs.root / "tmp"):
        assert directory.stat().st_mode & 0o777 == 0o700


def test_a_blob_is_named_by_a_hash_alone(blobs: FileBlobs) -> None:
    for name in ("", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63, "a" * 65, "aa/" + "a" * 61):
        with pytest.raises(BadInput):
            blobs.path(name)
    with pytest.raises(NotFound):
        blobs.open(sha(b"never put"), open_to_all)
    assert not blobs.has(sha(b"never put"))


def test_damage_is_found_and_healed_by_putting_again(blobs: FileBlobs) -> None:
    blob = blobs.put_bytes(b"good bytes")
    place = blobs.path(blob.sha256)
    place.write_bytes(b"g0od bytes")
    with blobs.open(blob.sha256, open_to_all) as unchecked:
        assert unchecked.read() == b"g0od bytes", "control: without verify the damage goes unseen"
    with pytest.raises(StoreError, match="damaged"):
        blobs.open(blob.sha256, open_to_all, verify=True)
    blobs.put_bytes(b"good bytes")
    with blobs.open(blob.sha256, open_to_all, verify=True) as healed:
        assert healed.read() == b"good bytes"


def test_what_is_not_the_blob_expected_is_not_kept(blobs: FileBlobs) -> None:
    with pytest.raises(TrustError):
        blobs.put_bytes(b"other", expect=sha(b"wanted"))
    assert everything_in(blobs) == []
    with pytest.raises(BadInput):
        blobs.put_bytes(b"other", expect="not a hash")
    assert blobs.put_bytes(b"wanted", expect=sha(b"wanted")).size == 6


def test_only_regular_files_are_taken(blobs: FileBlobs, tmp_path: Path, source: Path) -> None:
    link, fifo, unix = tmp_path / "link", tmp_path / "fifo", tmp_path / "socket"
    link.symlink_to(source)
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(unix))
        for refused in (link, fifo, unix, tmp_path, Path("/dev/zero"), Path("/dev/null")):
            with pytest.raises(BadInput, match="not a regular file"):
                blobs.put_path(refused)
    with pytest.raises(NotFound):
        blobs.put_path(tmp_path / "absent")
    with pytest.raises(BadInput):
        blobs.put_path(source / "below a file")
    assert everything_in(blobs) == []


def change_while_read(monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    """Runs the change once, when half of the source has been written to the store."""
    real = Chunker.update
    done = threading.Event()

    def update(chunker: Chunker, data: bytes) -> None:
        real(chunker, data)
        if not done.is_set():
            done.set()
            assert callable(change)
            change()

    monkeypatch.setattr(Chunker, "update", update)


@pytest.mark.parametrize("how", ["append", "truncate", "rewrite", "replace", "remove"])
def test_a_source_that_changes_is_refused(
    blobs: FileBlobs, source: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    def change() -> None:
        if how == "append":
            with source.open("ab") as stream:
                stream.write(b"more")
        elif how == "truncate":
            os.truncate(source, 10)
        elif how == "rewrite":
            with source.open("r+b") as stream:
                stream.write(b"EVIDENCE")
            os.utime(source, ns=(1, 1))
        elif how == "replace":
            other = source.with_name("other")
            other.write_bytes(source.read_bytes())
            other.replace(source)
        else:
            source.unlink()

    change_while_read(monkeypatch, change)
    with pytest.raises(ConflictError):
        blobs.put_path(source)
    assert everything_in(blobs) == []


def test_control_a_source_that_does_not_change_is_taken(
    blobs: FileBlobs, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_while_read(monkeypatch, lambda: None)
    assert blobs.put_path(source).size == source.stat().st_size


def test_bytes_are_on_the_disk_before_they_have_a_name(
    blobs: FileBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs.put_bytes(b"warm: the directories are there")
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append("sync directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        real_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    blob = blobs.put_bytes(b"warm: the directories are there")
    assert steps == ["sync file", "rename", "sync directory"]
    assert blobs.has(blob.sha256)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_or_broken_disk_is_said_and_nothing_half_stays(
    blobs: FileBlobs, source: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    kept = blobs.put_bytes(b"kept")

    def failing(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(StoreError) as caught:
        blobs.put_path(source)
    assert caught.value.fix
    assert ("room" in caught.value.what) == (number != errno.EIO)
    assert everything_in(blobs) == [f"{kept.sha256[:2]}/{kept.sha256}"]


def test_a_real_limit_of_the_system_is_met(blobs: FileBlobs, source: Path) -> None:
    ran = run(
        """
        import resource, sys
        from ircockpit.blobs.files import FileBlobs
        from ircockpit.core.errors import StoreError
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
        try:
            FileBlobs(sys.argv[1]).put_path(sys.argv[2])
        except StoreError as error:
            print(error.what)
        """,
        str(blobs.root),
        str(source),
    )
    assert "no room" in ran.stdout, ran.stderr
    assert everything_in(blobs) == []


def test_a_store_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError) as caught:
        FileBlobs(tmp_path / "file" / "store").put_bytes(b"x")
    assert caught.value.fix


def test_an_error_of_the_source_passes_through_and_leaves_nothing(blobs: FileBlobs) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("the line dropped")

    with pytest.raises(ValueError, match="the line dropped"):
        blobs.put_chunks(broken())
    assert everything_in(blobs) == []
    assert blobs.put_chunks(iter([b"a", b"b"])) == Blob(sha(b"ab"), 2, manifest_of([b"ab"]).digest)


def test_a_killed_process_leaves_no_blob_and_its_rest_is_swept(blobs: FileBlobs) -> None:
    ran = run(
        """
        import os, signal, sys
        from ircockpit.blobs.files import FileBlobs
        def chunks():
            yield b"half of it"
            os.kill(os.getpid(), signal.SIGKILL)
        FileBlobs(sys.argv[1]).put_chunks(chunks())
        """,
        str(blobs.root),
    )
    assert ran.returncode == -signal.SIGKILL
    (rest,) = (blobs.root / "tmp").iterdir()
    assert everything_in(blobs) == [f"tmp/{rest.name}"]
    FileBlobs(blobs.root).sweep()
    assert everything_in(blobs) == []


def test_the_file_of_a_writer_that_lives_is_not_swept(blobs: FileBlobs) -> None:
    def slow() -> Iterator[bytes]:
        yield b"half of it, "
        (mine,) = (blobs.root / "tmp").iterdir()
        old = mine.stat().st_mtime - ABANDONED_AFTER_S - 1
        os.utime(mine, (old, old))
        other = run(
            "import sys; from ircockpit.blobs.files import FileBlobs; FileBlobs(sys.argv[1]).put_bytes(b'x')",
            str(blobs.root),
        )
        assert other.returncode == 0, other.stderr
        assert mine.exists()
        yield b"and the rest"

    kept = blobs.put_chunks(slow())
    assert kept[:2] == (sha(b"half of it, and the rest"), 24)
    blobs.open(kept.sha256, open_to_all, verify=True).close()


def test_several_processes_may_put_the_same(blobs: FileBlobs) -> None:
    code = """
        import sys
        from ircockpit.blobs.files import FileBlobs
        for number in range(40):
            FileBlobs(sys.argv[1]).put_bytes(bytes([number]) * 10_000)
        """
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(run(code, str(blobs.root)).returncode))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0, 0, 0]
    assert len(everything_in(blobs)) == 40
    for number in range(40):
        blobs.open(sha(bytes([number]) * 10_000), open_to_all, verify=True).close()


def test_memory_does_not_grow_with_the_file(blobs: FileBlobs, tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as stream:
        stream.truncate(48 * READ_SIZE)
    tracemalloc.start()
    try:
        blob = blobs.put_path(big)
        blobs.open(blob.sha256, open_to_all, verify=True).close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * READ_SIZE

"""The content-addressed file store: bytes under the SHA-256 of what they hold, durable once named."""

import errno
import hashlib
import io
import os
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ircockpit.blobs.manifest import Chunker
from ircockpit.core.errors import (
    BadInput,
    CockpitError,
    ConflictError,
    NotFound,
    RefusedError,
    StoreError,
    TrustError,
)

READ_SIZE = 1 << 20
"""Bytes held in memory at a time, whatever the size of a blob."""
ABANDONED_AFTER_S = 86_400
"""Age in seconds after which a half-written file is removed where no lock tells whether its writer lives."""

HALVES = Path("tmp", "half")
"""Where files stand of which a part has arrived (blobs.halves), below the store's root."""

Gate = Callable[[str], None]
"""Asked with its hash before a file is read to be shown, copied or sent: raises :class:`RefusedError` where it must not be."""

_HEX = frozenset("0123456789abcdef")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def open_to_all(_: str) -> None:
    """The gate of a store beside which no record lies that could forbid anything: a hub's."""


def let_out(gate: Gate, sha256: str) -> bool:
    """Whether a gate lets a file be copied now."""
    try:
        gate(sha256)
    except RefusedError:
        return False
    return True


class Blob(NamedTuple):
    """What the store holds: the SHA-256 in lower-case hex, and the size in bytes."""

    sha256: str
    size: int
    manifest: str = ""
    """Digest of its chunks (manifest.Manifest), where the bytes passed by here."""


class FileBlobs:
    """Blobs as files ``<root>/ab/<sha256>``, mode 0600 in directories of 0700.

    A blob that was returned is on the disk: written beside, fsynced, renamed into place, directory
    fsynced. Writing the same bytes again heals a damaged copy. Processes may share one root.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self._swept = False

    def put_path(self, path: str | os.PathLike[str], *, expect: str | None = None) -> Blob:
        """Keep a copy of a regular file, streamed.

        Raises :class:`BadInput` for links, devices, pipes and directories, :class:`NotFound`,
        :class:`ConflictError` when the file changed while it was read, :class:`TrustError` when it
        is not the blob expected, :class:`StoreError` when the store cannot take it.
        """
        return self._put(_read_unchanged(os.fspath(path)), expect)

    def put_bytes(self, data: bytes, *, expect: str | None = None) -> Blob:
        """Keep bytes; errors as for :meth:`put_path`."""
        return self._put((data,), expect)

    def put_chunks(self, chunks: Iterable[bytes], *, expect: str | None = None) -> Blob:
        """Keep what comes in pieces, a download for instance; errors of the source pass through."""
        return self._put(chunks, expect)

    def adopt(self, written: Path, *, expect: str) -> Blob:
        """Take over a file that was written beside the store on the same disk, once it hashes to its name.

        It is read back from the disk and gone from where it was. An empty file need not be there. Raises
        :class:`TrustError` when it is not the blob expected, :class:`StoreError` when it cannot be kept.
        """
        self.path(expect)
        try:
            handle = os.open(
                written, os.O_RDWR | os.O_CREAT | _flag("O_NOFOLLOW") | _flag("O_CLOEXEC"), 0o600
            )
            with os.fdopen(handle, "r+b", buffering=0) as file:
                os.fsync(file.fileno())
                found = hashlib.file_digest(file, "sha256").hexdigest()
                size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise store_error(error, self.root) from error
        _check_expected(found, expect)
        self._name(written, expect)
        return Blob(expect, size)

    def path(self, sha256: str) -> Path:
        """Where a blob of this hash is or would be; :class:`BadInput` when it is not a hash."""
        if len(sha256) != 64 or not _HEX.issuperset(sha256):
            raise BadInput("A blob is named by 64 lower-case hexadecimal digits.", fix="Check the hash.")
        return self.root / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether the blob is here; says nothing about damage."""
        return self.path(sha256).is_file()

    def open(self, sha256: str, gate: Gate, *, verify: bool = False) -> io.BufferedReader:
        """The blob, to be read and closed by the caller, once ``gate`` lets it: every way by which bytes leave is here.

        With ``verify`` it is hashed first: :class:`StoreError` when a byte differs.
        Raises :class:`NotFound` when it is not here, and what the gate raises.
        """
        place = self.path(sha256)
        gate(sha256)
        try:
            stream = place.open("rb")
        except FileNotFoundError:
            raise NotFound(
                f"The blob {sha256[:12]} is not on this device.",
                fix="Fetch it from the device or hub that holds it.",
            ) from None
        except OSError as error:
            raise store_error(error, self.root) from error
        if verify:
            try:
                _check(stream, sha256)
            except BaseException:
                stream.close()
                raise
        return stream

    def _put(self, chunks: Iterable[bytes], expect: str | None) -> Blob:
        if expect is not None:
            self.path(expect)
        try:
            name, descriptor = _begin(self._staging())
            claim = os.dup(descriptor)  # holds until the file has its name: the writer closes its own before
        except OSError as error:
            raise store_error(error, self.root) from error
        try:
            blob = _write(descriptor, chunks, self.root)
            _check_expected(blob.sha256, expect or blob.sha256)
            self._name(name, blob.sha256)
        finally:
            name.unlink(missing_ok=True)
            os.close(claim)
        return blob

    def remove(self, sha256: str) -> None:
        """Take a blob away for good, and what has arrived of it; nothing happens where it is not here."""
        place = self.path(sha256)
        try:
            shutil.rmtree(self.root / HALVES / sha256, ignore_errors=True)
            place.unlink(missing_ok=True)
            if place.parent.is_dir():
                _sync_directory(place.parent)
        except OSError as error:
            raise store_error(error, self.root) from error

    def sweep(self) -> None:
        """Remove what processes that were killed left half-written; done by itself before the first write."""
        with suppress(OSError):  # what cannot be looked at is told when something is to be kept there
            _sweep(self.root / "tmp")

    def _name(self, written: Path, sha256: str) -> None:
        place = self.path(sha256)
        try:
            _make_directory(place.parent)
            _give_name(written, place)
        except OSError as error:
            raise store_error(error, self.root) from error

    def _staging(self) -> Path:
        _make_directory(self.root)
        staging = self.root / "tmp"
        _make_directory(staging)
        if not self._swept:
            _sweep(staging)
            self._swept = True
        return staging


def beginning(path: str | os.PathLike[str], size: int) -> bytes:
    """The first bytes of a file, at most :data:`READ_SIZE`; nothing is kept of it.

    Refuses and raises what :meth:`FileBlobs.put_path` does.
    """
    chunks = _read_unchanged(os.fspath(path))
    try:
        return next(chunks, b"")[:size]
    finally:
        chunks.close()


def _write(descriptor: int, chunks: Iterable[bytes], root: Path) -> Blob:
    """Write and hash all chunks and put them on the disk; closes the descriptor."""
    chunker = Chunker()
    with os.fdopen(descriptor, "wb", buffering=0) as target:
        for chunk in chunks:  # outside the try: an error of the source is not one of the store
            chunker.update(chunk)
            try:
                rest = memoryview(chunk)
                while rest:
                    rest = rest[target.write(rest) :]
            except OSError as error:
                raise store_error(error, root) from error
        try:
            os.fsync(target.fileno())
        except OSError as error:
            raise store_error(error, root) from error
    manifest = chunker.manifest()
    return Blob(manifest.sha256, manifest.size, manifest.digest)


def _check_expected(found: str, expect: str) -> None:
    if found != expect:
        raise TrustError(
            f"The bytes hash to {found[:12]}, not to {expect[:12]}.",
            safe="Nothing was kept of them.",
            fix="Fetch them again; if it repeats, the source is damaged or not what it says.",
        )


def _read_unchanged(path: str) -> Generator[bytes, None, None]:
    """The bytes of a regular file, refusing at the end when it was not the same file all the time."""
    try:
        # A device is not even opened: opening a tape or a watchdog acts on it.
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise _not_a_file(path)
        descriptor = os.open(
            path, os.O_RDONLY | _flag("O_NOFOLLOW") | _flag("O_NONBLOCK") | _flag("O_CLOEXEC")
        )
        with os.fdopen(descriptor, "rb", buffering=0) as source:
            before = os.fstat(source.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise _not_a_file(path)
            size = 0
            while chunk := source.read(READ_SIZE):
                size += len(chunk)
                yield chunk
            after = (os.fstat(source.fileno()), _state(path))
    except OSError as error:
        raise _source_error(error, path) from error
    if size != before.st_size or any(_identity(state) != _identity(before) for state in after):
        raise ConflictError(
            f"The file {os.path.basename(path)} changed while it was read.",
            safe="Nothing was kept of it.",
            fix="Stop what writes to it, or copy it first, and repeat.",
        )


def _state(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _identity(state: os.stat_result | None) -> tuple[int, int, int, int] | None:
    if state is None:
        return None
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


def _check(stream: io.BufferedReader, sha256: str) -> None:
    found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise StoreError(
            f"The blob {sha256[:12]} is damaged: its bytes hash to {found[:12]}.",
            safe="The record names the right hash; the damaged bytes were not used.",
            fix="Fetch it again from a device, hub or bundle that holds it, and check this disk.",
        )
    stream.seek(0)


def _give_name(written: Path, place: Path) -> None:
    """Put a file that is on the disk in its place, durably; where that fails it is not there, as if it never came."""
    before = place.exists()
    written.replace(place)
    try:
        _sync_directory(place.parent)
    except OSError:
        # Else a name that a power cut takes away would be told as kept by whoever looks for it next.
        if not before:
            place.unlink(missing_ok=True)
        raise


def _make_directory(path: Path) -> None:
    """A directory of mode 0700 whatever the umask, durable before anything is put in it."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    path.chmod(0o700)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    if os.name != "posix":
        return  # elsewhere a directory cannot be opened for it
    descriptor = os.open(path, os.O_RDONLY | _flag("O_DIRECTORY") | _flag("O_CLOEXEC"))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _begin(staging: Path) -> tuple[Path, int]:
    """A new file to write to, claimed for as long as its descriptor or a copy of it is open."""
    while True:
        name = staging / f"{os.getpid()}-{secrets.token_hex(8)}"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _flag("O_CLOEXEC"), 0o600)
        # A sweep in between may have taken it for abandoned: then another one is begun.
        if claim(descriptor) is not False and os.fstat(descriptor).st_nlink:
            return name, descriptor
        os.close(descriptor)


def claim(descriptor: int) -> bool | None:
    """Lock an open file for as long as it is open; ``False`` where somebody has it, ``None`` where nothing locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _sweep(staging: Path) -> None:
    oldest = time.time() - ABANDONED_AFTER_S
    for entry in staging.iterdir():
        if entry.is_dir():  # a file of which a part has arrived: another age and another lock
            continue
        try:
            descriptor = os.open(entry, os.O_RDONLY | _flag("O_CLOEXEC") | _flag("O_NOFOLLOW"))
        except OSError:
            continue  # another process finished or swept it
        try:
            free = claim(descriptor)
            if free or (free is None and os.fstat(descriptor).st_mtime < oldest):
                entry.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _flag(name: str) -> int:
    """An open flag, nothing on systems without it."""
    return int(getattr(os, name, 0))


def _not_a_file(path: str) -> BadInput:
    return BadInput(
        f"{os.path.basename(path)} is not a regular file.",
        safe="It was not opened.",
        fix="Name the file itself; links, directories, pipes and devices are not taken.",
    )


def _source_error(error: OSError, path: str) -> CockpitError:
    name = os.path.basename(path)
    if error.errno == errno.ENOENT:
        return NotFound(f"There is no file {path}.", fix="Check the path.")
    if error.errno == errno.ELOOP:
        return _not_a_file(path)
    return BadInput(
        f"The file {name} could not be read: {os.strerror(error.errno or errno.EIO)}.",
        safe="Nothing was kept of it.",
        fix="Check its permissions and the disk it is on.",
    )


def store_error(
    error: OSError,
    root: Path,
    safe: str = "What was kept before is untouched; the half-written file was removed.",
) -> StoreError:
    """What the disk says, in words; ``safe`` where it is full."""
    if error.errno in _NO_ROOM:
        return StoreError(
            f"There is no room left for evidence in {root}.",
            safe=safe,
            fix="Free space on that disk or move the profile to a larger one, then repeat.",
        )
    return StoreError(
        f"The evidence store {root} cannot be used: {os.strerror(error.errno or errno.EIO)}.",
        safe="What was kept before is untouched.",
        fix="Check its owner, its permissions and the disk it is on.",
    )

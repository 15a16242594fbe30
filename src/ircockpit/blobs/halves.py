"""Files on their way here: pieces in any order, kept whatever happens, a chunk counted once it hashes to its manifest."""

import errno
import hashlib
import io
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ircockpit.blobs.files import HALVES, FileBlobs, claim, store_error
from ircockpit.blobs.manifest import CHUNK_BYTES, Manifest, read_manifest
from ircockpit.core.errors import BadInput, ConflictError, StoreError

PIECE_BYTES = 1024 * 1024
"""What is asked for at a time: little is asked for twice after a cut, and a slow link is through with it in time."""
ABANDONED_S = 14 * 86_400
"""Seconds without a piece after which what was begun and not finished is removed."""
SPARE_BYTES = 64 * 1024 * 1024
"""Room that is left on the disk: the record must go on growing."""
_PER_CHUNK = CHUNK_BYTES // PIECE_BYTES
_NOT_HERE, _ARRIVED, _CHECKED = b" ", b".", b"+"
_CLAIM_TRIES = 5


class Piece(NamedTuple):
    """A stretch of a file."""

    number: int
    first: int
    size: int
    chunk: int


class Fetched(NamedTuple):
    """How far a file on its way here is."""

    sha256: str
    done: int
    total: int
    rate: float
    """Bytes a second lately, 0 where nobody is at it."""
    running: bool
    """Whether somebody is at it now."""


class Half:
    """One file on its way here, beside the store on the same disk: nothing of it is ever copied.

    One process fetches it at a time. A piece is asked for once; of what a chunk's hash tells to be wrong, the
    whole chunk again. It becomes a file of the store by :meth:`finish` alone.
    """

    def __init__(self, blobs: FileBlobs, manifest: Manifest) -> None:
        """Raises :class:`ConflictError` while another process is at it, :class:`StoreError` without the room for it."""
        self.manifest = manifest
        self._blobs = blobs
        self._place = _place(blobs, manifest.sha256)
        self._guard = threading.Lock()
        self._here: set[int] = set()
        """Pieces that arrived since this was opened: a wrong chunk of these alone is the sender's fault."""
        self._claim = -1
        self._over = False
        self._file: io.FileIO | None = None
        try:
            self._place.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._claim = _claimed(self._place)
            self._begin()
        except OSError as error:
            self.close()
            raise store_error(error, blobs.root, KEPT) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let another process go on with it; nothing is taken any more."""
        self._over = True
        if self._file is not None:
            self._file.close()
        if self._claim >= 0:
            os.close(self._claim)
        self._claim = -1

    @property
    def done(self) -> int:
        """Bytes that are here."""
        return sum(each.size for each in pieces_of(self.manifest) if _is_here(self._have, each.number))

    @property
    def stopped(self) -> bool:
        """Whether somebody has asked for it to be left."""
        return (self._place / "stop").exists()

    def missing(self) -> list[Piece]:
        """The pieces that are not here, in order."""
        return [each for each in pieces_of(self.manifest) if not _is_here(self._have, each.number)]

    def take(self, piece: Piece, data: bytes) -> bool:
        """Keep a piece. ``False`` where it was the last of a chunk that is not what the manifest says: all of that
        chunk is missing again. Raises :class:`StoreError` where it cannot be kept.
        """
        try:
            with self._guard:
                _write(self._open(), data, piece.first)
                self._note(range(piece.number, piece.number + 1), _ARRIVED)
                self._here.add(piece.number)
                return self._counts(piece.chunk)
        except OSError as error:
            raise store_error(error, self._blobs.root, KEPT) from error

    def arrived_now(self, chunk: int) -> bool:
        """Whether every piece of a chunk came since this was opened."""
        return self._here.issuperset(self._of_chunk(chunk))

    def forget_arrivals(self, chunk: int) -> None:
        """A chunk is asked for anew: what came of it before says nothing about what comes now."""
        self._here.difference_update(self._of_chunk(chunk))

    def finish(self) -> Path:
        """Make it a file of the store. Raises :class:`TrustError` where the whole is not what its name says."""
        self._open().close()
        self._blobs.adopt(self._place / "bytes", expect=self.manifest.sha256)
        self.throw_away()
        return self._blobs.path(self.manifest.sha256)

    def look_again(self) -> int:
        """Hash every chunk once more; returns how many are not what they were, and are missing again."""
        try:
            return sum(not self._check(chunk) for chunk in range(len(self.manifest.chunks)))
        except OSError as error:
            raise store_error(error, self._blobs.root, KEPT) from error

    def throw_away(self) -> None:
        """Keep nothing of it."""
        _remove(self._place)

    def tell(self, rate: float) -> None:
        """Let other windows know how fast it goes."""
        with suppress(OSError):
            (self._place / "rate").write_text(f"{rate:.0f}", "ascii")

    def _begin(self) -> None:
        if _manifest(self._place) != self.manifest:  # begun by another list of chunks, or not at all
            for name in ("have", "bytes"):
                (self._place / name).unlink(missing_ok=True)
            written = self._place / "manifest.new"
            written.write_text(json.dumps(self.manifest.to_wire()), "ascii")
            written.replace(self._place / "manifest.json")
        (self._place / "stop").unlink(missing_ok=True)
        count = sum(1 for _ in pieces_of(self.manifest))
        self._have = bytearray(_read(self._place / "have")[:count].ljust(count, _NOT_HERE))
        for chunk in range(len(self.manifest.chunks)):  # cut off between its last piece and its check
            self._counts(chunk)
        lacks = sum(each.size for each in self.missing())
        free = shutil.disk_usage(self._place).free
        if lacks + SPARE_BYTES > free:
            raise StoreError(
                f"there is no room for this file: {lacks:,} bytes of it are still to come, and {free:,} are free"
                f" in {self._blobs.root}",
                safe=KEPT, fix="free space there, or move the profile to a larger disk; then the same goes on",
            )  # fmt: skip

    def _open(self) -> io.FileIO:
        if self._over:
            raise OSError(errno.EBADF, "it was left")
        if self._file is None or self._file.closed:
            handle = os.open(
                self._place / "bytes", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600
            )
            self._file = io.FileIO(handle, "r+")
        return self._file

    def _of_chunk(self, chunk: int) -> range:
        return range(chunk * _PER_CHUNK, min((chunk + 1) * _PER_CHUNK, len(self._have)))

    def _counts(self, chunk: int) -> bool:
        """Check a chunk of which everything has arrived and that was not checked yet."""
        pieces = self._of_chunk(chunk)
        states = bytes(self._have[pieces.start : pieces.stop])
        # Gone on with after a kill, some of it may be noted as checked and the rest not: noting is no single step.
        return _NOT_HERE in states or _ARRIVED not in states or self._check(chunk)

    def _check(self, chunk: int) -> bool:
        first, size = self.manifest.span(chunk)
        digest, file = hashlib.sha256(), self._open()
        file.seek(first)
        while size and (data := file.read(min(PIECE_BYTES, size))):
            digest.update(data)
            size -= len(data)
        good = digest.hexdigest() == self.manifest.chunks[chunk]
        if good:
            os.fsync(file.fileno())  # noted before it is on the disk, it would be trusted after a power cut
        self._note(self._of_chunk(chunk), _CHECKED if good else _NOT_HERE)
        return good

    def _note(self, numbers: range, state: bytes) -> None:
        self._have[numbers.start : numbers.stop] = state * len(numbers)
        place = self._place / "have"
        if not place.exists():
            place.write_bytes(self._have)
        with place.open("r+b", buffering=0) as file:
            _write(file, state * len(numbers), numbers.start)


KEPT = "what has arrived of it is kept"


def pieces_of(manifest: Manifest) -> Iterator[Piece]:
    """The pieces of a file in order."""
    for number, first in enumerate(range(0, manifest.size, PIECE_BYTES)):
        yield Piece(number, first, min(PIECE_BYTES, manifest.size - first), number // _PER_CHUNK)


def on_their_way(blobs: FileBlobs) -> list[Fetched]:
    """The files of which a part is here, by hash."""
    found = []
    for place in sorted(_places(blobs.root)):
        manifest = _manifest(place)
        if manifest is None:
            continue
        have = _read(place / "have")
        running = _is_claimed(place)
        rate = _read(place / "rate") if running else b""
        done = sum(each.size for each in pieces_of(manifest) if _is_here(have, each.number))
        found.append(Fetched(manifest.sha256, done, manifest.size, float(rate or b"0"), running))
    return found


def stop(blobs: FileBlobs, sha256: str) -> bool:
    """Ask whoever fetches a file to leave it; ``False`` where nobody is at it."""
    place = _place(blobs, sha256)
    if not place.is_dir() or not _is_claimed(place):
        return False
    (place / "stop").touch()
    return True


def begun(blobs: FileBlobs, sha256: str) -> bool:
    """Whether anything of a file is here that is not here whole."""
    return _place(blobs, sha256).is_dir()


def sweep(blobs: FileBlobs) -> None:
    """Remove what was begun long ago and nobody has gone on with."""
    oldest = time.time() - ABANDONED_S
    for place in _places(blobs.root):
        newest = max((each.stat().st_mtime for each in place.iterdir()), default=0.0)
        if newest < oldest and not _is_claimed(place):
            _remove(place)


def _place(blobs: FileBlobs, sha256: str) -> Path:
    blobs.path(sha256)  # refuses what is not a hash, so that no other folder can be named
    return blobs.root / HALVES / sha256


def _places(root: Path) -> list[Path]:
    folder = root / HALVES
    return [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []


def _manifest(place: Path) -> Manifest | None:
    try:
        return read_manifest(json.loads((place / "manifest.json").read_text("ascii")))
    except (OSError, ValueError, BadInput):
        return None


def _is_here(have: bytes | bytearray, number: int) -> bool:
    return have[number : number + 1] not in (b"", _NOT_HERE)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _write(file: io.FileIO, data: bytes, place: int) -> None:
    file.seek(place)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _claimed(place: Path) -> int:
    """The lock of whoever fetches: a look at it by another window is over in a moment."""
    handle = os.open(place / "lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    for _ in range(_CLAIM_TRIES):
        if claim(handle) is not False:
            return handle
        time.sleep(0.02)
    os.close(handle)
    raise ConflictError(
        "another window is fetching this file", safe="nothing is fetched twice",
        fix="ircockpit standing shows how far it is",
    )  # fmt: skip


def _is_claimed(place: Path) -> bool:
    try:
        handle = os.open(place / "lock", os.O_RDWR | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return False
    try:
        return claim(handle) is False
    finally:
        os.close(handle)


def _remove(place: Path) -> None:
    (place / "manifest.json").unlink(missing_ok=True)  # first what makes it one
    shutil.rmtree(place, ignore_errors=True)

"""Evidence files on their way in: chunks in any order, and a file exists only once the whole hashes to its name."""

import hashlib
import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import NamedTuple

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import CHUNK_BYTES, MAX_FILE, Manifest, read_manifest
from ircockpit.core.errors import BadInput, CockpitError, ConflictError, NotFound, StoreError, TrustError

ABANDONED_S = 7 * 86_400
"""Seconds without a chunk after which an upload that was never finished is removed."""
MOST_OPEN = 2000
"""Uploads begun and not finished, above which no further one is begun."""
MOST_EACH = 64
"""The same of one device; beyond it the one it has left alone for longest goes. It sends one at a time."""
BYTES_EACH = 4 * MAX_FILE
"""What they may come to in bytes, in the same way."""
SPARE_BYTES = 256 * 1024 * 1024
"""Room that is left on the disk: the record must go on growing."""
SWEEP_S = 3600.0
"""How often it is looked for what was abandoned, besides at the start."""


class Begun(NamedTuple):
    """A file that is half here."""

    place: Path
    by: str
    """The device that began it."""
    size: int
    """Bytes of the whole file."""
    lacks: int
    """Bytes for which room is still needed."""
    touched: float


class Uploads:
    """Half-received files beside the store; any process of the hub may take any chunk, also after a restart.

    An upload is named by the hash of the file and the digest of its manifest: a manifest that somebody made
    up stands in nobody else's way. The bytes of a chunk are on the disk before it is noted as there.
    """

    def __init__(self, folder: Path, blobs: FileBlobs) -> None:
        self._folder = folder
        self._blobs = blobs
        self._lock = threading.Lock()
        self._checking: dict[Path, _Check] = {}
        self._swept = -SWEEP_S

    def begin(self, manifest: Manifest, device: str) -> list[int] | None:
        """Begin or go on with an upload; the chunks that are missing, ``None`` where the file is here already.

        Raises :class:`StoreError` where it cannot be kept.
        """
        self.sweep()
        if self._blobs.has(manifest.sha256):
            return None
        place = self._place(manifest.sha256, manifest.digest)
        try:
            if not (place / "manifest.json").exists():
                self._make_room(manifest.size, device)
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
                (place / "by").write_text(json.dumps({"device": device, "size": manifest.size}), "utf-8")
                written = place / f"manifest.{os.getpid()}.{threading.get_ident()}"
                written.write_text(json.dumps(manifest.to_wire()), "ascii")
                written.replace(place / "manifest.json")
        except OSError as error:
            raise _cannot(error) from error
        return self._missing(place, manifest)

    def missing(self, sha256: str, digest: str) -> list[int] | None:
        """The chunks an upload still lacks, ``None`` where the file is here. Raises :class:`NotFound` for no upload."""
        place = self._place(sha256, digest)
        if self._blobs.has(sha256):
            return None
        return self._missing(place, self._manifest(place))

    def take(self, sha256: str, digest: str, index: int, body: bytes) -> None:
        """Keep a chunk; the same again changes nothing.

        Raises :class:`TrustError` for other bytes than the manifest names, :class:`NotFound` for no upload.
        """
        place = self._place(sha256, digest)
        if self._blobs.has(sha256):
            return
        manifest = self._manifest(place)
        if not 0 <= index < len(manifest.chunks):
            raise BadInput(f"the file has {len(manifest.chunks)} chunks")
        if hashlib.sha256(body).hexdigest() != manifest.chunks[index]:
            raise TrustError(
                f"chunk {index} arrived with other bytes than its manifest names", safe="it was not kept"
            )
        try:
            self._write(place, index, body)
        except OSError as error:
            raise _cannot(error) from error

    def commit(self, sha256: str, digest: str) -> bool:
        """Make the file of its chunks; ``False`` while it is still being read back and hashed.

        Raises :class:`ConflictError` while chunks are missing, :class:`TrustError` where the whole is not what
        its name says; the upload is then thrown away, since its manifest was wrong or the disk is.
        """
        missing = self.missing(sha256, digest)
        if missing is None:
            return True
        if missing:
            raise ConflictError(f"{len(missing)} chunks of this file are missing")
        place = self._place(sha256, digest)
        with self._lock:
            check = self._checking.get(place)
            if check is None:
                check = self._checking[place] = _Check(self._blobs, place, sha256)
                check.start()
        check.join(PATIENCE_S)
        if check.is_alive():
            return False
        with self._lock:
            self._checking.pop(place, None)
        _remove(place)
        if check.error is not None:
            raise check.error
        return True

    def _write(self, place: Path, index: int, body: bytes) -> None:
        handle = os.open(place / "bytes", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            offset, rest = index * CHUNK_BYTES, memoryview(body)
            while rest:
                done = os.pwrite(handle, rest, offset)
                offset, rest = offset + done, rest[done:]
            os.fsync(handle)
        finally:
            os.close(handle)
        handle = os.open(place / "have", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(handle, b"+", index)  # lost in a power cut, the chunk is only sent once more
        finally:
            os.close(handle)

    def _missing(self, place: Path, manifest: Manifest) -> list[int]:
        try:
            have = (place / "have").read_bytes()
        except FileNotFoundError:
            have = b""
        return [index for index in range(len(manifest.chunks)) if have[index : index + 1] != b"+"]

    def _manifest(self, place: Path) -> Manifest:
        try:
            return read_manifest(json.loads((place / "manifest.json").read_text("ascii")))
        except (FileNotFoundError, ValueError):
            raise NotFound(
                "no such upload was begun here", fix="begin it anew; what arrived is kept"
            ) from None

    def _place(self, sha256: str, digest: str) -> Path:
        self._blobs.path(sha256)  # refuses what is not a hash, so that no other file can be named
        self._blobs.path(digest)
        return self._folder / f"{sha256}.{digest[:32]}"

    def sweep(self) -> None:
        """Remove what was abandoned, and what a kill left of a file that is whole by now; at most once an hour."""
        if time.monotonic() - self._swept < SWEEP_S:
            return
        self._swept = time.monotonic()
        oldest = time.time() - ABANDONED_S
        for each in self._begun():
            whole = self._blobs.has(each.place.name.partition(".")[0]) and each.place not in self._checking
            if whole or each.touched < oldest:
                _remove(each.place)

    def _make_room(self, size: int, device: str) -> None:
        """Let go of what the same device has begun too much of; refuse what the disk has no room for besides the rest."""
        begun = sorted(self._begun(), key=lambda each: each.touched)
        own = [each for each in begun if each.by == device]
        while own and (len(own) >= MOST_EACH or sum(each.size for each in own) + size > BYTES_EACH):
            begun.remove(own[0])
            _remove(own.pop(0).place)
        if len(begun) >= MOST_OPEN:
            raise StoreError("too many evidence files are on their way to this hub", fix="try again later")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        room = shutil.disk_usage(self._folder).free - SPARE_BYTES - sum(each.lacks for each in begun)
        if size > room:
            raise StoreError(
                f"the hub has no room for this file: it has {size:,} bytes, and {max(room, 0):,} are free beside what is"
                " on its way", safe="it is kept where it is, and is sent when there is room",
                fix="free space at the hub, or give its data folder a larger disk",
            )  # fmt: skip

    def _begun(self) -> list[Begun]:
        if not self._folder.exists():
            return []
        found = (_look(place) for place in self._folder.iterdir() if place.is_dir())
        return [each for each in found if each is not None]


PATIENCE_S = 3.0
"""Seconds a request waits for the hash of a whole file; it is asked again after that."""


class _Check(threading.Thread):
    """Reads a received file back from the disk and keeps it under its name when it is that."""

    def __init__(self, blobs: FileBlobs, place: Path, sha256: str) -> None:
        super().__init__(name="rehash", daemon=True)
        self._blobs = blobs
        self._place = place
        self._sha256 = sha256
        self.error: CockpitError | None = StoreError("the file could not be read back")

    def run(self) -> None:
        try:
            self._blobs.adopt(self._place / "bytes", expect=self._sha256)
            self.error = None
        except CockpitError as error:
            self.error = error


def _look(place: Path) -> Begun | None:
    """What is half here at a place; ``None`` where another request is just taking it away."""
    try:
        touched = max((each.stat().st_mtime for each in place.iterdir()), default=place.stat().st_mtime)
        stated = json.loads((place / "by").read_text("utf-8")) if (place / "by").exists() else {}
        written = (place / "bytes").stat() if (place / "bytes").exists() else None
    except (OSError, ValueError):
        return None
    size = int(stated.get("size", 0))
    there = 0 if written is None else getattr(written, "st_blocks", written.st_size // 512) * 512
    return Begun(place, str(stated.get("device", "")), size, max(size - there, 0), touched)


def _remove(place: Path) -> None:
    for name in ("manifest.json", "bytes", "have"):  # first what makes it an upload
        (place / name).unlink(missing_ok=True)
    for rest in place.iterdir() if place.exists() else ():
        rest.unlink(missing_ok=True)
    if place.exists():
        place.rmdir()


def _cannot(error: OSError) -> StoreError:
    return StoreError(
        f"the hub cannot keep the file: {os.strerror(error.errno or 0)}", safe="nothing of this chunk counts as kept",
        fix="check room and disk of the hub's data folder",
    )  # fmt: skip

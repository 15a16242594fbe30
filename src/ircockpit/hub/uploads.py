"""Evidence files on their way in: chunks in any order, and a file exists only once the whole hashes to its name."""

import hashlib
import json
import os
import threading
import time
from pathlib import Path

from ircockpit.blobs.files import FileBlobs
from ircockpit.blobs.manifest import CHUNK_BYTES, Manifest, read_manifest
from ircockpit.core.errors import BadInput, CockpitError, ConflictError, NotFound, StoreError, TrustError

ABANDONED_S = 7 * 86_400
"""Seconds without a chunk after which an upload that was never finished is removed."""
MOST_OPEN = 2000
"""Uploads begun and not finished, above which no further one is begun."""


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

    def begin(self, manifest: Manifest) -> list[int] | None:
        """Begin or go on with an upload; the chunks that are missing, ``None`` where the file is here already.

        Raises :class:`StoreError` where it cannot be kept.
        """
        if self._blobs.has(manifest.sha256):
            return None
        place = self._place(manifest.sha256, manifest.digest)
        try:
            if not (place / "manifest.json").exists():
                self._make_room()
                place.mkdir(mode=0o700, parents=True, exist_ok=True)
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

    def _make_room(self) -> None:
        """Remove what was abandoned; refuse where too much is begun already."""
        if not self._folder.exists():
            return
        oldest = time.time() - ABANDONED_S
        begun = list(self._folder.iterdir())
        for place in begun:
            if place.is_dir() and max((each.stat().st_mtime for each in place.iterdir()), default=0) < oldest:
                _remove(place)
        if len(begun) > MOST_OPEN and len(list(self._folder.iterdir())) > MOST_OPEN:
            raise StoreError("too many evidence files are on their way to this hub", fix="try again later")


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

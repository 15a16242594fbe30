"""Evidence files on their way in: pieces in order, hashed as a whole before the file exists under its name."""

import os
import re
import threading
from pathlib import Path

from ircockpit.blobs.files import FileBlobs
from ircockpit.core.errors import BadInput, ConflictError, RefusedError, StoreError

PIECE_BYTES = 8 * 1024 * 1024
MAX_BLOB = 64 * 1024**3
"""Bytes of the largest evidence file taken."""

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII).fullmatch


class Uploads:
    """Half-received files beside the store; a transfer goes on where it broke off, also after a restart."""

    def __init__(self, folder: Path, blobs: FileBlobs) -> None:
        self._folder = folder
        self._blobs = blobs
        self._lock = threading.Lock()

    def state(self, sha256: str) -> tuple[int, bool]:
        """Bytes received of a file, and whether it is complete."""
        if self._blobs.has(sha256):
            return self._blobs.path(sha256).stat().st_size, True
        part = self._part(sha256)
        return (part.stat().st_size if part.exists() else 0), False

    def take(self, sha256: str, content_range: str | None, body: bytes) -> tuple[int, bool]:
        """Take the next piece; returns what :meth:`state` gives then. Without a range the body is the whole file.

        Raises :class:`ConflictError` for a piece out of order, :class:`RefusedError` for too large a file,
        and ``TrustError`` when the whole does not hash to its name; nothing is kept of it then.
        """
        with self._lock:
            have, complete = self.state(sha256)
            if complete:
                return have, True
            if content_range is None:
                self._blobs.put_bytes(body, expect=sha256)
                return len(body), True
            first, total = _read_range(content_range, len(body))
            if first != have:
                raise ConflictError(f"the hub has {have} bytes of this file; go on from there")
            self._add(sha256, have, body)
            if have + len(body) < total:
                return have + len(body), False
            self._complete(sha256)
            return total, True

    def _add(self, sha256: str, have: int, body: bytes) -> None:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            with os.fdopen(os.open(self._part(sha256), flags, 0o600), "ab") as file:
                try:
                    file.write(body)
                    file.flush()
                    os.fsync(file.fileno())
                except OSError:
                    # What a failed sync leaves is read again and may be on no disk: the piece is to be sent anew.
                    os.ftruncate(file.fileno(), have)
                    raise
        except OSError as error:
            raise StoreError(f"the hub cannot keep the file: {os.strerror(error.errno or 0)}") from error

    def _complete(self, sha256: str) -> None:
        part = self._part(sha256)
        try:
            self._blobs.put_path(part, expect=sha256)
        finally:
            part.unlink(missing_ok=True)

    def _part(self, sha256: str) -> Path:
        self._blobs.path(sha256)  # refuses what is not a hash, so that no other file can be named
        return self._folder / sha256


def _read_range(text: str, size: int) -> tuple[int, int]:
    match = _RANGE(text)
    if match is None:
        raise BadInput("a piece needs Content-Range: bytes FIRST-LAST/TOTAL")
    first, last, total = map(int, match.groups())
    if last - first + 1 != size or last >= total:
        raise BadInput("the range is not that of the piece")
    if total > MAX_BLOB:
        raise RefusedError(f"a file of {total} bytes: the limit is {MAX_BLOB}")
    return first, total

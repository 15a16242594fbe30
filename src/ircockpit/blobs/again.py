"""Being one of those who use a database: the first of them writes once more what an earlier one may have left in memory only."""

import os
import sys
from pathlib import Path

PIECE = 1 << 20
"""Bytes held in memory at a time."""


class Use:
    """A connection's part in the use of a database, from before it is opened until after it is closed.

    A sync that fails drops what it could not write and says so once; readers still see it, and the next sync
    succeeds (LWN 752063, "PostgreSQL's fsync() surprise"). A connection that goes on writes over it. But when it
    ends, the next one would take it over from the write-ahead log, and build on what no power cut spares.
    """

    def __init__(self, database: Path) -> None:
        """Raises OSError, and nothing may be opened then, where it cannot be made sure."""
        self._handle = -1
        self.took_over = False
        """Whether nobody used it, and a write-ahead log lay there: whoever used it last was cut off."""
        try:
            name = database.with_name(f"{database.name}-use")
            handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:  # the engine says better why nothing can be written in this folder
            return
        try:
            self.took_over = _join(handle, database.with_name(f"{database.name}-wal"))
        except BaseException:
            os.close(handle)
            raise
        self._handle = handle

    def end(self) -> None:
        """The connection is closed."""
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1


def write_again(path: Path) -> None:
    """Write a file's bytes over themselves and sync them; nobody else may write it meanwhile. Raises OSError."""
    with path.open("r+b", buffering=0) as file:
        place = 0
        while chunk := file.read(PIECE):
            file.seek(place)
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            place += len(chunk)
        os.fsync(file.fileno())


def _join(handle: int, log: Path) -> bool:
    """Hold the lock that all who use a database share; says whether one of them has left its log behind."""
    if sys.platform == "win32":
        return False
    import fcntl

    left = False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pass  # somebody uses it, who was the first, or came after one
    else:
        if log.exists():
            left = log.stat().st_size > 0
            write_again(log)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return left

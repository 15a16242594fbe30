"""The database engine: how a connection is opened, how every write is begun, how its errors are told."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ircockpit.blobs.again import Use
from ircockpit.core.errors import StoreError
from ircockpit.store.engine import engine as engine

if TYPE_CHECKING:
    from sqlite3 import Connection

SAFE_VERSION = (3, 51, 3)
MENDED_LINES = ((3, 44, 6), (3, 50, 7))
BUSY_MS = 5000
MOUNTS = "/proc/self/mounts"
NETWORK_FILE_SYSTEMS = frozenset(
    (
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.rclone",
        "davfs",
    )
)


COMPANION_BYTES = 64 * 1024
"""Room that the engine's companion files of one database take at least."""


class DamagedError(StoreError):
    """A file is no database, or one with broken pages; what is made from the log can be made anew."""


class DiskError(StoreError):
    """The disk, its room or its permissions stand in the way; what is on it may be whole."""


class OpenDatabase(Protocol):
    """How a database of the profile is opened: :func:`connect`, or what a simulation has for a disk."""

    def __call__(
        self,
        path: Path,
        /,
        *,
        synchronous: str,
        read_only: bool = False,
        look: "Callable[[Connection], None]" = ...,
    ) -> "Connection":
        """See :func:`connect`."""
        ...


def engine_is_safe() -> bool:
    """Whether this SQLite is free of the WAL-reset bug: since 3.51.3, and in two earlier lines that were mended."""
    version = tuple(engine.sqlite_version_info)
    return version >= SAFE_VERSION or any(
        version[:2] == safe[:2] and version >= safe for safe in MENDED_LINES
    )


def connect(
    path: Path,
    *,
    synchronous: str,
    read_only: bool = False,
    look: "Callable[[Connection], None]" = lambda _: None,
) -> "Connection":
    """Open a database of the profile with the settings the design asks for.

    ``look`` may refuse it before any setting is written into it: it may be another program's.
    ``synchronous`` is ``FULL`` for what must survive a power cut and ``NORMAL`` for what can be rebuilt.
    A new file is readable by its owner alone; the engine gives its companions the same mode.
    Raises :class:`DamagedError` where the file is no database, :class:`StoreError` where it cannot be opened.
    """
    mode = "ro" if read_only else "rw"
    if not read_only:
        _touch(path)
    with told(path):
        db: Connection = engine.connect(
            f"{path.resolve().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=BUSY_MS / 1000,
            check_same_thread=False,
        )
        try:
            look(db)
            configure(db, synchronous, read_only)
        except (engine.Error, StoreError):
            db.close()
            raise
    return db


def in_memory() -> "Connection":
    """A database that is gone with the program, with the same settings."""
    db: Connection = engine.connect(":memory:", isolation_level=None, check_same_thread=False)
    configure(db, "OFF", False)
    return db


def has_bytes(path: Path) -> bool:
    """Whether a database has been begun there.

    Until it has, its journal mode is still to be set, and the engine lets two that set it at once fail without
    waiting: whoever opens a new one holds a lock.
    """
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def used(path: Path) -> Use:
    """One connection's use of a database that must survive a power cut, to be taken before it is opened."""
    try:
        return Use(path)
    except OSError as error:
        raise disk_error(path, error) from error


def _touch(path: Path) -> None:
    # Only where there is none: closing any handle of a database in use would drop this process's locks on it
    # (sqlite.org/howtocorrupt.html, 2.2).
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise disk_error(path, error) from error


def configure(db: "Connection", synchronous: str, read_only: bool) -> None:
    """Put the settings the design asks for into force on a connection; see :func:`connect`."""
    settings = [f"busy_timeout={BUSY_MS}", "foreign_keys=ON", "trusted_schema=OFF", "cell_size_check=ON"]
    settings.append(
        "recursive_triggers=ON"
    )  # else INSERT OR REPLACE would pass the triggers that keep the log
    if not read_only:
        settings += [
            "journal_mode=WAL", f"synchronous={synchronous}", "secure_delete=ON", "temp_store=MEMORY",
            "cache_size=-32000", "journal_size_limit=67108864", "fullfsync=1", "checkpoint_fullfsync=1",
        ]  # fmt: skip
        if not engine_is_safe():
            settings.append("wal_autocheckpoint=0")  # checkpoints then only under the writer lock
    for setting in settings:
        db.execute(f"PRAGMA {setting}")
    db.execute("SELECT count(*) FROM sqlite_master").fetchone()  # says at once when this is no database


@contextmanager
def write_tx(db: "Connection", path: Path) -> Iterator[None]:
    """The one way to write: the write lock is taken at the start, so a read inside cannot go stale.

    A deferred transaction that reads, then writes, fails under a second process however long the
    busy timeout is. Raises :class:`StoreError` with nothing written.
    """
    with told(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            # A full or failing disk has often rolled back by itself; the first error is the one to tell.
            with suppress(engine.Error):
                if db.in_transaction:
                    db.execute("ROLLBACK")
            raise


def disk_failed(error: StoreError) -> bool:
    """Whether the engine could not read, write or sync: a sync that failed is never asked for again where it failed."""
    cause = error.__cause__
    return isinstance(cause, engine.Error) and int(getattr(cause, "sqlite_errorcode", 0)) & 0xFF == _IOERR


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn the engine's errors into a sentence a person can act on."""
    try:
        yield
    except engine.Error as error:
        raise _sentence(path, error) from error


def _sentence(path: Path, error: Exception) -> StoreError:
    # The low byte is the primary result code (sqlite.org/rescode.html); without one the driver complained.
    code = int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
    told_by = _BY_CODE.get(code)
    if told_by is not None:
        return told_by(path, str(error))
    return StoreError(
        f"{path.name} could not be used: {error}",
        safe="nothing of this step was recorded",
        fix="run: ircockpit doctor",
    )


def _full(path: Path, _: str) -> StoreError:
    return DiskError(
        f"the disk that holds {path.name} is full",
        safe="nothing of this step was recorded; all before it is safe",
        fix=f"free space on {path.parent}, then do it again",
    )


def _busy(path: Path, _: str) -> StoreError:
    return StoreError(
        f"{path.name} is held by another program for more than {BUSY_MS // 1000} seconds",
        safe="nothing of this step was recorded",
        fix="close the program that copies or checks it, then try again",
    )


def _denied(path: Path, _: str) -> StoreError:
    return DiskError(
        f"{path.name} cannot be opened for writing",
        safe="nothing was changed",
        fix=f"check owner and permissions of {path.parent}, or set IRCOCKPIT_HOME to a folder of yours",
    )


def _damaged(path: Path, _: str) -> StoreError:
    if path.name == "view.db":
        fix = "run: ircockpit rebuild (the view is made anew from the log)"
    else:
        fix = "keep the file, restore a backup of the profile, and let the hub fill in what is newer"
    return DamagedError(
        f"{path.name} is damaged or is no database of ircockpit", safe="it was not written to", fix=fix
    )


def _failing(path: Path, text: str) -> StoreError:
    import shutil

    # With no room for its companion files the engine says only that the disk failed.
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < COMPANION_BYTES:
            return _full(path, text)
    return DiskError(
        f"reading or writing {path.name} failed on the disk: {text}",
        safe="what was acknowledged before is kept",
        fix="check the disk and its free space, then start again",
    )


_IOERR = 10  # SQLITE_IOERR
_BY_CODE: dict[int, Callable[[Path, str], StoreError]] = {
    3: _denied,  # SQLITE_PERM
    5: _busy,  # SQLITE_BUSY
    6: _busy,  # SQLITE_LOCKED
    8: _denied,  # SQLITE_READONLY
    _IOERR: _failing,
    11: _damaged,  # SQLITE_CORRUPT
    13: _full,  # SQLITE_FULL
    14: _denied,  # SQLITE_CANTOPEN
    26: _damaged,  # SQLITE_NOTADB
}


def refuse_network_disk(folder: Path, mounts: str = MOUNTS) -> None:
    """Raise :class:`StoreError` where ``folder`` lies on a network file system, on which WAL loses data."""
    kind = file_system(folder, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"the profile folder lies on a network file system ({kind})",
            safe="nothing was written there",
            fix="set IRCOCKPIT_HOME to a folder on a disk of this machine",
        )


def file_system(folder: Path, mounts: str = MOUNTS) -> str:
    """The kind of file system a folder lies on, as Linux names it; empty where that cannot be known."""
    try:
        with open(mounts, encoding="utf-8", errors="replace") as file:
            rows = [line.split()[1:3] for line in file if len(line.split()) >= 3]
    except OSError:
        return ""
    best, kind = "", ""
    resolved = str(folder.resolve())
    for point, name in rows:
        place = point.replace("\\040", " ")
        if (resolved == place or resolved.startswith(place.rstrip("/") + "/")) and len(place) >= len(best):
            best, kind = place, name
    return kind


def disk_error(path: Path, error: OSError) -> DiskError:
    """The sentence for a failed file operation of the profile."""
    if error.errno == errno.ENOSPC:
        return DiskError(
            f"the disk that holds {path.parent} is full", safe="what was acknowledged before is kept",
            fix="free space there, then do it again",
        )  # fmt: skip
    return DiskError(
        f"{path.name} cannot be used: {os.strerror(error.errno or 0)}", safe="nothing was changed",
        fix=f"check owner and permissions of {path.parent}, or set IRCOCKPIT_HOME to a folder of yours",
    )  # fmt: skip

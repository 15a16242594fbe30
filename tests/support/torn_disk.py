"""A disk whose power can be cut: a layer under SQLite that knows what was synced, and what a cut may leave of the rest."""

import copy
import errno
import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512
"""What a disk writes whole or not at all."""


AUTOCHECKPOINT = "PRAGMA wal_autocheckpoint="


class Write(NamedTuple):
    """Bytes written and not synced yet; ``data`` is ``None`` for a file cut to ``offset`` bytes."""

    offset: int
    data: bytes | None


class File:
    """What the platter holds of a file, and what is only on its way there."""

    def __init__(self, durable: bytes, *, named: bool) -> None:
        self.durable = bytearray(durable)
        self.pending: list[Write] = []
        self.named = named
        """Whether its name is in the folder on the platter too: the engine syncs the folder with a new file's first sync."""
        self.before: File | None = None
        """The file that had this name before and was removed, which is not durable either until the folder is synced."""

    def sync(self) -> None:
        """Everything written so far reaches the platter."""
        for write in self.pending:
            _apply(self.durable, write)
        self.pending.clear()
        self.named, self.before = True, None


class TornDisk:
    """The files of one folder as the platter has them. Give it to :func:`engine_on` to run a database on it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.files: dict[str, File] = {}
        self.removed: dict[str, File] = {}
        self.at: Callable[[str, str], None] = lambda what, name: None
        """Called before each operation with its kind and the file's name; may take an image, or raise an error of the engine."""

    def write_again(self, path: Path) -> None:
        """What the program does by itself with a file, without asking the engine."""
        file, content = self.files[str(path)], path.read_bytes()
        try:
            self.at("write", path.name)
            file.pending.append(Write(0, content))
            self.at("sync", path.name)
        except apsw.Error as error:
            file.pending.clear()
            why = errno.ENOSPC if isinstance(error, apsw.FullError) else errno.EIO
            raise OSError(why, os.strerror(why)) from error
        file.sync()

    def killed(self, folder: Path, to: Path) -> "TornDisk":
        """The same files in another folder after the program that wrote them has died: the unsynced is still read there."""
        other = TornDisk(self.rng)
        other.at = self.at
        to.mkdir()
        for path, file in self.files.items():
            there = to / Path(path).relative_to(folder)
            there.write_bytes(Path(path).read_bytes())
            other.files[str(there)] = copy.deepcopy(file)
        other.removed = {
            str(to / Path(path).relative_to(folder)): file for path, file in self.removed.items()
        }
        return other

    def image(self) -> dict[str, bytes]:
        """What a power cut at this moment leaves, by file name; another one each time."""
        left = {}
        for path in [*self.files, *(path for path in self.removed if path not in self.files)]:
            content = self._left_of(path)
            if content is not None:
                left[Path(path).name] = content
        return left

    def _left_of(self, path: str) -> bytes | None:
        file = self.files.get(path)
        if file is None:  # removed: the folder may still name it
            return self._torn(self.removed[path]) if self.rng.random() < 0.5 else None
        if not file.named and self.rng.random() < 0.5:
            return self._torn(file.before) if file.before is not None else None
        return self._torn(file)

    def _torn(self, file: File) -> bytes:
        content = bytearray(file.durable)
        for write in self._survivors(file.pending):
            _apply(content, write)
        return bytes(content)

    def _survivors(self, pending: list[Write]) -> Iterable[Write]:
        """Some of what was on its way: nothing, the first so many, any of them, or any sectors of them in any order."""
        way = self.rng.randrange(4)
        if way == 0:
            return []
        if way == 1:
            return pending[: self.rng.randint(0, len(pending))]
        share = self.rng.choice((0.2, 0.5, 0.9))
        if way == 2:
            return [write for write in pending if self.rng.random() < share]
        pieces = [piece for write in pending for piece in _sectors(write) if self.rng.random() < share]
        self.rng.shuffle(pieces)
        return pieces


def put_back(image: dict[str, bytes], folder: Path) -> None:
    """Lay an image out as files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in image.items():
        (folder / name).write_bytes(content)


def _apply(content: bytearray, write: Write) -> None:
    if write.data is None:
        del content[write.offset :]
        return
    if len(content) < write.offset:
        content.extend(bytes(write.offset - len(content)))
    content[write.offset : write.offset + len(write.data)] = write.data


def _sectors(write: Write) -> Iterator[Write]:
    if write.data is None:
        yield write
        return
    start = 0
    while start < len(write.data):
        end = start + SECTOR - (write.offset + start) % SECTOR
        yield Write(write.offset + start, write.data[start:end])
        start = end


class _Opened(apsw.VFSFile):
    def __init__(self, disk: TornDisk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        there = Path(path)
        new = not there.exists()
        super().__init__("", name, flags)
        self._disk = disk
        self._path = path
        if path not in disk.files:
            disk.files[path] = File(b"" if new else there.read_bytes(), named=not new)
            disk.files[path].before = disk.removed.pop(path, None)
        self._file = disk.files[path]

    def _at(self, what: str) -> None:
        self._disk.at(what, Path(self._path).name)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - the engine's name
        self._at("write")
        super().xWrite(data, offset)
        self._file.pending.append(Write(offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._at("truncate")
        super().xTruncate(newsize)
        self._file.pending.append(Write(newsize, None))

    def xSync(self, flags: int) -> None:  # noqa: N802
        # The machine's own disk is not asked: what is durable is decided here.
        try:
            self._at("sync")
        except apsw.IOError:
            # As Linux does it: a sync that failed has dropped what was on its way, and a second one says all is well.
            self._file.pending.clear()
            raise
        if not self._file.named:
            self._disk.removed.clear()  # the engine syncs the folder too
        self._file.sync()


class _Vfs(apsw.VFS):
    def __init__(self, name: str, disk: TornDisk) -> None:
        super().__init__(name, "")
        self._disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return super().xOpen(name, flags) if name is None else _Opened(self._disk, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk.at("delete", Path(filename).name)
        super().xDelete(filename, syncdir)
        gone = self._disk.files.pop(filename, None)
        if gone is not None and not syncdir and gone.named:
            self._disk.removed[filename] = gone


class EngineError(Exception):
    """An error of the engine, with its code as the standard library gives it."""

    def __init__(self, error: apsw.Error) -> None:
        super().__init__(str(error))
        self.sqlite_errorcode = getattr(error, "extendedresult", 1)


class _Rows:
    """What a statement gave, as a cursor of the standard library."""

    def __init__(self, rows: list[Any], rowcount: int, lastrowid: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount
        self.lastrowid = lastrowid

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class _Connection:
    """The part of the standard library's connection that the program uses, over a database on a torn disk."""

    def __init__(self, db: apsw.Connection, instead: dict[str, str]) -> None:
        self._db = db
        self._instead = instead
        self._pages = 1000
        db.set_wal_hook(self._committed)

    def _committed(self, db: apsw.Connection, _: str, pages: int) -> int:
        """What the engine does by itself after a commit; here, since its own way would tell of failures that it overlooks."""
        if pages >= self._pages:
            with suppress(apsw.Error):
                db.wal_checkpoint()
        return apsw.SQLITE_OK

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, values: Iterable[Any] = ()) -> _Rows:
        if sql.startswith(AUTOCHECKPOINT):
            self._pages = int(sql.removeprefix(AUTOCHECKPOINT))
            return _Rows([], 0, 0)
        try:
            rows = list(self._db.execute(self._instead.get(sql, sql), tuple(values)))
        except apsw.Error as error:
            raise EngineError(error) from error
        return _Rows(rows, self._db.changes(), self._db.last_insert_rowid())

    def executemany(self, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        for values in rows:
            self.execute(sql, values)

    def close(self) -> None:
        # Closing goes through however the disk fails; the engine keeps its companion files then.
        with suppress(apsw.Error):
            self._db.close(True)


class Engine:
    """Stands in for the engine's module: what is opened through it lies on the torn disk."""

    Error = EngineError
    sqlite_version_info = tuple(map(int, apsw.sqlite_lib_version().split(".")))

    def __init__(self, vfs: str, instead: dict[str, str]) -> None:
        self._vfs = vfs
        self._instead = instead

    def connect(self, database: object, *, timeout: float = 5.0, **_: object) -> _Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
        try:
            db = apsw.Connection(str(database), flags=flags, vfs=self._vfs)
        except apsw.Error as error:
            raise EngineError(error) from error
        db.set_busy_timeout(int(timeout * 1000))
        return _Connection(db, self._instead)


def engine_on(disk: TornDisk, instead: dict[str, str] | None = None) -> tuple[Engine, apsw.VFS]:
    """An engine on a torn disk, and the layer to keep alive while it is used; ``instead`` exchanges statements."""
    name = f"torn-{id(disk)}"
    layer = _Vfs(name, disk)
    return Engine(name, instead or {}), layer

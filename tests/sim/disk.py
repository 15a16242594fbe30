"""Disks of a simulated machine: databases in memory that outlive the processes using them, small files on tmpfs."""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.store.sqlite import configure, engine

if TYPE_CHECKING:
    from sqlite3 import Connection

    Base = Connection
else:
    Base = engine.Connection


STATEMENTS = 1024
NO_DISK = ("secure_delete=OFF", "cell_size_check=OFF")
"""Settings that only matter for the bytes of a real file, and cost time."""


class Cut(BaseException):
    """The process ends at this point; nothing in it runs any more."""


class Held(Base):
    """A database that stays when the process lets go of it; ``trip`` is called before and after each commit."""

    trip: Callable[[str], None] | None = None

    def execute(self, sql: str, *values: Any) -> Any:
        if self.trip is None or sql != "COMMIT":
            return super().execute(sql, *values)
        self.trip("before commit")
        done = super().execute(sql, *values)
        self.trip("after commit")
        return done

    def close(self) -> None:
        """What a closing or dying process leaves: everything committed, nothing else."""
        self.trip = None
        if self.in_transaction:
            self.rollback()


def database() -> Held:
    """An empty database. Whether a commit survives a power cut is not decided here: memory knows none."""
    held: Held = engine.connect(
        ":memory:", isolation_level=None, factory=Held, cached_statements=STATEMENTS, check_same_thread=False
    )
    configure(held, "OFF", False)
    for setting in NO_DISK:
        held.execute(f"PRAGMA {setting}")
    return held


_SPARE: list[Held] = []
"""Databases of worlds that ended, to be written over as a whole: opening one costs more than copying it."""


def spare(databases: Iterable[Held]) -> None:
    """Nobody uses these any more."""
    _SPARE.extend(databases)


def _copy_of(source: Held) -> Held:
    return _copied(source, _SPARE.pop() if _SPARE else database())


class Image(NamedTuple):
    """A copy of a disk at one moment, as an administrator or a thief makes it."""

    databases: dict[str, Held]
    files: dict[str, bytes]


class Disk:
    """One machine's disk."""

    def __init__(self, folder: Path, image: Image) -> None:
        self.folder = folder
        self._databases = {name: _copy_of(held) for name, held in image.databases.items()}
        shutil.rmtree(folder, ignore_errors=True)
        for name, raw in image.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
            path.chmod(0o600)

    def open(
        self,
        path: Path,
        /,
        *,
        synchronous: str = "OFF",
        read_only: bool = False,
        look: "Callable[[Connection], None]" = lambda _: None,
    ) -> "Connection":
        """A database of this disk, as :func:`ircockpit.store.sqlite.connect` would open its file."""
        return self.held(path.name)

    def held(self, name: str) -> Held:
        """A database by its file's name, made where there is none."""
        if name not in self._databases:
            self._databases[name] = database()
        return self._databases[name]

    def cut(self) -> None:
        """Every process on this machine is gone: what was not committed goes with it."""
        for held in self._databases.values():
            held.close()

    def end(self) -> None:
        """The machine is no more."""
        self.cut()
        spare(self._databases.values())

    def image(self) -> Image:
        """A copy of everything of this moment."""
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
        return Image({name: _copy_of(held) for name, held in self._databases.items()}, files)

    def put_back(self, image: Image, *names: str) -> None:
        """Put an earlier copy of these files back; nothing else on the disk changes."""
        for name in names:
            if name in image.databases:
                _copied(image.databases[name], self.held(name))
            elif name in image.files:
                (self.folder / name).write_bytes(image.files[name])
            else:
                (self.folder / name).unlink(missing_ok=True)


def _copied(source: Held, target: Held) -> Held:
    source.backup(target)
    return target


def memory_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder whose files cost no disk, where the system has one; gone when its holder is."""
    shm = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="ircockpit-sim-", dir=shm if shm.is_dir() else None)

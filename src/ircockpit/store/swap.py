"""One database put in the place of another while others have that open: in one step, and whole after a kill at any point."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from ircockpit.store.locks import held, held_now
from ircockpit.store.sqlite import disk_error, has_bytes

# The engine finds a database's companion files by name. A new file beside the old one's companions would be read
# with pages that are not its own (sqlite.org/howtocorrupt.html, 1.4), so those go first; meanwhile nobody may open
# the old file, which would make new ones. Connections that are open keep the files they have opened, and the engine
# leaves the companions alone when it closes a database whose name has come to mean another file.


def remove(database: Path) -> None:
    """Remove a database that can be made anew, with the engine's companion files."""
    try:
        for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
            database.with_name(name).unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(database, error) from error


NO_FILE = (0, 0)


def file_of(path: Path) -> tuple[int, int]:
    """Which file has this name now, :data:`NO_FILE` where none has."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return NO_FILE
    except OSError as error:
        raise disk_error(path, error) from error
    return found.st_dev, found.st_ino


def building(path: Path) -> AbstractContextManager[None]:
    """Hold while a database is made that shall take the place of the one at ``path``: one at a time."""
    return held(_building(path))


def beside(path: Path) -> Path:
    """Where a database is made that shall take the place of the one at ``path``."""
    return path.with_name(f"{path.name}.new")


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Hold while a connection to ``path`` is opened; what a killed process left half done is finished or removed first."""
    if beside(path).exists():
        with held_now(_building(path)) as nobody_builds:
            if nobody_builds:  # what was half made holds words that may have to be erased
                remove(beside(path))
    while True:
        with held(_lock(path), shared=has_bytes(path)):
            if not _ready(path).exists():
                yield
                return
        _finish(path)


def put_in_place(new: Path, path: Path) -> None:
    """Let a finished database, closed and without companions, take the place of the one at ``path``."""
    try:
        os.replace(new, _ready(path))
    except OSError as error:
        raise disk_error(path, error) from error
    _finish(path)


def _finish(path: Path) -> None:
    with held(_lock(path)):
        try:
            if _ready(path).exists():
                for companion in ("-wal", "-shm"):
                    path.with_name(path.name + companion).unlink(missing_ok=True)
                os.replace(_ready(path), path)
        except OSError as error:
            raise disk_error(path, error) from error


def _ready(path: Path) -> Path:
    return path.with_name(f"{path.name}.ready")


def _building(path: Path) -> Path:
    return path.with_name(f"{path.name}.build")


def _lock(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")

"""A room beside a place, where what shall lie there is made; what a kill has left of one is found and removed."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, islice
from pathlib import Path

from ircockpit.core.digest import sha256
from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.core.ids import random_uuid
from ircockpit.store.locks import take
from ircockpit.store.sqlite import disk_error

LONGEST = 200
"""Bytes of a folder's name that a name beside it repeats; file systems take 255."""
_KIND = "ircockpit-making"
_LOCK = "lock"
_INSIDE = re.compile(rf"{_LOCK}|[0-9a-f]{{8}}")
"""What lies in a room: its lock, and the folder of whoever holds that."""


def beside(place: Path, what: str) -> Path:
    """The hidden name next to ``place`` for something that belongs to it."""
    if not place.name:
        raise BadInput(
            f"{place} has nothing beside it", safe="nothing was written", fix="name a folder in it"
        )
    name = os.fsencode(place.name)
    if len(name) > LONGEST:  # a folder may have a name to which nothing more can be added
        name = sha256(name).hexdigest().encode()
    return place.with_name(f".{os.fsdecode(name)}.{what}")


@contextmanager
def room(place: Path) -> Iterator[Path]:
    """An empty folder of one's own beside ``place``, 0700, that goes in the end with what is in it then.

    Each place has one room, and one process at a time is in it: another waits. Raises :class:`StoreError` where it
    cannot be made, :class:`RefusedError` where something else has its name.
    """
    outer = room_of(place)
    try:
        handle = _entered(outer)
    except OSError as error:
        raise disk_error(outer, error) from error
    try:
        yield _emptied(outer)
    finally:
        _remove(outer)
        os.close(handle)
        with suppress(
            OSError
        ):  # some network disks keep the name of a file that is removed until it is closed
            outer.rmdir()


def room_of(place: Path) -> Path:
    """Where the room of a place is, while there is one."""
    return beside(place.absolute(), _KIND)


def rooms(folder: Path) -> list[Path]:
    """What has the name of a room, anywhere in a folder and directly beside it."""
    found = []
    for top, names, _ in chain(islice(os.walk(folder.parent), 1), os.walk(folder)):
        found += [Path(top, name) for name in names if name.startswith(".") and name.endswith(f".{_KIND}")]
        names[:] = [name for name in names if Path(top, name) not in found]
    return sorted(found)


def is_left(outer: Path) -> bool:
    """Whether nobody is in a room that is still there."""
    return _left(outer, remove=False)


def clear(outer: Path) -> bool:
    """Remove a room in which nobody is any more; says whether there was one, and it went. Waits for nobody."""
    return _left(outer, remove=True) and not outer.exists()


def _left(outer: Path, *, remove: bool) -> bool:
    try:
        if not _is_ours(outer):
            return False
        handle = os.open(outer / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False
    try:
        left = take(handle, wait=False) and _names(handle, outer / _LOCK)
        if left and remove:
            _remove(outer)
        return left
    finally:
        os.close(handle)


def _entered(outer: Path) -> int:
    """A handle that has the lock of the room, which is made where there is none."""
    while True:
        outer.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            outer.mkdir(mode=0o700)
        try:
            if not _is_ours(outer):
                raise _another(outer)
            handle = os.open(outer / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            continue  # whoever was in it has removed it since
        try:
            take(handle)
            if _names(handle, outer / _LOCK):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def _is_ours(outer: Path) -> bool:
    """Whether it is a folder of this user's in which nothing lies but what lies in a room."""
    found = outer.lstat()
    return (
        stat.S_ISDIR(found.st_mode)
        and (os.name != "posix" or found.st_uid == os.geteuid())
        and all(_INSIDE.fullmatch(name) for name in os.listdir(outer))
    )


def _names(handle: int, path: Path) -> bool:
    """Whether the file that was opened still has its name: the lock of one that was removed holds nobody off."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _emptied(outer: Path) -> Path:
    import shutil

    try:
        for name in set(os.listdir(outer)) - {_LOCK}:
            shutil.rmtree(outer / name)
        # A name of its own: should a disk not keep two machines apart, what they make is not mixed.
        inner = outer / random_uuid()[:8]
        inner.mkdir(mode=0o700)
    except OSError as error:
        raise disk_error(outer, error) from error
    return inner


def _remove(outer: Path) -> None:
    """Take a room away while its lock is held, the lock last; what cannot go now goes the next time."""
    import shutil

    with suppress(OSError):
        for name in set(os.listdir(outer)) - {_LOCK}:
            shutil.rmtree(outer / name, ignore_errors=True)
        if os.listdir(outer) == [_LOCK]:
            (outer / _LOCK).unlink()
            outer.rmdir()


def _another(outer: Path) -> RefusedError:
    return RefusedError(
        f"{outer.name} is there and is not what a copy leaves", safe="it was not touched, and nothing was written",
        fix=f"look at it in {outer.parent}: move it away, or name another place",
    )  # fmt: skip

"""One holder at a time among the processes of this machine, by a lock that the system frees when one dies."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ircockpit.store.sqlite import disk_error


@contextmanager
def held(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock file at ``path``, waiting for whoever has it; ``shared`` lets others hold it so too.

    Not re-entrant: a second hold in the same process waits for ever. Raises :class:`StoreError` where the
    file cannot be made.
    """
    handle = _opened(path)
    try:
        take(handle, shared=shared)
        yield
    finally:
        os.close(handle)


@contextmanager
def held_now(path: Path) -> Iterator[bool]:
    """Hold the lock file at ``path`` if nobody does; says whether it is held. The file stays behind."""
    handle = _opened(path)
    try:
        yield take(handle, wait=False)
    finally:
        os.close(handle)


def take(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file until it is closed; says whether it is, which it always is after one could ``wait``."""
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
    return True


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise disk_error(path, error) from error

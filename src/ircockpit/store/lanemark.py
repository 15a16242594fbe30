"""The mark beside the log: which epoch this device writes in and how far, so that an older copy of the log shows."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def read_mark(path: Path) -> tuple[str, int]:
    """Epoch and number of events written in it; an empty epoch where none is noted."""
    try:
        epoch, count = path.read_text("ascii").split()
        return epoch, int(count)
    except (OSError, ValueError):
        return "", 0


def write_mark(path: Path, epoch: str, count: int) -> None:
    """Note the epoch and the number of its events."""
    # Always as long and in one write to one block, so that no reader and no crash sees half of it; putting a
    # new file in its place at every step would make the disk write it out at every step.
    raw = f"{epoch} {count:020}\n".encode("ascii")
    # On a full disk the mark stays behind, which only makes it slower to notice an older copy.
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(handle, raw, 0)
        finally:
            os.close(handle)


def begin_epoch(path: Path, rand: Callable[[int], bytes] = os.urandom) -> str:
    """A new random epoch: every lane written from now on is a new one, whatever other copies of this device do."""
    epoch = rand(8).hex()
    write_mark(path, epoch, 0)
    return epoch

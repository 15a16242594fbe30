"""The mark beside the log: which epoch this device writes in and how far, so that an older copy of the log shows."""

import os
import threading
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
    temporary = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
    # On a full disk the mark stays behind, which only makes it slower to notice an older copy.
    with suppress(OSError):
        try:
            with open(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
            ) as file:
                file.write(f"{epoch} {count}\n")
            os.replace(temporary, path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def begin_epoch(path: Path) -> str:
    """A new random epoch: every lane written from now on is a new one, whatever other copies of this device do."""
    epoch = os.urandom(8).hex()
    write_mark(path, epoch, 0)
    return epoch

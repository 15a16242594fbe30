"""A file system in memory that can be filled to the last byte and freed again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A disk of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = path / "home"
        self._filler = path / "filler"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self) -> None:
        """Give it back."""
        self._filler.unlink()


@contextmanager
def small_disk(folder: Path, size_kb: int, mount: str) -> Iterator[SmallDisk]:
    """One of so many KiB at a folder, while inside; skips where none may be mounted."""
    folder.mkdir(exist_ok=True)
    words = [mount, "-t", "tmpfs", "-o", f"size={size_kb}k,mode=700", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"elsewhere: no file system may be mounted here ({done.stderr.strip()[:60]})")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

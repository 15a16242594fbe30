"""Standard input as a source of raw bytes: bounded, told of, and honest about where it broke off."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ircockpit.command.progress import Progress
from ircockpit.core.errors import BadInput, StoreError

MOST = 2 * 1024**3
"""Bytes taken from a pipe at most: 2 GiB."""
KEEP_FREE = 256 * 1024**2
"""Bytes that stay free on the disk of the profile, for the record itself: 256 MiB."""
PIECE = 1 << 20
LOOK_EVERY = 16 * PIECE


class Pipe:
    """The bytes of a pipe, to be iterated once."""

    def __init__(self, stream: BinaryIO, folder: Path) -> None:
        self._stream = stream
        self._folder = folder
        self.size = 0
        self.lines = 0
        """Line ends seen."""
        self.broken = ""
        """Why reading it failed half-way, empty where it ended by itself."""
        self.whole = True
        """Whether it ended at the end of a line."""

    def __iter__(self) -> Iterator[bytes]:
        told = Progress("reading standard input", None, "bytes so far")
        looked = -LOOK_EVERY
        while chunk := self._read():
            if self.size + len(chunk) > MOST:
                raise BadInput(
                    f"standard input goes on after {MOST:,} bytes, which is the limit of a pipe",
                    safe="nothing of it was kept or taken in",
                    fix="write it to a file and take that in",
                )
            if self.size - looked >= LOOK_EVERY:
                looked = self.size
                self._look_for_room(len(chunk))
            self.size += len(chunk)
            self.lines += chunk.count(b"\n")
            self.whole = chunk.endswith(b"\n")
            told.reached(self.size)
            yield chunk

    def _read(self) -> bytes:
        try:
            return self._stream.read(PIECE)
        except OSError as error:
            self.broken = error.strerror or "it cannot be read"
            return b""

    def _look_for_room(self, wanted: int) -> None:
        if shutil.disk_usage(self._folder).free < KEEP_FREE + max(wanted, LOOK_EVERY):
            raise StoreError(
                f"less than {KEEP_FREE // 1024**2} MiB would be left free on the disk of {self._folder}",
                safe="nothing of standard input was kept or taken in; what was acknowledged before is kept",
                fix="free space there, then send it again",
            )

    def said(self, last_bad: int) -> str:
        """How it ended where it did not end well; ``last_bad`` is the line of the last row nobody could read."""
        if self.broken:
            return f"standard input broke off after {self.size:,} bytes: {self.broken}; what came before is taken in"
        if not self.whole and last_bad == self.lines + 1:
            return f"standard input ended within line {last_bad}, after {self.size:,} bytes: that row was cut off"
        return ""

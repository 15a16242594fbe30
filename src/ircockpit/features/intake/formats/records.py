"""A raw file read record by record, in bounded memory, with every record's place in bytes."""

import codecs
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from ircockpit.core.errors import BadInput
from ircockpit.features.intake.formats.values import NotJson, Unreadable

MAX_LINE = 16 * 1024 * 1024
"""Longest line that is read, in bytes; a longer one is passed over and reported."""
MAX_DOCUMENT = 64 * 1024 * 1024
"""Largest JSON document over several lines that is read, in bytes."""

Progress = Callable[[int, int], None]
"""Told the bytes done and the bytes in all, every quarter of a megabyte and at the end."""

_PROGRESS_STEP = 256 * 1024
_CHUNK = 64 * 1024


class Record(NamedTuple):
    """One line of the file that is not blank."""

    line: int
    offset: int
    """First byte in the file; behind the byte order mark, if there is one."""
    raw: bytes | None
    """The line without its end; None where it is longer than :data:`MAX_LINE`."""
    ended: bool
    """Whether a line end follows; only the last line of a file can be without."""

    def content(self) -> bytes:
        """The bytes of the line; raises :class:`Unreadable` where it is too long."""
        if self.raw is None:
            raise Unreadable(f"the line is longer than {MAX_LINE // 1024 // 1024} MB and was passed over")
        return self.raw


class Source:
    """An open file that can be gone through more than once, and tells how far it is."""

    def __init__(self, file: BinaryIO, progress: Progress | None = None) -> None:
        """``file`` is binary and stays the caller's; :class:`BadInput` where it cannot be re-read."""
        try:
            self.size = file.seek(0, io.SEEK_END)
        except (OSError, AttributeError):
            raise BadInput(
                "what comes through a pipe cannot be read twice", fix="save it as a file and take that in"
            ) from None
        self._file = file
        self._progress = progress
        self._told = 0

    def records(self, *, turn: int = 1, turns: int = 1) -> Iterator[Record]:
        """All lines from the start that are not blank; what is appended meanwhile is left for the next time.

        ``turn`` of ``turns`` says which part of the whole work this is, for the progress told.
        """
        self._file.seek(0)
        line = offset = 0
        while offset < self.size and (raw := self._file.readline(MAX_LINE + 1)):
            line += 1
            start, length, ended = offset, len(raw), raw.endswith(b"\n")
            kept: bytes | None = raw
            if not ended and length > MAX_LINE:
                kept = None
                passed, ended = self._pass_over()
                length += passed
            offset += length
            if kept is not None:
                bare = kept.rstrip(b"\r\n")
                kept = bare.removeprefix(codecs.BOM_UTF8)
                start += len(bare) - len(kept)
            if kept is None or kept.strip():
                yield Record(line, start, kept, ended)
            self._tell(((turn - 1) * self.size + min(offset, self.size)) // turns)
        self._tell(turn * self.size // turns, last=turn == turns)

    def document(self) -> tuple[bytes, int]:
        """The whole file as one text, and the bytes before it (a byte order mark).

        Raises :class:`Unreadable` beyond :data:`MAX_DOCUMENT`.
        """
        if self.size > MAX_DOCUMENT:
            raise Unreadable(f"the document is larger than {MAX_DOCUMENT // 1024 // 1024} MB")
        self._file.seek(0)
        raw = self._file.read(self.size)
        text = raw.removeprefix(codecs.BOM_UTF8)
        self._tell(self.size, last=True)
        return text, len(raw) - len(text)

    def _pass_over(self) -> tuple[int, bool]:
        passed = 0
        while more := self._file.readline(_CHUNK):
            passed += len(more)
            if more.endswith(b"\n"):
                return passed, True
        return passed, False

    def _tell(self, done: int, *, last: bool = False) -> None:
        if self._progress is not None and (last or done - self._told >= _PROGRESS_STEP):
            self._told = done
            self._progress(done, self.size)


def reason(record: Record, error: Unreadable) -> str:
    """Why a record was not read, told apart from a file that simply breaks off."""
    if not record.ended and isinstance(error, NotJson):
        return "the last line breaks off: the file is still being written, or its writer was stopped"
    return error.what

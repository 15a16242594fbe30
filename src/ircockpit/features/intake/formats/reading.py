"""The one way in: a file and its format, findings and bad rows as they are reached."""

from collections.abc import Generator, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from ircockpit.core.errors import BadInput
from ircockpit.features.intake.formats import alertmanager, garak, jsonl
from ircockpit.features.intake.formats.found import Bad, Found, Parsed
from ircockpit.features.intake.formats.records import Progress, Source

_READERS = MappingProxyType({"garak": garak.read, "alertmanager": alertmanager.read, "jsonl": jsonl.read})


class Reading(Iterator[Found | Bad]):
    """Findings and bad rows of one file, read as they are asked for.

    ``skipped`` counts the rows so far that are no findings. ``facts`` is what the file says of itself:
    complete when the iteration ends (of garak, from the first item on). An abandoned reading is ended with
    :meth:`close`.
    """

    def __init__(self, source: Path | BinaryIO, format_name: str, progress: Progress | None) -> None:
        self.format = format_name
        self.skipped = 0
        self.facts: dict[str, Any] = {}
        self._items = self._read(source, progress)

    def __next__(self) -> Found | Bad:
        return next(self._items)

    def close(self) -> None:
        """Stop here and let go of the file."""
        self._items.close()

    def _read(self, source: Path | BinaryIO, progress: Progress | None) -> Generator[Found | Bad, None, None]:
        try:
            if isinstance(source, Path):
                with source.open("rb") as file:
                    yield from self._items_of(Source(file, progress))
            else:
                yield from self._items_of(Source(source, progress))
        except OSError as error:
            raise BadInput(f"the file cannot be read: {error.strerror or error}") from None

    def _items_of(self, source: Source) -> Iterator[Found | Bad]:
        for item in _READERS[self.format](source, self.facts):
            if item is None:
                self.skipped += 1
            else:
                yield item


def parse(source: Path | BinaryIO, format_name: str, *, progress: Progress | None = None) -> Reading:
    """Read a file of a known format (see :func:`~ircockpit.features.intake.formats.detect.detect`).

    ``source`` is a path, opened at the first step and not here, or an open binary file that can be re-read.
    Raises :class:`BadInput` for an unknown format; reading raises it where the file itself cannot be read.
    What is inside the file never raises: a row that cannot be taken in comes out as :class:`Bad`.
    """
    if format_name not in _READERS:
        raise BadInput(f"there is no format {format_name!r}", fix=f"known formats: {', '.join(_READERS)}")
    return Reading(source, format_name, progress)


def parse_all(source: Path | BinaryIO, format_name: str, *, progress: Progress | None = None) -> Parsed:
    """The whole file at once; for files of a size that fits in memory."""
    reading = parse(source, format_name, progress=progress)
    found: list[Found] = []
    bad: list[Bad] = []
    for item in reading:
        if isinstance(item, Found):
            found.append(item)
        else:
            bad.append(item)
    return Parsed(format_name, tuple(found), tuple(bad), reading.skipped, reading.facts)

"""What this device has erased, noted outside its profile: where a state from before is put back, it goes again at once."""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ircockpit.store.lanemark import state_folder

if TYPE_CHECKING:
    from ircockpit.store.erasing import Going
    from ircockpit.store.log import Log
    from ircockpit.store.logwriter import LogWriter

LISTED = "erase.listed"
"""Log setting: bytes of the list as it was when this log was brought in line with it."""
KNOWN = "erase.known"
"""Log setting: the list as it was when this log was found put back, for each stream in the form of an order."""

Named = dict[str, dict[str, frozenset[int]]]
"""Part numbers by stream and event."""


def list_of(device: str) -> Path | None:
    """The file of a device's list, wherever its profile lies; ``None`` where there is no home.

    It holds ids and part numbers, and nothing of what was said. It only grows, by about 110 bytes an entry: from which
    backups this device may yet be put back, and so which line is needed no more, nothing here can know.
    """
    base = state_folder()
    return base / "erased" / device if base is not None else None


def is_behind(log: "Log", path: Path | None) -> bool:
    """Whether the list says more than this log was brought in line with."""
    size = _size(path)
    return size > 0 and log.meta(LISTED) != str(size)


def note(writer: "LogWriter", path: Path, parts: Iterable[tuple[str, str, frozenset[int]]]) -> None:
    """Add stream, event and parts, durably, before they go. On a full disk the list stays behind."""
    # The line end comes first too: what a power cut has left of an earlier line spoils that one only.
    lines = [f"\n{stream} {ident} {','.join(map(str, sorted(some)))}\n" for stream, ident, some in parts]
    with suppress(OSError):
        if lines:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, "".join(lines).encode("ascii"))
                os.fsync(handle)
            finally:
                os.close(handle)
    writer.set_meta(LISTED, str(_size(path)))


def know(writer: "LogWriter", listed: Named) -> None:
    """Have the log know what is on the list: what names it may have been lost with what came since."""
    said = {
        stream: [[ident, sorted(parts)] for ident, parts in events.items()]
        for stream, events in listed.items()
    }
    writer.set_meta(KNOWN, json.dumps(said))


def known(log: "Log") -> Mapping[str, Mapping[str, frozenset[int] | None]]:
    """What the log was made to know so: part numbers by event, for each stream."""
    return _read_known(log.meta(KNOWN) or "")


@lru_cache(1)
def _read_known(text: str) -> Mapping[str, Mapping[str, frozenset[int] | None]]:
    from ircockpit.ledger.withdrawal import read_named

    said = json.loads(text) if text else {}
    return {stream: read_named(events) for stream, events in said.items()}


def held(log: "Log", listed: Named) -> "list[Going]":
    """What is on the list and held in this log all the same."""
    from ircockpit.store.erasing import Going

    found = []
    for ident, numbers in [pair for events in listed.values() for pair in events.items()]:
        stored = log.get(ident)
        if stored is not None:
            there = frozenset(i for i, part in enumerate(stored.event.parts) if part.data is not None)
            if numbers & there:
                found.append(Going(stored, numbers & there))
    return found


def read(path: Path | None) -> Named:
    """What is on the list; nothing where there is none, and of lines that say nothing."""
    from ircockpit.ledger.fields import DIGEST, UUID

    found: Named = {}
    with suppress(OSError):
        for line in path.read_text("ascii", "replace").splitlines() if path is not None else ():
            stream, ident, numbers, *_ = [*line.split(), "", "", ""]
            some = frozenset(int(n) for n in numbers.split(",") if n.isascii() and n.isdigit() and len(n) < 5)
            if some and UUID.holds(stream) and DIGEST.holds(ident):
                events = found.setdefault(stream, {})
                events[ident] = events.get(ident, frozenset()) | some
    return found


def _size(path: Path | None) -> int:
    try:
        return path.stat().st_size if path is not None else 0
    except OSError:
        return 0

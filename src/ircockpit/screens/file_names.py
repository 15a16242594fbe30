"""Names of files by their beginning, for a path that is typed; a folder that does not answer keeps no key waiting."""

import os
from pathlib import Path
from threading import Thread

from ircockpit.inert.gate import clean

WAIT_S = 0.2
"""Seconds a Tab waits for a folder; a slow one is there at a later Tab."""
MOST = 100
"""Names offered of one folder."""
MOST_READ = 20_000
"""Names read of one folder."""


class FileNames:
    """What has been asked of folders at one prompt; each is read by a thread of its own, and by one at a time."""

    def __init__(self) -> None:
        self._reading: dict[str, tuple[Thread, list[tuple[str, bool]]]] = {}

    def beginning_with(self, typed: str) -> list[tuple[str, str]]:
        """Paths that begin with what is typed, folders with ``/`` behind them; hidden ones only where a dot asks for them.

        A name that the gate would change is left out: what stands in the line must be what is opened.
        """
        above, slash, begun = typed.rpartition("/")
        found = self._names(f"{above}{slash}" or ".")
        fitting = [
            (name, is_folder)
            for name, is_folder in sorted(found)
            if name.startswith(begun) and (begun.startswith(".") or not name.startswith("."))
            if clean(name) == name
        ]
        named = [
            (f"{above}{slash}{name}{'/' * is_folder}", "a folder" if is_folder else "a file")
            for name, is_folder in fitting[:MOST]
        ]
        more = len(fitting) - MOST
        return (
            [(path, f"{what}, {more:,} more: type a letter") for path, what in named] if more > 0 else named
        )

    def _names(self, folder: str) -> list[tuple[str, bool]]:
        reader, found = self._reading.get(folder, (None, []))
        if reader is None:
            reader = Thread(target=_read, args=(folder, found), name="file names", daemon=True)
            self._reading[folder] = reader, found
            reader.start()
        reader.join(WAIT_S)
        if reader.is_alive():
            return []
        del self._reading[folder]  # read anew by the next Tab: what is there changes
        return found


def _read(folder: str, found: list[tuple[str, bool]]) -> None:
    try:
        with os.scandir(Path(folder).expanduser()) as entries:
            for entry in entries:
                found.append((entry.name, entry.is_dir()))
                if len(found) >= MOST_READ:
                    return
    except (OSError, RuntimeError):  # nothing is offered for what cannot be read, or for a ~name nobody has
        return

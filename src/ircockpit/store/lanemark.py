"""The marks beside the log: how far this device has written, and where, so that an older or copied log shows.

One lies in the profile, one outside it, in the person's folder for a program's state: a profile that is copied or put
back as a whole takes its own mark along, but not that one.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ircockpit.core.digest import sha256

MOST = 200
"""Marks kept outside; the ones not written for longest go first."""
_MACHINE_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_NOTHING = "-"


class Mark(NamedTuple):
    """What a mark says; empty where nothing is noted."""

    epoch: str = ""
    written: int = 0
    """Events written in the epoch."""
    last: str = ""
    """Id of the newest event this device wrote."""
    place: str = ""
    """The machine and the file that the log was when it was written (:func:`place_of`)."""


def read_mark(path: Path) -> tuple[str, int]:
    """Epoch and number of events written in it; an empty epoch where none is noted."""
    return read_whole(path)[:2]


def read_whole(path: Path) -> Mark:
    """All that a mark says."""
    try:
        epoch, count, *more = path.read_text("ascii").split()
        last, place = [each.strip(_NOTHING) for each in more] if len(more) == 2 else ("", "")
        return Mark(epoch, int(count), last, place)
    except (OSError, ValueError):
        return Mark()


def write_mark(path: Path, epoch: str, count: int, last: str = "", place: str = "") -> None:
    """Note the epoch and the number of its events, and where they were written as far as that is known."""
    # Always as long and in one write to one block, so that no reader and no crash sees half of it; putting a
    # new file in its place at every step would make the disk write it out at every step.
    raw = f"{epoch} {count:020} {last or _NOTHING:->64} {place or _NOTHING:->33}\n".encode("ascii")
    # On a full disk the mark stays behind, which only makes it slower to notice an older copy.
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(handle, raw, 0)
        finally:
            os.close(handle)


def begin_epoch(path: Path, rand: Callable[[int], bytes] = os.urandom, place: str = "") -> str:
    """A new random epoch: every lane written from now on is a new one, whatever other copies of this device do."""
    epoch = rand(8).hex()
    write_mark(path, epoch, 0, "", place)
    return epoch


def place_of(log: Path) -> str:
    """Names machine and very file, as far as the system tells: a copy is another one, and so is a restored file.

    The machine's id stands in it as a digest only.
    """
    try:
        return f"{_machine()}.{log.stat().st_ino & (1 << 64) - 1:016x}"
    except OSError:
        return ""


def _machine() -> str:
    for name in _MACHINE_FILES:
        with suppress(OSError):
            if raw := Path(name).read_bytes().strip():
                return sha256(b"ircockpit/machine/1\0" + raw).hexdigest()[:16]
    return "0" * 16


def strange(mark: Mark, place: str, holds_last: bool) -> str:
    """Why the log is not the one this mark was written beside, in one sentence; empty where nothing speaks for that."""
    if mark.place and place and mark.place != place:
        if mark.place.partition(".")[0] != place.partition(".")[0]:
            return "this profile was copied here from another machine"
        return "this profile is a copy, or was put back from one"
    if mark.last and not holds_last:
        return "log.db is older than what this device has written: an earlier state was put back"
    return ""


def outside(device: str, folder: Path) -> Path | None:
    """The file of the mark outside, for a device and the place of its profile; ``None`` where there is no home."""
    base = state_folder()
    if base is None:
        return None
    where = sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return base / "marks" / f"{device}-{where}"


def make_room(path: Path) -> None:
    """Make the folder of the outside mark, 0700, and keep what lies in it bounded; never an error."""
    with suppress(OSError):
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        marks = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime_ns)
        for old in marks[: max(len(marks) - MOST + 1, 0)]:
            old.unlink(missing_ok=True)


def state_folder() -> Path | None:
    """The folder of this program in the person's folder for a program's state; ``None`` where there is no home."""
    if sys.platform in ("win32", "darwin"):
        import platformdirs

        return Path(platformdirs.user_state_dir("ircockpit", appauthor=False))
    # What platformdirs would say here, without the time it takes to import it at every start.
    named = os.environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(named) if named.startswith("/") else Path.home() / ".local" / "state"
    except RuntimeError:
        return None
    return base / "ircockpit"

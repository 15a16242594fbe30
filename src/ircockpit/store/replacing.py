"""One profile put in the place of another: a kill at any point leaves one of the two, or what the next start finishes."""

import os
from contextlib import suppress
from pathlib import Path

from ircockpit.core.errors import RefusedError
from ircockpit.store.locks import held, held_now
from ircockpit.store.room import beside, clear, room_of
from ircockpit.store.sqlite import disk_error

# A folder that holds something cannot be taken the place of in one step everywhere. So the new one first gets a name
# that says it is whole; from then on there is always a whole profile under one of the two names that a start looks at.


def take_place(new: Path, home: Path, kept: Path | None) -> None:
    """Give a whole profile the name ``home``; what lies there goes to ``kept``, or is empty.

    Raises :class:`RefusedError` where somebody has it open, :class:`StoreError` where it cannot be done; what
    lay there is there then.
    """
    home = home.absolute()
    ready = _ready(home)
    try:
        with held(_lock(home)):
            if kept is None:
                if home.exists():
                    home.rmdir()
                _rename(new, home)
                return
            with held_now(home / "log.db-use") as alone:
                if not alone:
                    raise in_use()
                try:
                    _rename(new, ready)
                    _exchange(ready, home, kept)
                finally:
                    if home.exists():  # else interrupted between the two names: the next start finishes it
                        _throw_away(home)
    except OSError as error:
        raise disk_error(home, error) from error


def finish(home: Path) -> str:
    """Finish or undo what a kill has cut off; says in a sentence what was finished, and nothing where nothing was."""
    home = home.absolute()
    ready = _ready(home)
    clear(room_of(home))
    try:
        if not ready.exists() and not _gone(home).exists():
            return ""
        with held(_lock(home)):
            # Where it had not begun, what is here goes on, and the backup is where it was.
            cut_off = ready.exists() and not home.exists()
            if cut_off:
                _rename(ready, home)
            _throw_away(home)
            if not cut_off:
                return ""
    except OSError as error:
        raise disk_error(home, error) from error
    return f"a restore that was cut off is finished; what was here before is kept as {home.name}.before-…"


def in_use() -> RefusedError:
    """Somebody works in the profile that is to be replaced."""
    return RefusedError(
        "a cockpit or command has this profile open", safe="it was not touched, and nothing was restored",
        fix="leave it there, then restore again",
    )  # fmt: skip


def _throw_away(home: Path) -> None:
    """Remove what was ready and is not wanted; only while the lock is held."""
    import shutil

    shutil.rmtree(_gone(home), ignore_errors=True)
    # Under another name first: half of a profile must never look whole.
    with suppress(OSError):
        os.rename(_ready(home), _gone(home))
        shutil.rmtree(_gone(home), ignore_errors=True)


def _exchange(ready: Path, home: Path, kept: Path) -> None:
    try:
        os.rename(home, kept)
        os.rename(ready, home)
    except OSError:
        if not home.exists():
            os.rename(kept, home)
        raise
    with suppress(OSError):  # a power cut leaves what a kill would have left
        _sync(home.parent)


def _rename(old: Path, new: Path) -> None:
    os.rename(old, new)
    _sync(new.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _ready(home: Path) -> Path:
    return beside(home, "restored")


def _gone(home: Path) -> Path:
    return beside(home, "restored.gone")


def _lock(home: Path) -> Path:
    return beside(home, "lock")

"""Whether the databases were closed as they must be, and a look through their pages that takes only so long."""

import time
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from ircockpit.core.errors import StoreError
from ircockpit.store.profile import Profile
from ircockpit.store.sqlite import DamagedError, disk_error, engine, told

BUDGET_S = 30.0
"""Most seconds the look beside the screen takes for one database."""
_STEPS = 1000
"""Instructions of the engine between two looks at the clock."""
_INTERRUPTED = 9  # SQLITE_INTERRUPT


class Pages(NamedTuple):
    """What a look through a database's pages found."""

    finished: bool
    troubles: tuple[str, ...]


def note_due(profile: Profile) -> None:
    """Remember that the pages are to be looked through, until that has been done."""
    with suppress(OSError):
        profile.check_due.touch(mode=0o600)


def look_through(path: Path, *, thorough: bool = False, budget_s: float = BUDGET_S) -> Pages:
    """Look through a database's pages on a connection of its own, for ``budget_s`` seconds at most.

    ``thorough`` compares indexes with their tables too, and takes several times as long. Raises
    :class:`StoreError` where the file cannot be read at all.
    """
    check = "integrity_check" if thorough else "quick_check"
    ends = time.monotonic() + budget_s
    with told(path), closing(engine.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        db.set_progress_handler(lambda: time.monotonic() > ends, _STEPS)
        try:
            rows = [str(row[0]) for row in db.execute(f"PRAGMA {check}(3)")]
        except engine.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != _INTERRUPTED:
                raise
            return Pages(False, ())
    return Pages(True, () if rows == ["ok"] else tuple(rows))


def after_a_stop(profile: Profile, budget_s: float = BUDGET_S) -> StoreError | None:
    """Look through both databases where that is due; the sentence to say, where there is one.

    What was looked through and found sound is due no more.
    """
    if not profile.check_due.exists():
        return None
    for path, sentence in ((profile.log_db, _log_broken), (profile.view_db, _view_broken)):
        try:
            found = look_through(path, budget_s=budget_s)
        except DamagedError as error:
            return sentence(error.what)
        if found.troubles:
            return sentence(found.troubles[0])
        if not found.finished:
            return StoreError(
                f"{path.name} was cut off when last used, and is too large to be looked through beside the screen",
                safe="what was acknowledged is kept", fix="run: ircockpit doctor",
            )  # fmt: skip
    settled(profile)
    return None


def settled(profile: Profile) -> None:
    """The pages were looked through and are sound."""
    try:
        profile.check_due.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(profile.check_due, error) from error


def _log_broken(what: str) -> StoreError:
    return StoreError(
        f"log.db has broken pages: {what}", safe="nothing was written over; what can be read is shown",
        fix="write nothing more here: copy the folder, then run: ircockpit verify, and restore a backup",
    )  # fmt: skip


def _view_broken(what: str) -> StoreError:
    return StoreError(
        f"view.db has broken pages: {what}", safe="the record is in log.db", fix="run: ircockpit rebuild"
    )

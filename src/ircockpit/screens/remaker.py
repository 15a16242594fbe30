"""The process that makes a view anew beside a cockpit: one that only counts up on its output, and ends with it."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ircockpit.core.errors import CockpitError
from ircockpit.features.catalogue import events
from ircockpit.store.log import Log
from ircockpit.store.profile import Profile
from ircockpit.store.view import View

NICENESS = 10
"""A key that is pressed meanwhile goes first, and so does whatever stops something."""
FAILED = "!"


def main() -> int:
    """Make the view of the profile named; a line for each batch: how many entries are in it, of how many."""
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what is half made goes before it ends
    try:
        _make(Profile(Path(sys.argv[1])))
    except CockpitError as error:
        _say("\t".join([FAILED, *(" ".join(each.split()) for each in (error.what, error.safe, error.fix))]))
        return 1
    except BrokenPipeError:  # who asked for it is gone
        return 1
    return 0


def _make(profile: Profile) -> None:
    log = Log(profile.log_db)
    try:
        total = log.count()
        view = View(profile.view_db, events())
        try:
            view.catch_up(log, lambda done: _say(f"{done} {total}"))
        finally:
            view.close()
    finally:
        log.close()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

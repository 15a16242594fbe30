"""A program that works on a database whose disk fails, for ``test_fresh_connections.py``; says what was acknowledged.

``python -P -m tests.faults.syncing log.db|hub.db FOLDER fresh|same``: with ``same``, the control, it goes on with the
connection whose sync has failed.
"""

import json
import random
import sys
from pathlib import Path

from tests.faults import subjects

from ircockpit.core.errors import StoreError
from ircockpit.hub.sqlite_store import SqliteStore
from ircockpit.store.log import Log

STEPS = 12


def main() -> None:
    """Work, and say what is there for good."""
    name, folder, how = sys.argv[1:]
    subjects.SMALL_LOG = 1000  # no checkpoint: what the engine asks for there it keeps to itself
    if how == "same":
        Log._begin_anew = lambda self: None  # type: ignore[method-assign]
        SqliteStore._another = lambda self, db: db  # type: ignore[method-assign]
    acknowledged: list[str] = []
    failed = 0
    work = subjects.SUBJECTS[name]().open(Path(folder), random.Random(7))  # noqa: S311 - what to write, no secret
    for _ in range(STEPS):
        try:
            acknowledged += work.step()
        except StoreError:
            failed += 1
    sys.stdout.write(json.dumps([acknowledged, failed]))


if __name__ == "__main__":
    main()

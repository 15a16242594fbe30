"""Run as a program: appends notes to one incident of a profile and acknowledges each on standard output.

``scribe.py HOME STREAM INCIDENT COUNT WORD [early]``; with ``early`` it acknowledges before the commit, which is
the mistake that the test of kills must be able to see.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ircockpit.features.catalogue import open_workstation
from ircockpit.store.log import Log
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.workstation import Draft


def acknowledge(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def acknowledge_before_commit() -> None:
    durable = Log.writing

    @contextmanager
    def hasty(log: Log) -> Iterator[LogWriter]:
        with durable(log) as writer:
            yield writer
            acknowledge(
                log.db.execute("SELECT hex(id) FROM event ORDER BY arrival DESC LIMIT 1")
                .fetchone()[0]
                .lower()
            )

    Log.writing = hasty  # type: ignore[method-assign, assignment]


def main(home: str, stream: str, incident: str, count: str, word: str, early: str = "") -> None:
    if early:
        acknowledge_before_commit()
    with open_workstation(Path(home)) as station:
        acknowledge("ready")
        for number in range(int(count)):
            body = {"text": f"{word} {number}"}
            ids = station.append([Draft(stream, "incident.noted", incident, (body,))])
            if not early:
                acknowledge(ids[-1])


if __name__ == "__main__":
    main(*sys.argv[1:])

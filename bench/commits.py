"""How long an acknowledged step takes, against a bare commit of as many bytes in the same folder."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench._profiles import LARGE, folder, profile
from bench._runs import in_turn
from bench._table import counts, heading, table

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.incidents.queries import incidents
from ircockpit.features.queue.queries import queue_ids
from ircockpit.store.sqlite import connect
from ircockpit.store.workstation import Draft, Workstation

STEPS = 400
NOTE = {"text": "pharmacist called back: two patients in hospital, both stable; 薬剤師に連絡済み"}


def step(station: Workstation) -> Callable[[], float]:
    """A note on an incident, as the action does it: signed, in the log, in the view, the lane marked."""
    row = incidents(station.view, queue_ids(station, 1))[0]

    def run() -> float:
        start = time.perf_counter()
        station.append([Draft(row.stream, "incident.noted", row.ident, (NOTE,))])
        return (time.perf_counter() - start) * 1000

    return run


def bare(path: Path, synchronous: str, size: int) -> Callable[[], float]:
    """One INSERT and its COMMIT on a connection of the program's own settings."""
    db = connect(path, synchronous=synchronous)
    db.execute("CREATE TABLE event (arrival INTEGER PRIMARY KEY, raw BLOB NOT NULL)")

    def run() -> float:
        raw = os.urandom(size)
        start = time.perf_counter()
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO event (raw) VALUES (?)", (raw,))
        db.execute("COMMIT")
        return (time.perf_counter() - start) * 1000

    return run


def event_bytes(station: Workstation) -> int:
    """Bytes of the newest event: envelope, signature, and the parts of its body with their salts."""
    found = station.log.db.execute(
        "SELECT length(envelope) + length(sig) + (SELECT sum(length(leaf) + length(salt) + length(data))"
        " FROM part WHERE part.event = arrival) FROM event ORDER BY arrival DESC LIMIT 1"
    ).fetchone()
    return int(found[0])


def main() -> None:
    with folder() as parent:
        home = profile(parent, LARGE)
        heading(f"an acknowledged step, in a profile of {LARGE:,} rows", home)
        with open_workstation(home) as station:
            note = step(station)
            note()
            size = event_bytes(station)
            taken = in_turn(
                STEPS,
                {
                    "bare INSERT and COMMIT, WAL, FULL": bare(home / "bare-full.db", "FULL", size),
                    "bare INSERT and COMMIT, WAL, NORMAL": bare(home / "bare-normal.db", "NORMAL", size),
                    "a note: signed, log FULL, view": note,
                },
            )
        table(f"one step of {size:,} bytes", "ms", taken, digits=3)
        floor = statistics.quantiles(next(iter(taken.values())), n=100)
        rows = {}
        for name, values in taken.items():
            cuts = statistics.quantiles(values, n=100)
            rows[name] = tuple(number for at in (49, 94, 98) for number in (cuts[at], cuts[at] / floor[at]))
        counts("the same, ms", ("p50", "x baseline", "p95", "x baseline", "p99", "x baseline"), rows)


if __name__ == "__main__":
    main()

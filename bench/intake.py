"""How fast a red-team run is taken in, against reading its lines as JSON and nothing else."""

import json
import os
import shutil
import statistics
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

from bench._profiles import folder
from bench._runs import in_turn
from bench._table import counts, heading, left_out, table

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.intake.actions import intake

FILES = ("support_bot.hitlog.jsonl", "support_bot.report.jsonl")
ROUNDS = 5


def only_read(path: Path) -> Callable[[], float]:
    """Every line through ``json.loads``."""

    def run() -> float:
        start = time.perf_counter()
        with path.open("rb") as file:
            for line in file:
                json.loads(line)
        return (time.perf_counter() - start) * 1000

    return run


def taken_in(path: Path, parent: Path) -> Callable[[], float]:
    """The file hashed, kept, read, grouped, signed and durable, in a profile that has not seen it."""
    numbers = count()

    def run() -> float:
        home = parent / f"intake-{path.stem}-{next(numbers)}"
        with open_workstation(home) as station:
            station.key()
            start = time.perf_counter()
            intake(station, file=str(path), progress=lambda _done, _size: None)
            took = (time.perf_counter() - start) * 1000
        shutil.rmtree(home)
        return took

    return run


def main() -> None:
    with folder() as parent:
        heading("intake of a garak run", parent)
        shared = os.environ.get("IRCOCKPIT_SHARED", "")
        for path in (Path(shared, "data", "garak", name) for name in FILES):
            if not shared or not path.exists():
                left_out(path.name, "set IRCOCKPIT_SHARED to the folder that holds data/")
                continue
            lines = path.read_bytes().count(b"\n")
            taken = in_turn(
                ROUNDS, {"json.loads of every line": only_read(path), "intake": taken_in(path, parent)}
            )
            table(f"{path.name}, {lines:,} rows, {path.stat().st_size / 1e6:.1f} MB", "ms", taken)
            counts(
                "the same, by the median",
                ("rows/s",),
                {name: (round(lines / statistics.median(values) * 1000),) for name, values in taken.items()},
            )


if __name__ == "__main__":
    main()

"""How fast events reach a hub, are taken over by a colleague, and are seen there, against SQLite and HTTP with the same bytes.

The number of events of a record may be named: ``python -m bench.sync 20000``. Engine and hub are the program's own, the
hub a process of its own on loopback that commits every push to the disk.
"""

import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._profiles import environment, folder
from bench._sync_side import PUSH, SIZES, most_mb
from bench._table import counts, heading
from tests.e2e.stage import HubProgram, ok
from tests.support.crowd import long_record

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.store.workstation import Draft
from ircockpit.sync.worker import SyncWorker

EVENTS = 8_000
"""Of one record; with those of the other measurements fewer than a device may push in a minute (hub/quota.py)."""
ROUNDS = 3
NOTES = 200
SIDE = (sys.executable, "-P", "-m", "bench._sync_side")


class Stage:
    """A founder with a hub that runs, a server that does nothing, and colleagues who have joined."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self.home = parent / "sync-founder"
        ok(self.home, "person", "name", "Mira")
        self.hub = HubProgram(self.home)
        self.hub.start()
        self._echo = subprocess.Popen(
            [sys.executable, "-P", "-m", "bench._echo"],
            stdout=subprocess.PIPE, text=True, env=_environment(parent),
        )  # fmt: skip
        assert self._echo.stdout is not None
        self.echo = f"http://127.0.0.1:{self._echo.stdout.readline().strip()}"

    def colleague(self, name: str) -> Path:
        """A profile that has joined, and holds nothing of what is written from now on."""
        home = self._parent / f"sync-{name}"
        ok(home, "enroll", self.hub.url, ok(self.home, "hub", "invite", "--name", name)["code"])
        return home

    def side(self, what: str, home: Path) -> dict[str, Any]:
        """What a process of its own did and measured."""
        words = [*SIDE, what, str(home), self.echo, str(self.hub.pid or "")]
        done = subprocess.run(words, env=_environment(home), stdout=subprocess.PIPE, text=True, check=True)
        return dict(json.loads(done.stdout))

    def close(self) -> None:
        self.hub.kill()
        self._echo.kill()
        self._echo.communicate()


@contextmanager
def staged(parent: Path) -> Iterator[Stage]:
    stage = Stage(parent)
    try:
        yield stage
    finally:
        stage.close()


def _environment(home: Path) -> dict[str, str]:
    here = Path(__file__).resolve().parent.parent
    return {**environment(home), "PYTHONPATH": f"{here}:{here / 'src'}"}


def middle(taken: Sequence[float]) -> float:
    return statistics.median(taken)


def rates(
    what: str, unit: str, events: Sequence[int], rows: Mapping[str, Sequence[tuple[float, float]]]
) -> None:
    """A row each: medians of wall and processor time for an event, events a second by each, and the baseline's ratio."""
    floor, shown = 0.0, {}
    for name, taken in rows.items():
        walls = [1e6 * wall / n for (wall, _), n in zip(taken, events, strict=True)]
        own = middle([1e6 * cpu / n for (_, cpu), n in zip(taken, events, strict=True)])
        floor = floor or middle(walls)
        shown[name] = (
            middle(walls), own, round(1e6 / middle(walls)), round(1e6 / own) if own else 0, middle(walls) / floor,
        )  # fmt: skip
    columns = ("us wall", "us processor", f"{unit}/s wall", f"{unit}/s proc.", "x baseline")
    counts(f"{what}, n = {len(events)}, medians", columns, shown)
    if len(events) == 1:
        return
    first = next(iter(rows))
    swing = [wall / n for (wall, _), n in zip(rows[first], events, strict=True)]
    print(f"  the baseline swung by {100 * (max(swing) / min(swing) - 1):.0f} %")


def pushed(stage: Stage, events: int) -> None:
    """A whole record from a device to the hub, several times."""
    runs = []
    for _ in range(ROUNDS):
        long_record(stage.home, events)
        runs.append(stage.side("push", stage.home))
    rates(
        f"push by the engine, {PUSH} at once: for an event", "ev", [run["events"] for run in runs],
        {
            "as many rows and bytes into SQLite (baseline)": [run["insert"][:2] for run in runs],
            "as many bytes over HTTP, nothing done": [run["http"][:2] for run in runs],
            "pushed: read, sent, verified, on the hub's disk": [(run["wall"], _cpu(run["pushing"])) for run in runs],
            "of it, the device's own work": [(run["wall"] - run["waited"], run["pushing"][1]) for run in runs],
            "pushed, pulled back and confirmed": [(run["round"][0], _cpu(run["round"])) for run in runs],
        },
    )  # fmt: skip
    counts(
        "the same", ("value",),
        {
            "bytes of an event on the wire, as pushed": (runs[0]["up"] / runs[0]["events"],),
            "its envelope, signature and body": (runs[0]["own"] / runs[0]["events"],),
            "requests for a record": (runs[0]["requests"],),
            "MB of the device's process, at most": (max(run["most"] for run in runs),),
        },
    )  # fmt: skip


def _cpu(taken: Sequence[float]) -> float:
    """Processor seconds of both sides."""
    return taken[1] + taken[2]


def by_batches(stage: Stage) -> None:
    """Batches of other sizes, and everything once more."""
    for events in SIZES.values():
        long_record(stage.home, events)
    for size, run in stage.side("batches", stage.home).items():
        rates(
            f"push, {size} at once: for an event", "ev", [run["events"]],
            {
                "as many rows and bytes into SQLite (baseline)": [run["insert"][:2]],
                "as many bytes over HTTP, nothing done": [run["http"][:2]],
                "pushed the first time": [(run["first"][0], _cpu(run["first"]))],
                "pushed once more": [(run["again"][0], _cpu(run["again"]))],
            },
        )  # fmt: skip


def accepted(stage: Stage, events: int) -> None:
    """The hub in the process that pushes."""
    long_record(stage.home, events)
    run = stage.side("accept", stage.home)
    rates(
        "accepted, no network between: for an event", "ev", [run["events"]],
        {
            "its signature verified, nothing else (baseline)": [run["signatures"][:2]],
            "the first time": [run["first"][:2]],
            "once more": [run["again"][:2]],
        },
    )  # fmt: skip


def pulled(stage: Stage, colleagues: Sequence[Path]) -> None:
    """Several colleagues take over everything that is there."""
    runs = [stage.side("pull", home) for home in colleagues]
    events = [run["events"] for run in runs]
    rates(
        "pull: for an event", "ev", events,
        {
            "as many rows and bytes into SQLite (baseline)": [run["insert"][:2] for run in runs],
            "as many bytes over HTTP, nothing done": [run["http"][:2] for run in runs],
            "served: pages read and sent": [(run["served"][0], run["served"][2]) for run in runs],
            "taken over: verified, in the log": [run["round"][:2] for run in runs],
            "folded into the view, searchable": [run["fold"][:2] for run in runs],
            "applied: both together": [
                (run["round"][0] + run["fold"][0], run["round"][1] + run["fold"][1]) for run in runs
            ],
        },
    )  # fmt: skip
    counts(
        "the same", ("value",),
        {
            "bytes of an event on the wire, as pulled": (runs[0]["down"] / events[0],),
            "MB/s served, median": (middle([run["down"] / 1e6 / run["served"][0] for run in runs]),),
            "requests": (runs[0]["requests"],),
            "MB of the device's process, at most": (max(run["most"] for run in runs),),
        },
    )  # fmt: skip


def visible(stage: Stage, there: Path) -> None:
    """Milliseconds from the key that saves a note until a colleague's view has it."""
    words = [*SIDE, "watch", str(there), str(NOTES), ""]
    with (
        subprocess.Popen(words, env=_environment(there), stdout=subprocess.PIPE, text=True) as watching,
        open_workstation(stage.home) as station,
    ):
        assert watching.stdout is not None
        assert watching.stdout.readline() == "ready\n"
        live = threading.Event()
        worker = SyncWorker(
            station.profile, copy_gate_of, lambda state: live.set() if state.link.value == "live" else None
        )
        worker.start()
        assert live.wait(60)
        stream, ident = station.view.rows("SELECT stream, id FROM incident LIMIT 1")[0]
        written = {}
        rng = random.Random(7)  # noqa: S311 - pauses, no secret
        for number in range(NOTES):
            began = time.monotonic()
            (note,) = station.append([Draft(stream, "incident.noted", ident, ({"text": f"note {number}"},))])
            worker.wake()
            written[note] = began
            time.sleep(rng.uniform(0.05, 0.35))
        seen = dict(line.split() for line in watching.stdout)
        worker.stop(5)
    waits = [1000 * (float(seen[note]) - began) for note, began in written.items()]
    cuts = statistics.quantiles(waits, n=100)
    rows = {"saved here, in the colleague's view": (cuts[49], cuts[94], cuts[98], max(waits))}
    counts(f"visible to a colleague online, n = {NOTES}, ms", ("p50", "p95", "p99", "most"), rows)


def limits(stage: Stage, colleague: Path) -> None:
    """What most of the time goes to, by a profiler that makes small functions look dearer than they are."""
    found = stage.side("applied", colleague)
    for what, rows in found.items():
        _costs(what, rows)


def _costs(what: str, rows: Sequence[tuple[str, float, int]]) -> None:
    counts(
        f"{what}, by function",
        ("% of all", "calls"),
        {name[-50:]: (100 * share, calls) for name, share, calls in rows},
    )


def main(named: Sequence[str]) -> None:
    events = int(named[0]) if named else EVENTS
    with folder() as parent, staged(parent) as stage:
        heading(f"records of {events:,} events, pushed and pulled", parent)
        homes = [stage.colleague(f"colleague-{number}") for number in range(ROUNDS + 1)]
        pushed(stage, events)
        by_batches(stage)
        pulled(stage, homes[:ROUNDS])
        visible(stage, homes[0])
        counts("the hub", ("value",), {"MB of its process, at most": (most_mb(str(stage.hub.pid)),)})
        limits(stage, homes[ROUNDS])
        stage.hub.kill()
        accepted(stage, events)
        long_record(stage.home, events)
        _costs("accepting", stage.side("accept_costs", stage.home)["costs"])


if __name__ == "__main__":
    main(sys.argv[1:])

"""How an incident with very many entries is opened, paged, searched, verified and made anew, against bare SQLite.

Sizes may be named: ``python -m bench.record 50000 1000000``. Each is a profile of its own, made by the program's own
writing.
"""

import hashlib
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench._profiles import environment, folder
from bench._table import counts, heading
from tests.support.crowd import long_record

from ircockpit.features.catalogue import off_timeline, open_workstation
from ircockpit.features.record.verification import Verifier
from ircockpit.screens.timeline_rows import TimelineRows
from ircockpit.store.log import Log, Stored
from ircockpit.store.sqlite import connect
from ircockpit.store.timeline import Place, place_of, timeline
from ircockpit.store.workstation import Workstation

SIZES = (50_000,)
PAGES = 300
PAGE = 100
SEARCHES, WORD = 30, "quarantine"
"""A word that one entry in eight says."""
_SEARCH = f"search, newest {PAGE} that say a word"
OURS = """
import sys, time
from pathlib import Path
from ircockpit.features.catalogue import open_workstation
from ircockpit.features.record.verification import Verifier
start = time.perf_counter()
with open_workstation(Path(sys.argv[1])) as station:
    opened = time.perf_counter() - start
    if sys.argv[2] != "open":
        verifier = Verifier(station.log, station.identity, heads_only=sys.argv[2] == "heads")
        assert not [found for each in station.log.streams() for found in verifier.stream(each).findings]
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(opened, int(most.split()[1]) * 1024 / 1e6)
"""
"""Not ``ru_maxrss``: that begins with what the process that started this one had."""


def made(parent: Path, events: int) -> tuple[Path, float]:
    """A profile with one record of so many entries, and how many it took in a second."""
    home = parent / f"record-{events}"
    if home.exists():
        return home, 0.0
    print(f"making a record of {events:,} entries", file=sys.stderr, flush=True)
    start = time.perf_counter()
    long_record(home, events)
    return home, events / (time.perf_counter() - start)


def seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor seconds of an act: on a shared machine the second says more."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def bare(home: Path, station: Workstation) -> Path:
    """A table of as many rows with as many bytes, on a connection of the program's own settings."""
    path = home.with_name(f"{home.name}.bare")
    path.unlink(missing_ok=True)
    with closing(connect(path, synchronous="NORMAL")) as db:
        db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, raw BLOB)")
        db.execute("BEGIN")
        for stored in _all_events(station.log):
            raw = b"".join(
                [stored.event.raw, stored.event.sig, *(part.data or b"" for part in stored.event.parts)]
            )
            db.execute("INSERT INTO row (raw) VALUES (?)", (raw,))
        db.execute("COMMIT")
    return path


def _all_events(log: Log) -> Iterator[Stored]:
    at = 0
    while batch := log.since(at):
        yield from batch
        at = batch[-1].arrival


def reading(path: Path) -> Callable[[], object]:
    """Every row read and hashed: what no verification can do without."""

    def run() -> object:
        with closing(connect(path, synchronous="NORMAL")) as db:
            return [
                hashlib.sha256(raw).digest()[0] for (raw,) in db.execute("SELECT raw FROM row ORDER BY id")
            ][-1]

    return run


def writing(path: Path) -> Callable[[], object]:
    """Every row written into a new file: what no rebuild can do without."""

    def run() -> object:
        copy = path.with_suffix(".copy")
        copy.unlink(missing_ok=True)
        with closing(connect(copy, synchronous="NORMAL")) as db:
            db.execute("ATTACH ? AS source", (str(path),))
            db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, raw BLOB)")
            return db.execute("INSERT INTO row SELECT id, raw FROM source.row").rowcount

    return run


def pages(station: Workstation, stream: str, path: Path) -> dict[str, list[float]]:
    """Milliseconds of pages from the newest on, of pages anywhere, of the bare table's, and of searches."""
    now = timeline(station.view, stream, off_timeline())
    rng = random.Random(7)  # noqa: S311 - where to look, no secret
    taken: dict[str, list[float]] = {
        name: [] for name in ("bare page by key", "next page", "page anywhere", _SEARCH)
    }
    last, top = None, now.total()
    with closing(connect(path, synchronous="NORMAL")) as db:
        for _ in range(PAGES):
            at = rng.randrange(1, top)
            start = time.perf_counter()
            db.execute("SELECT id, raw FROM row WHERE id < ? ORDER BY id DESC LIMIT ?", (at, PAGE)).fetchall()
            taken["bare page by key"].append((time.perf_counter() - start) * 1000)
            start = time.perf_counter()
            page = now.older(PAGE, last)
            taken["next page"].append((time.perf_counter() - start) * 1000)
            last = place_of(page[-1])
            where = "SELECT at_us, lam, event_id FROM entry WHERE arrival=?"
            place = Place(*station.view.rows(where, (at + 5,))[0])
            start = time.perf_counter()
            now.older(PAGE, place)
            taken["page anywhere"].append((time.perf_counter() - start) * 1000)
    rows = TimelineRows(station, stream)
    for _ in range(SEARCHES):
        start = time.perf_counter()
        rows.look_for(WORD)
        while rows.count() < PAGE and rows.seek():
            pass
        taken[_SEARCH].append((time.perf_counter() - start) * 1000)
    return taken


def alone(home: Path, what: str) -> tuple[float, float, float]:
    """A process of its own: seconds in all, seconds until the profile was open, and its most memory in MB."""
    start = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-P", "-c", OURS, str(home), what],
        env=environment(home), capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return time.perf_counter() - start, float(told[0]), float(told[1])


def measure(parent: Path, events: int) -> None:
    home, rate = made(parent, events)
    with open_workstation(home) as station:
        stream = str(station.view.rows("SELECT stream FROM incident")[0][0])
        path = bare(home, station)
        heads = Verifier(station.log, station.identity, heads_only=True)
        acts: dict[str, Callable[[], object]] = {
            "bare: every row read and hashed (baseline)": reading(path),
            "verify by lane heads": lambda: heads.stream(stream),
            "verify every signature": lambda: Verifier(station.log, station.identity).stream(stream),
            "bare: every row written anew": writing(path),
            "rebuild of the view": station.remake_view,
            "timeline opened: total and people": lambda: _opened(station, stream),
        }
        rows, floor = {}, 0.0
        for name, act in acts.items():
            wall, cpu = seconds(act)
            floor = floor or cpu
            rows[name] = (wall, cpu, cpu / floor, round(events / cpu) if cpu else 0)
        counts(f"{events:,} entries, n = 1, s", ("wall", "processor", "x baseline", "entries/s"), rows)
        taken = pages(station, stream, path)
        base = statistics.median(taken["bare page by key"])
        shown = {}
        for name, values in taken.items():
            cuts = statistics.quantiles(values, n=100)
            shown[name] = (cuts[49], cuts[98], cuts[49] / base)
        counts(f"pages of {PAGE}, n = {PAGES}, ms", ("p50", "p99", "x baseline"), shown)
    processes = {f"a process that does: {what}": alone(home, what) for what in ("open", "heads")}
    counts("in a process of its own, n = 1", ("s in all", "s to open", "most MB"), processes)
    size = sum(file.stat().st_size for file in home.glob("*.db")) / 1e6
    counts("besides", ("MB on disk", "written/s"), {"this run": (size, round(rate))})
    for left in home.parent.glob(f"{home.name}.*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def _opened(station: Workstation, stream: str) -> None:
    now = timeline(station.view, stream, off_timeline())
    now.total(), now.people(), now.older(PAGE)


def main(sizes: Sequence[str]) -> None:
    with folder() as parent:
        heading("a long record", parent)
        for events in map(int, sizes or SIZES):
            measure(parent, events)


if __name__ == "__main__":
    main(sys.argv[1:])

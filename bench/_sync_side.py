"""One end of the synchronisation in a process of its own: what the engine did, and baselines of the same bytes.

``python -m bench._sync_side WHAT HOME ECHO HUB_PID``, with the URL of :mod:`bench._echo`; prints one JSON object.
"""

import cProfile
import json
import os
import pstats
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.hub import DirectTransport

from ircockpit.features.catalogue import open_workstation
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.hub.folder import HubFolder
from ircockpit.hub.service import Hub
from ircockpit.ledger.event import signature_holds
from ircockpit.store import outbox
from ircockpit.store.log import Log
from ircockpit.store.sqlite import connect as open_database
from ircockpit.store.workstation import Workstation
from ircockpit.sync.client import event_wire
from ircockpit.sync.state import Link
from ircockpit.sync.transport import Headers, HttpTransport, Reply, Transport
from ircockpit.sync.worker import Connection, SyncWorker, connect

PAGE = 1000
"""Events of a page, and of a durable step of whoever takes it over."""
PUSH = 500
"""Events the engine pushes at once."""
SIZES = {1: 200, 10: 1000, 100: 4000}
"""Events pushed by batches of other sizes."""
COSTS = 12


class Sent(NamedTuple):
    """One request of the engine about events."""

    method: str
    path: str
    up: int
    down: int
    began: float
    ended: float


class Counting:
    """A transport that notes what goes through it."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.sent: list[Sent] = []
        self.profile: cProfile.Profile | None = None
        """Runs while the other side works."""
        self.clocks: Callable[[], Taken] | None = None
        self.last_push = Taken(0, 0, 0)
        """What the clocks said when the last push was answered."""

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        began = time.perf_counter()
        with self.profile if self.profile and method == "POST" else nullcontext():
            reply = self.inner.send(method, path, body, headers)
        if "/events" in path:
            ended = time.perf_counter()
            if method == "POST" and self.clocks is not None:
                self.last_push = self.clocks()
            self.sent.append(Sent(method, path, len(body or b""), len(reply.body), began, ended))
        return reply

    def lines(self, path: str, headers: Headers = ()) -> Iterator[str]:
        return self.inner.lines(path, headers)

    def close(self) -> None:
        self.inner.close()


class Taken(NamedTuple):
    """Seconds of an act: on the wall, of this process, of the hub's."""

    wall: float
    own: float
    hub: float


def timed(act: Callable[[], object], hub: str) -> Taken:
    began, own, there = time.perf_counter(), time.process_time(), cpu_of(hub)
    act()
    return Taken(time.perf_counter() - began, time.process_time() - own, cpu_of(hub) - there)


def cpu_of(pid: str) -> float:
    """Processor seconds a process has used, 0 for none."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def most_mb(pid: str = "self") -> float:
    """The most memory a process ever held; ``ru_maxrss`` begins with what the one that started it had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def costs(profile: cProfile.Profile) -> list[tuple[str, float, int]]:
    """The functions that took most by themselves: name, share of all, calls."""
    stats: Any = pstats.Stats(profile)
    whole = stats.total_tt or 1.0
    rows = sorted(stats.stats.items(), key=lambda each: -each[1][2])[:COSTS]
    return [(_name(*where), own / whole, calls) for where, (_, calls, own, _, _) in rows]


def _name(file: str, line: int, function: str) -> str:
    return function if file == "~" else f"{Path(file).stem}.{function}:{line}"


def rows_of(log: Log, stream: str) -> list[bytes]:
    return [
        b"".join([stored.event.raw, stored.event.sig, *(part.data or b"" for part in stored.event.parts)])
        for stored in log.of_stream(stream)
    ]


def bare_insert(path: Path, rows: Sequence[bytes], size: int) -> Taken:
    """As many bytes in as many rows and steps, each step on the disk."""
    path.unlink(missing_ok=True)
    with closing(open_database(path, synchronous="FULL")) as db:
        db.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, raw BLOB)")

        def run() -> None:
            for start in range(0, len(rows), size):
                db.execute("BEGIN IMMEDIATE")
                db.executemany(
                    "INSERT INTO row (raw) VALUES (?)", [(row,) for row in rows[start : start + size]]
                )
                db.execute("COMMIT")

        return timed(run, "")


def bare_http(echo: str, sent: Sequence[Sent]) -> Taken:
    """As many bytes each way, by the same client, from a server that does nothing with them."""
    with closing(HttpTransport(echo)) as transport:
        transport.send("GET", "/?0")

        def run() -> None:
            for each in sent:
                transport.send(each.method, f"/?{each.down}", b"x" * each.up if each.up else None)

        return timed(run, "")


def push(station: Workstation, echo: str, hub: str) -> dict[str, Any]:
    """One round that sends a whole record and has its receipts confirmed."""
    connection, counting = _connected(station)
    with closing(connection):
        connection.client.heads()  # signs in
        began = time.perf_counter()
        counting.clocks = lambda: Taken(time.perf_counter(), time.process_time(), cpu_of(hub))
        at = counting.clocks()
        done = timed(connection.engine.round, hub)
        most = most_mb()
        pushing = Taken(*(after - before for before, after in zip(at, counting.last_push, strict=True)))
        there = [each for each in counting.sent if each.method == "POST"]
        stream = max(there, key=lambda each: each.up).path.split("/")[3]
        rows = rows_of(station.log, stream)
        return {
            "events": len(rows), "wall": there[-1].ended - began, "pushing": pushing, "round": done, "most": most,
            "waited": sum(each.ended - each.began for each in there),
            "up": sum(each.up for each in there), "requests": len(there), "own": sum(map(len, rows)),
            "insert": bare_insert(station.profile.folder / "bare.db", rows, PUSH), "http": bare_http(echo, there),
        }  # fmt: skip


def batches(station: Workstation, echo: str, hub: str) -> dict[int, Any]:
    """Events of one record each, in batches of several sizes, and all of them once more."""
    connection, counting = _connected(station)
    found = {}
    with closing(connection):
        connection.client.heads()
        waiting = iter(sorted(outbox.waiting(station.log).items(), key=lambda each: each[1].events))
        for size in SIZES:
            stream, _ = next(waiting)
            events = station.log.of_stream(stream)
            wires = [event_wire(stored.event) for stored in events]
            first = _pushed(connection, counting, stream, wires, size, hub)
            again = _pushed(connection, counting, stream, wires, size, hub)
            rows = rows_of(station.log, stream)
            bare = bare_insert(station.profile.folder / "bare.db", rows, size)
            http = bare_http(echo, counting.sent)
            found[size] = {"events": len(wires), "first": first, "again": again, "insert": bare, "http": http}
    return found


def _pushed(
    connection: Connection, counting: Counting, stream: str, wires: list[bytes], size: int, hub: str = ""
) -> Taken:
    counting.sent.clear()

    def run() -> None:
        for start in range(0, len(wires), size):
            connection.client.push(stream, wires[start : start + size])

    return timed(run, hub)


def accept(station: Workstation, _echo: str, _hub: str, *, profiled: bool = False) -> dict[str, Any]:
    """The same push into a hub in this process: nothing but what it takes to accept, and once more as duplicates."""
    folder = HubFolder(station.profile.folder / "hub")
    hub = Hub(folder)
    connection, counting = _connected(station, lambda _: DirectTransport(lambda: hub))
    with closing(connection):
        connection.client.heads()
        counting.profile = cProfile.Profile() if profiled else None
        # The newest: what was accepted before is not confirmed here, since nothing is pulled.
        stream = max(outbox.waiting(station.log).items(), key=lambda each: each[1].first)[0]
        wires = [event_wire(stored.event) for stored in station.log.of_stream(stream)]
        first = _pushed(connection, counting, stream, wires, PUSH)
        if counting.profile:
            return {"costs": costs(counting.profile)}
        signed, key = station.log.of_stream(stream), station.key().public
        signatures = timed(lambda: [signature_holds(each.event, key) for each in signed], "")
        again = _pushed(connection, counting, stream, wires, PUSH)
        return {"events": len(wires), "first": first, "again": again, "signatures": signatures}


def pull(station: Workstation, echo: str, hub: str) -> dict[str, Any]:
    """A device that joined takes everything over; then the same pages again, and nothing done with them."""
    connection, counting = _connected(station)
    with closing(connection):
        connection.client.heads()
        before = station.log.count()
        round_ = timed(connection.engine.round, hub)
        folded = timed(station.refresh, hub)
        most = most_mb()
        pages = [each for each in counting.sent if each.method == "GET"]
        events = station.log.count() - before
        served = timed(lambda: _asked_again(connection, pages), hub)
        rows = [row for stream in station.log.streams() for row in rows_of(station.log, stream)]
        return {
            "events": events, "round": round_, "fold": folded, "most": most, "served": served,
            "down": sum(each.down for each in pages), "requests": len(pages), "own": sum(map(len, rows)),
            "insert": bare_insert(station.profile.folder / "bare.db", rows, PAGE), "http": bare_http(echo, pages),
        }  # fmt: skip


def _asked_again(connection: Connection, pages: Sequence[Sent]) -> None:
    with closing(HttpTransport(connection.identity.hub)) as transport:
        for each in pages:
            answer = transport.send(each.method, each.path, None, connection.client.authorization())
            assert len(answer.body) == each.down


def applied(station: Workstation, _echo: str, _hub: str) -> dict[str, Any]:
    """What taking over costs, by function."""
    connection, _ = _connected(station)
    with closing(connection):
        connection.client.heads()
        taking, folding = cProfile.Profile(), cProfile.Profile()
        taking.runcall(connection.engine.round)
        folding.runcall(station.refresh)
        return {"taking": costs(taking), "folding": costs(folding)}


def _connected(
    station: Workstation, transport: Callable[[str], Transport] = HttpTransport
) -> tuple[Connection, Counting]:
    kept: list[Counting] = []

    def counted(url: str) -> Transport:
        kept.append(Counting(transport(url)))
        return kept[0]

    return connect(station.profile, station.identity, counted, station.clock), kept[0]


def watch(station: Workstation, notes: str, _hub: str) -> None:
    """Say of each note when it is in the view, as a cockpit reads it when its worker says that something came."""
    came, live = threading.Event(), threading.Event()
    worker = SyncWorker(
        station.profile,
        copy_gate_of,
        lambda state: live.set() if state.link is Link.LIVE else None,
        came.set,
    )
    worker.start()
    live.wait(60)
    station.refresh()
    at, left = station.log.head_arrival(), int(notes)
    time.sleep(1)  # until hints are listened for
    print("ready", flush=True)
    while left > 0 and came.wait(60):
        came.clear()
        station.refresh()
        now = time.monotonic()
        for arrival, ident in station.view.rows("SELECT arrival, event_id FROM entry WHERE arrival>?", (at,)):
            print(ident, now)
            at, left = max(at, arrival), left - 1
    worker.stop(5)


def accept_costs(station: Workstation, echo: str, hub: str) -> dict[str, Any]:
    return accept(station, echo, hub, profiled=True)


ACTS: dict[str, Callable[[Workstation, str, str], object]] = {
    each.__name__: each for each in (push, batches, accept, accept_costs, pull, applied, watch)
}


def main(what: str, home: str, echo: str, hub: str) -> None:
    with open_workstation(Path(home)) as station:
        found = ACTS[what](station, echo, hub)
        if found is not None:
            print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

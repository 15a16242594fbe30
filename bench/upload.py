"""How fast an evidence file reaches the hub, read back and verified there, against `curl -T` of the same bytes."""

import hashlib
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from bench._profiles import folder
from bench._runs import in_turn
from bench._table import counts, heading, left_out, table
from tests.e2e.stage import HubProgram, ok

from ircockpit.blobs.files import FileBlobs, open_to_all
from ircockpit.features.catalogue import open_workstation
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.uploading import Upload
from ircockpit.sync.worker import Connection, connect

SIZE = 256 * 1024 * 1024
ROUNDS = 3


def uploaded(
    connection: Connection, blobs: FileBlobs, sha256: str, at_hub: Path, lines: int
) -> Callable[[], float]:
    """Chunks over so many connections; the source hashed before, the whole hashed by the hub after."""

    def run() -> float:
        at_hub.unlink(missing_ok=True)
        clients = [connection.client.beside(HttpTransport(connection.identity.hub)) for _ in range(lines)]
        start = time.perf_counter()
        Upload(clients, blobs, sha256, open_to_all).send()
        took = (time.perf_counter() - start) * 1000
        for client in clients:
            client.close()
        return took

    return run


def curl(connection: Connection, source: Path, sha256: str, at_hub: Path) -> Callable[[], float]:
    """The whole file in one request; the hub hashes it as it comes."""
    name, value = connection.client.authorization()[0]

    def run() -> float:
        at_hub.unlink(missing_ok=True)
        url = f"{connection.identity.hub}/v1/blobs/{sha256}"
        start = time.perf_counter()
        subprocess.run(
            ["curl", "-fsS", "-o", "/dev/null", "-H", f"{name}: {value}", "-T", str(source), url], check=True
        )
        return (time.perf_counter() - start) * 1000

    return run


def main() -> None:
    with folder() as parent:
        heading("an evidence file of 256 MiB to a hub on loopback", parent)
        if shutil.which("curl") is None:
            left_out("curl -T", "install curl")
            return
        home = parent / "founder"
        ok(home, "person", "name", "Mira")
        hub = HubProgram(home)
        hub.start()
        try:
            _measure(hub, home, parent)
        finally:
            hub.kill()


def _measure(hub: HubProgram, home: Path, parent: Path) -> None:
    there = parent / "second"
    ok(there, "enroll", hub.url, ok(home, "hub", "invite", "--name", "Bo")["code"])
    with open_workstation(there) as station:
        blobs = FileBlobs(station.profile.blobs)
        sha256 = blobs.put_chunks(
            hashlib.shake_128(bytes([i])).digest(1 << 20) for i in range(SIZE >> 20)
        ).sha256
        at_hub = home / "hub" / "blobs" / sha256[:2] / sha256
        connection = connect(station.profile, station.identity, HttpTransport, station.clock)
        try:
            connection.client.has_blob(sha256)  # signs in
            taken = in_turn(
                ROUNDS,
                {
                    "curl -T": curl(connection, blobs.path(sha256), sha256, at_hub),
                    "chunks, 1 connection": uploaded(connection, blobs, sha256, at_hub, 1),
                    "chunks, 4 connections": uploaded(connection, blobs, sha256, at_hub, 4),
                },
            )
        finally:
            connection.close()
    table("from the first byte to verified", "ms", taken)
    counts(
        "the same, by the median",
        ("MB/s",),
        {name: (round(SIZE / 1e6 / statistics.median(values) * 1000),) for name, values in taken.items()},
    )


if __name__ == "__main__":
    main()

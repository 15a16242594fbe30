"""A worker of a queue in etcd, as a service has one: ``etcd_worker.py URL NAME FOLDER``, without anything but Python's own.

It asks for the hold and takes a job in one transaction, so that no job is begun under a hold, and says under a lease
what it is doing. A job is a name: it is done when a folder of that name stands in ``FOLDER``. One that begins with
``long`` takes until a file ``go`` lies there.
"""

import json
import sys
import time
from base64 import b64decode, b64encode
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

HOLD, QUEUE, WORKERS = "agents/refund/queue-hold", "agents/refund/queue", "agents/refund/workers"
LEASE_S = 30


def b64(text: str) -> str:
    """As etcd's gateway takes keys and values."""
    return b64encode(text.encode()).decode()


def below(prefix: str) -> dict[str, str]:
    """All keys below a prefix: ``0`` comes right after ``/``."""
    return {"key": b64(f"{prefix}/"), "range_end": b64(f"{prefix}0")}


class Worker:
    """One worker, until it is ended."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        self._place, self._folder = url.removeprefix("http://"), folder
        self._lease = self._ask("lease/grant", {"TTL": LEASE_S})["ID"]
        self._state = b64(f"{WORKERS}/{name}")
        self._renewed = time.monotonic()

    def run(self) -> None:
        """Take jobs as they come."""
        while True:
            self._renew()
            first = {**below(QUEUE), "limit": 1, "sort_order": "ASCEND", "sort_target": "CREATE"}
            jobs = self._ask("kv/range", first).get("kvs", [])
            if not self._take(jobs):
                time.sleep(0.05)

    def _take(self, jobs: list[dict[str, str]]) -> bool:
        """Whether a job was taken, and is done."""
        free = {"key": b64(HOLD), "target": "CREATE", "result": "EQUAL", "create_revision": "0"}
        mine = [
            {"key": job["key"], "target": "MOD", "result": "EQUAL", "mod_revision": job["mod_revision"]}
            for job in jobs
        ]
        taken = [{"requestDeleteRange": {"key": job["key"]}} for job in jobs]
        done = self._ask(
            "kv/txn",
            {
                "compare": [free, *mine],
                "success": [*taken, self._says("working" if jobs else "ready")],
                "failure": [{"requestRange": {"key": b64(HOLD)}}],
            },
        )
        if not done.get("succeeded"):
            held = bool(done["responses"][0]["response_range"].get("kvs"))
            self._ask("kv/txn", {"success": [self._says("held" if held else "ready")]})
            return False
        for job in jobs:
            self._work(b64decode(job["key"]).decode().rpartition("/")[2])
        return bool(jobs)

    def _work(self, name: str) -> None:
        while name.startswith("long") and not (self._folder / "go").exists():
            self._renew()
            time.sleep(0.02)
        (self._folder / name).mkdir()

    def _renew(self) -> None:
        """Say that it lives, at work as well: of a worker whose lease has ended nobody knows what it does."""
        if time.monotonic() - self._renewed > LEASE_S / 6:
            self._ask("lease/keepalive", {"ID": self._lease})
            self._renewed = time.monotonic()

    def _says(self, state: str) -> dict[str, Any]:
        return {"requestPut": {"key": self._state, "value": b64(state), "lease": self._lease}}

    def _ask(self, path: str, said: dict[str, Any]) -> Any:
        connection = HTTPConnection(self._place, timeout=10)
        try:
            connection.request("POST", f"/v3/{path}", json.dumps(said), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(answer.read().decode())
            return json.loads(answer.read())
        finally:
            connection.close()


if __name__ == "__main__":
    Worker(sys.argv[1], sys.argv[2], Path(sys.argv[3])).run()

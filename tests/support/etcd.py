"""A real etcd that holds the flags of a service and a queue, that service, and a worker of the queue."""

import json
import subprocess
import sys
import time
from base64 import b64decode
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.support import etcd_worker
from tests.support.daemon import Daemon, ask, leash
from tests.support.etcd_worker import QUEUE, b64
from tests.support.upstream import Upstream

HALTED = "halted by incident response"
FLAG, HOLD = "agents/refund/enabled", "agents/refund/hold"


class Etcd(Daemon):
    """One member, without peers; ``agent`` is a service that keeps its flag there, ``workers`` do what is queued there."""

    agent: "Flagged"
    workers: "Workers"

    name: ClassVar[str] = "etcd"
    package: ClassVar[str] = "etcd-server"

    @property
    def agent_url(self) -> str:
        """Address users of the service reach."""
        return self.agent.url

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        peer = f"http://127.0.0.1:{self.ports[1]}"
        words = ["--name", "one", "--data-dir", str(self.folder / f"data-{self.ports[0]}")]
        words += ["--listen-client-urls", self.control, "--advertise-client-urls", self.control]
        words += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        return [self.program(), *words, "--initial-cluster", f"one={peer}", "--unsafe-no-fsync"]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if json.loads(ask("GET", f"{self.control}/health").text)["health"] != "true":
            raise ValueError("no leader yet")

    def put(self, key: str, value: str) -> None:
        """Set a key by hand, as another person would."""
        said = {"key": b64(key), "value": b64(value)}
        assert ask("POST", f"{self.control}/v3/kv/put", said).status == 200

    def get(self, key: str) -> str | None:
        """The value of a key; ``None`` where there is none."""
        found = ask("POST", f"{self.control}/v3/kv/range", {"key": b64(key)}).body.get("kvs", [])
        return b64decode(found[0]["value"]).decode() if found else None

    def delete(self, key: str) -> None:
        """Delete a key by hand."""
        assert ask("POST", f"{self.control}/v3/kv/deleterange", {"key": b64(key)}).status == 200


class Flagged(Upstream):
    """A service that answers only while its flag is not ``false`` and nothing stands where holds do."""

    def __init__(self, etcd: Etcd) -> None:
        super().__init__("agent")
        self._etcd = etcd

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """See :class:`Upstream`."""
        said = super().chat(asked)
        if self._etcd.get(FLAG) == "false" or self._etcd.get(HOLD) is not None:
            said["choices"][0]["message"]["content"] = HALTED
        return said


class Workers:
    """The workers of the queue in etcd: one process, and what it has done."""

    def __init__(self, etcd: Etcd, folder: Path) -> None:
        self._etcd, self._folder = etcd, folder
        self._jobs = count()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        words = [*leash(), sys.executable, etcd_worker.__file__, self._etcd.control, "one", str(self._folder)]
        with (self._folder / "worker.log").open("wb") as log:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def enqueue(self, what: str = "refund") -> Path:
        """Queue a job by hand; gives the folder that stands there when it is done."""
        name = f"{what}-{next(self._jobs)}"
        self._etcd.put(f"{QUEUE}/{name}", "7")
        return self._folder / name

    def let_go(self) -> None:
        """Let jobs that take long come to their end."""
        (self._folder / "go").touch()

    def carried_out(self, made: Path, within_s: float = 60) -> bool:
        """Whether a job is done within so many seconds."""
        assert self._process is not None
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if made.is_dir():
                return True
            assert self._process.poll() is None, (self._folder / "worker.log").read_text()
            time.sleep(0.02)
        return False

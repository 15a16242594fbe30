"""A real Redis with a queue of RQ into which work comes steadily, and a worker that carries it out."""

import contextlib
import shutil
import subprocess
import time
from itertools import count
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import ClassVar, Self

from tests.support.daemon import Daemon, leash
from tests.support.servers import require

QUEUE = "refunds"


class Queue(Daemon):
    """Redis, its one worker, and a thread that queues a job that does nothing, twice a second."""

    name: ClassVar[str] = "redis-server"
    package: ClassVar[str] = "redis-server"
    port_count: ClassVar[int] = 1

    control: ClassVar[str] = "exec:redis-cli"
    """Jobs are held with Redis' own program."""

    def __init__(self, folder: Path, *, steady: bool = True) -> None:
        """Not ``steady``, nothing is queued but what a test queues, and the worker waits for it."""
        super().__init__(folder)
        self._steady = steady
        self._worker: subprocess.Popen[bytes] | None = None
        self._jobs = count()
        self._over = Event()
        self._flow = Thread(target=self._queue_steadily, daemon=True)

    def __enter__(self) -> Self:
        rq = require("rq", shutil.which("rq", path="/usr/bin"), "apt install python3-rq")
        super().__enter__()
        try:
            with (self.folder / "worker.log").open("wb") as log:
                self._worker = subprocess.Popen(
                    [*leash(), rq, "worker", "--url", self.url, QUEUE],
                    cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            if self._steady:
                self._flow.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._flow.is_alive():
            self._flow.join()
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
        super().__exit__(kind, error, trace)

    @property
    def front(self) -> str:
        """What workers say of themselves is asked in the same way."""
        return self.control

    @property
    def url(self) -> str:
        """For clients of Redis."""
        return f"redis://127.0.0.1:{self.ports[0]}/0"

    @property
    def client(self) -> str:
        """Path of the program."""
        return require("redis-cli", shutil.which("redis-cli"), "apt install redis-tools")

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        words = ["--bind", "127.0.0.1", "--port", str(self.ports[0]), "--save", "", "--dir", str(self.folder)]
        return [self.program(), *words]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if self.say("PING") != "PONG":
            raise ValueError("no answer")

    def say(self, *words: str) -> str:
        """One command by hand, as another person would."""
        asked = [self.client, "-p", str(self.ports[0]), *words]
        done = subprocess.run(
            asked, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=10
        )
        return done.stdout.strip()

    def _queue_steadily(self) -> None:
        self._enqueue("os.getpid")
        known = self.say("--raw", "KEYS", "rq:job:*").splitlines()[0].removeprefix("rq:job:")
        while not self._over.wait(0.5):
            self.say("RPUSH", f"rq:queue:{QUEUE}", known)

    def enqueue(self) -> str:
        """Queue a refund by hand; gives the folder that is made when it is carried out."""
        made = str(self.folder / f"refund-{next(self._jobs)}")
        self._enqueue("os.mkdir", made)
        return made

    def _enqueue(self, *words: str) -> None:
        asked = ["/usr/bin/rq", "enqueue", "--quiet", "--url", self.url, "--queue", QUEUE, *words]
        subprocess.run(asked, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)

    def carried_out(self, made: str, within_s: float) -> bool:
        """Whether a job is done within so many seconds."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                if (self.folder / made).is_dir():
                    return True
            time.sleep(0.05)
        return False

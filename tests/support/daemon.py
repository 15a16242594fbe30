"""A third-party server as a child of the test process: on free ports of 127.0.0.1, in a folder of its own, ended for certain.

A port is free when it is chosen and may be taken a moment later, so a server that ends before it is ready is started
again on others. It dies with the test process also where that is killed (``setpriv --pdeathsig``).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, NamedTuple, Self

from tests.support.servers import require
from tests.support.surroundings import clean_environment
from tests.support.upstream import Upstream

STARTS = 4
"""Times a server is started on other ports before its own words are shown."""


class Said(NamedTuple):
    """One answer over HTTP."""

    status: int
    text: str

    @property
    def body(self) -> Any:
        """The answer as JSON."""
        return json.loads(self.text)


class Daemon(ABC):
    """Started when entered, stopped when left. A subclass says how it is called and when it is ready."""

    name: ClassVar[str]
    package: ClassVar[str]
    """How to get it, for the words of a skip."""
    port_count: ClassVar[int] = 2
    ready_s: ClassVar[float] = 60.0

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports: tuple[int, ...] = ()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def control(self) -> str:
        """Base address of the API that switches."""
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def front(self) -> str:
        """Base address users reach."""
        return f"http://127.0.0.1:{self.ports[1]}"

    @property
    def tap_port(self) -> int:
        """Where a wire with an ear on it may listen; 0 is anywhere."""
        return 0

    @abstractmethod
    def command(self) -> list[str]:
        """The words that start it on ``self.ports``, its configuration written. Skips by name where it is absent."""

    def environment(self) -> dict[str, str]:
        """What it is told besides a plain environment with a home in its own folder."""
        return {}

    @abstractmethod
    def check_ready(self) -> None:
        """Raise any of :class:`OSError`, :class:`HTTPException`, :class:`ValueError` until it answers as it should."""

    def program(self, name: str | None = None) -> str:
        """Path of the program, or a skip by name."""
        name = name or self.name
        found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
        return require(name, found, f"apt install {self.package}")

    def __enter__(self) -> Self:
        for _ in range(STARTS):
            self.ports = free_ports(self.port_count)
            self._start()
            try:
                if self._wait():
                    return self
            except BaseException:
                self._stop()
                raise
            self._stop()
        raise AssertionError(f"{self.name} does not start:\n{self.log()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def log(self) -> str:
        """What the server said."""
        return (self.folder / "server.log").read_text("utf-8", "replace")[-8000:]

    def _start(self) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        clean = {**clean_environment(home), "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        with (self.folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*leash(), *self.command()],
                cwd=self.folder,
                env={**clean, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait(self) -> bool:
        """Whether it got ready; ``False`` when it ended before that."""
        assert self._process is not None
        until = time.monotonic() + self.ready_s
        while time.monotonic() < until:
            if self._process.poll() is not None:
                return False
            try:
                self.check_ready()
            except (OSError, HTTPException, ValueError, LookupError):
                time.sleep(0.03)
            else:
                return self._process.poll() is None
        raise AssertionError(f"{self.name} did not get ready:\n{self.log()}")

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # whatever it started and left behind


def leash() -> list[str]:
    """Words before a command that let it die with the process that started it."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "KILL", "--"] if program else []


def free_ports(count: int) -> tuple[int, ...]:
    """Ports of 127.0.0.1 nobody listens on at this moment, no two the same."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return tuple(each.getsockname()[1] for each in held)
    finally:
        for each in held:
            each.close()


def ask(
    method: str,
    url: str,
    said: Any = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = 10.0,
) -> Said:
    """One request by a client that shares nothing with the program; ``said`` goes as JSON."""
    host, slash, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=timeout_s)
    body = None if said is None else json.dumps(said)
    kind = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, slash + path, body, {**kind, **(headers or {})})
        answer = connection.getresponse()
        return Said(answer.status, answer.read().decode("utf-8", "replace"))
    finally:
        connection.close()


def chat(base: str, headers: dict[str, str] | None = None, prompt: str = "hello") -> Said:
    """What a user gets who asks the model behind a gateway."""
    asked = {"model": "default", "messages": [{"role": "user", "content": prompt}]}
    return ask("POST", f"{base}/v1/chat/completions", asked, headers)


class Gateway(Daemon):
    """One that stands before two models: ``prod``, and ``fallback``, where it can be sent."""

    port_count: ClassVar[int] = 3
    prod: Upstream
    fallback: Upstream

    def behind(self, prod: Upstream, fallback: Upstream) -> Self:
        """Say what stands behind it."""
        self.prod, self.fallback = prod, fallback
        return self

"""A PostgreSQL of its own, empty: initialised in a temporary folder, reached over TCP on 127.0.0.1 only."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from tests.support.daemon import Daemon
from tests.support.servers import require

USER = "postgres"


class Postgres(Daemon):
    """``url`` is its one database. As root it runs as the user of the Debian package, since it refuses root."""

    name: ClassVar[str] = "postgresql"
    package: ClassVar[str] = "postgresql"
    port_count: ClassVar[int] = 1

    def __init__(self) -> None:
        # Not below pytest's own folder, into which only the user who runs the tests may look.
        super().__init__(Path(tempfile.mkdtemp(prefix="live-postgres-")))
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        """For clients."""
        return f"postgres://{USER}:x@127.0.0.1:{self.ports[0]}/postgres"

    def __enter__(self) -> Self:
        words = ["--username", USER, "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        as_other = self._as_other()
        if as_other:
            shutil.chown(self.folder, USER)
        done = subprocess.run(
            [*as_other, self._binary("initdb"), *words, "--pgdata", str(self._data)],
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.ports[0]),
            "unix_socket_directories": "",
            "fsync": "off",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return [*self._as_other(), self._binary("postgres"), "-D", str(self._data), *words]

    def check_ready(self) -> None:
        """See :class:`Daemon`: it takes connections once it has recovered."""
        with socket.create_connection(("127.0.0.1", self.ports[0]), timeout=5) as line:
            # A request for TLS, to which only a server that takes connections answers N or S.
            line.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
            if line.recv(1) not in (b"N", b"S"):
                raise ValueError("no answer")

    @staticmethod
    def _binary(name: str) -> str:
        found = shutil.which(name) or next(
            (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)),
            None,
        )
        return require("postgresql", found, "apt install postgresql")

    @staticmethod
    def _as_other() -> list[str]:
        if os.geteuid() != 0:
            return []
        try:
            pwd.getpwnam(USER)
        except KeyError:
            require("postgresql", None, "apt install postgresql")
        program = require("setpriv", shutil.which("setpriv"), "apt install util-linux")
        return [program, "--reuid", USER, "--regid", USER, "--clear-groups", "--pdeathsig", "KILL", "--"]

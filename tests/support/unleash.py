"""A real Unleash with a PostgreSQL of its own, and a chat service that asks it for its flag at every request."""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from tests.support.daemon import Daemon, ask
from tests.support.installed import installed, node
from tests.support.postgres import Postgres
from tests.support.upstream import Upstream

FLAG = "genai.summarizer.enabled"
ADMIN, CLIENT = "*:*.test-admin", "default:development.test-client"
"""Throw-away tokens of a server that lives as long as a test."""
_FEATURES = "/api/admin/projects/default/features"


class Unleash(Daemon):
    """``control`` is its admin API and its client API; ``summarizer`` is a service that keeps its flag there."""

    summarizer: "Summarizer"

    name: ClassVar[str] = "unleash"
    package: ClassVar[str] = "make test-live"
    port_count: ClassVar[int] = 1
    ready_s: ClassVar[float] = 120.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._entry = installed("unleash", "node_modules/unleash-server/dist/server.js")
        self._postgres = Postgres()

    def __enter__(self) -> Self:
        self._postgres.__enter__()
        try:
            super().__enter__()
            made = {"name": FLAG, "type": "kill-switch"}
            assert self.admin("POST", _FEATURES, made).status == 201
            self.switch("on")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._postgres.__exit__(kind, error, trace)

    @property
    def front(self) -> str:
        """Address users of the service reach."""
        return self.summarizer.url

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        return [node(), self._entry]

    def environment(self) -> dict[str, str]:
        """See :class:`Daemon`."""
        return {
            "DATABASE_URL": self._postgres.url,
            "DATABASE_SSL": "false",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.ports[0]),
            "CHECK_VERSION": "false",
            "SEND_TELEMETRY": "false",
            "INIT_ADMIN_API_TOKENS": ADMIN,
            "INIT_BACKEND_API_TOKENS": CLIENT,
        }

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if json.loads(ask("GET", f"{self.control}/health").text)["health"] != "GOOD":
            raise ValueError("not healthy")

    def admin(self, method: str, path: str, said: Any = None) -> Any:
        """A request of an administrator, by hand."""
        return ask(method, f"{self.control}{path}", said, {"Authorization": ADMIN})

    def switch(self, way: str) -> None:
        """Switch the flag ``on`` or ``off`` by hand, as another person would."""
        path = f"{_FEATURES}/{FLAG}/environments/development/{way}"
        assert self.admin("POST", path).status == 200

    def enabled(self) -> bool:
        """What services that ask for the flag are told."""
        said = ask("GET", f"{self.control}/api/client/features/{FLAG}", None, {"Authorization": CLIENT})
        return bool(said.body["enabled"])


class Summarizer(Upstream):
    """Answers only while its flag is on."""

    def __init__(self, unleash: Unleash) -> None:
        super().__init__("summarizer")
        self._unleash = unleash

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """See :class:`Upstream`."""
        said = super().chat(asked)
        if not self._unleash.enabled():
            said["choices"][0]["message"]["content"] = "[switched off]"
        return said

"""A real etcd that holds the flags of a service, and that service: it asks for its flag at every request."""

import json
from base64 import b64decode, b64encode
from typing import Any, ClassVar

from tests.support.daemon import Daemon, ask
from tests.support.upstream import Upstream

HALTED = "halted by incident response"
FLAG, HOLD = "agents/refund/enabled", "agents/refund/hold"


class Etcd(Daemon):
    """One member, without peers; ``agent`` is a service that keeps its flag there."""

    agent: "Flagged"

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
        said = {"key": _b64(key), "value": _b64(value)}
        assert ask("POST", f"{self.control}/v3/kv/put", said).status == 200

    def get(self, key: str) -> str | None:
        """The value of a key; ``None`` where there is none."""
        found = ask("POST", f"{self.control}/v3/kv/range", {"key": _b64(key)}).body.get("kvs", [])
        return b64decode(found[0]["value"]).decode() if found else None

    def delete(self, key: str) -> None:
        """Delete a key by hand."""
        assert ask("POST", f"{self.control}/v3/kv/deleterange", {"key": _b64(key)}).status == 200


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


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode()

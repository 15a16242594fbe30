"""A real Express Gateway in front of an upstream, with two users who have a key each."""

import json
import shutil
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.support.daemon import Daemon, Said, ask, chat
from tests.support.installed import installed, node
from tests.support.upstream import Upstream

BOT, OTHER = "svc-bot", "svc-other"


class ExpressGateway(Daemon):
    """``keys`` holds id and secret of each user's key; users and keys live in its memory."""

    name: ClassVar[str] = "express-gateway"
    package: ClassVar[str] = "make test-live"

    def __init__(self, folder: Path, prod: Upstream) -> None:
        super().__init__(folder)
        self.prod = prod
        self.keys: dict[str, tuple[str, str]] = {}
        self._module = Path(installed("express-gateway", "node_modules/express-gateway"))

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            for user in (BOT, OTHER):
                self._admin("/users", {"username": user, "firstname": "a", "lastname": "service"})
                made = self._admin("/credentials", {"consumerId": user, "type": "key-auth", "credential": {}})
                self.keys[user] = made["keyId"], made["keySecret"]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def command(self) -> list[str]:
        """See :class:`Daemon`; JSON is YAML too."""
        place = self.folder / "config"
        shutil.copytree(self._module / "lib" / "config" / "models", place / "models", dirs_exist_ok=True)
        (place / "gateway.config.yml").write_text(json.dumps(self._gateway()))
        system = {
            "db": {"redis": {"emulate": True, "namespace": "EG"}},
            "crypto": {"cipherKey": "only for a test", "algorithm": "aes256", "saltRounds": 10},
            "session": {"secret": "only for a test", "resave": False, "saveUninitialized": False},
        }
        (place / "system.config.yml").write_text(json.dumps(system))
        return [node(), str(self._module / "lib" / "index.js")]

    def environment(self) -> dict[str, str]:
        """See :class:`Daemon`."""
        return {
            "EG_CONFIG_DIR": str(self.folder / "config"),
            "EG_DISABLE_CONFIG_WATCH": "true",
            "LOG_LEVEL": "warn",
        }

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/api-endpoints").status != 200 or chat(self.front).status != 401:
            raise ValueError("not ready")

    def chat_as(self, user: str) -> Said:
        """What a user gets who shows their key."""
        return chat(self.front, {"Authorization": f"apiKey {':'.join(self.keys[user])}"})

    def activate(self, path: str) -> None:
        """Activate a credential or user by hand, as another person would."""
        assert ask("PUT", f"{self.control}{path}/status", {"status": True}).status == 200

    def _admin(self, path: str, said: Any) -> Any:
        answer = ask("POST", self.control + path, said)
        assert answer.status == 200, answer
        return answer.body

    def _gateway(self) -> dict[str, Any]:
        proxy = {"proxy": [{"action": {"serviceEndpoint": "prod", "changeOrigin": True}}]}
        pipeline = {"apiEndpoints": ["api"], "policies": [{"key-auth": [{}]}, proxy]}
        return {
            "http": {"port": self.ports[1], "hostname": "127.0.0.1"},
            "admin": {"port": self.ports[0], "hostname": "127.0.0.1"},
            "apiEndpoints": {"api": {"host": "*", "paths": ["/v1/*"]}},
            "serviceEndpoints": {"prod": {"url": self.prod.url}},
            "policies": ["key-auth", "proxy"],
            "pipelines": {"default": pipeline},
        }

"""A real LiteLLM proxy without a database: it checks every request's form, and refuses what needs one by saying so."""

import json
from pathlib import Path
from typing import ClassVar

from tests.support.daemon import Daemon, Said, ask
from tests.support.installed import installed
from tests.support.upstream import Upstream

MASTER_KEY = "sk-only-for-a-server-that-lives-as-long-as-a-test-7Q2x"


class LiteLLM(Daemon):
    """Its configuration is a file; every change of it through the API needs a database."""

    name: ClassVar[str] = "litellm"
    package: ClassVar[str] = "make test-live"
    port_count: ClassVar[int] = 1
    ready_s: ClassVar[float] = 180.0

    def __init__(self, folder: Path, prod: Upstream) -> None:
        super().__init__(folder)
        self._prod = prod
        self._program = installed("litellm", "bin/litellm")

    @property
    def front(self) -> str:
        """The same address: models are asked there."""
        return self.control

    def command(self) -> list[str]:
        """See :class:`Daemon`; JSON is YAML too."""
        model = {"model": "openai/prod", "api_base": f"{self._prod.url}/v1", "api_key": "sk-only-here"}
        config = {
            "model_list": [{"model_name": "support-bot", "litellm_params": model}],
            "general_settings": {"master_key": MASTER_KEY},
        }
        path = self.folder / "litellm.yaml"
        path.write_text(json.dumps(config))
        words = ["--config", str(path), "--host", "127.0.0.1", "--port", str(self.ports[0])]
        return [self._program, *words, "--telemetry", "False"]

    def environment(self) -> dict[str, str]:
        """See :class:`Daemon`."""
        return {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/health/liveliness").status != 200:
            raise ValueError("not alive")
        # The first path that it does not know takes it seconds, and keeps whoever asks meanwhile waiting.
        if ask("GET", f"{self.control}/no-such-path").status != 404:
            raise ValueError("not ready")

    def admin(self, method: str, path: str, said: object = None) -> Said:
        """A request of an administrator, by hand."""
        return ask(method, self.control + path, said, {"Authorization": f"Bearer {MASTER_KEY}"}, timeout_s=30)

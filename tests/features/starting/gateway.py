"""A gateway that answers as Envoy does, and can be made to want a login, to lie, or not to be ready; and somebody who types."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl

from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.command.asking import talking
from ircockpit.command.progress import telling

KEY = "ir.halt_pct"
INFO = {"version": "abc/1.40.0/Clean", "hot_restart_version": "11", "command_line_options": {}}


class Gateway:
    """Control API and users' address in one; ``token`` is what either wants to be shown."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.percent, self.declared, self.token, self.healthy = "", True, "", True
        self.follows = True
        self.server = Scripted(self._serve, context)

    def __enter__(self) -> "Gateway":
        self.server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    @property
    def changes(self) -> list[str]:
        """What was asked of it that changes something."""
        return [each.target for each in self.server.received if each.path == "/runtime_modify"]

    def _serve(self, asked: Received, line: Line) -> None:
        line.send(self._answer(asked))

    def _answer(self, asked: Received) -> bytes:
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return answer(401, {"error": "who are you"})
        if asked.path == "/server_info":
            return answer(200, INFO)
        if asked.path == "/runtime":
            entry = {"final_value": self.percent or "0", "layer_values": ["0", self.percent]}
            return answer(
                200, {"layers": ["static", "admin"], "entries": {KEY: entry} if self.declared else {}}
            )
        if asked.path == "/runtime_modify":
            [(_, self.percent)] = parse_qsl(asked.target.partition("?")[2], keep_blank_values=True)
            return answer(200, b"OK\n")
        if asked.path == "/v1/chat/completions":
            if not self.healthy:
                return answer(502, b"bad gateway")
            if self.percent == "100" and self.follows:
                return answer(503, b"fault filter abort")
            return answer(200, {"choices": [{"message": {"content": "hello"}}]})
        return answer(404, b"")


class Typist:
    """Types these lines, in this order, and leaves where there are no more; ``questions`` is what was asked."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)
        self.questions: list[str] = []
        self.told: list[str] = []
        self.afresh: list[str] = []

    def __call__(self, question: str, *, afresh: bool = False) -> str:
        self.questions.append(question)
        if afresh:
            self.afresh.append(question)
        if not self._lines:
            raise KeyboardInterrupt
        return self._lines.pop(0)

    @property
    def text(self) -> str:
        """All that was told."""
        return "\n".join(self.told)


@contextmanager
def typing(*lines: str) -> Iterator[Typist]:
    """Let a command that runs inside talk to somebody who types these."""
    typist = Typist(*lines)
    with telling(typist.told.append), talking(typist):
        yield typist

"""The lab behaves as its connector says: a token is asked for, and effect comes after acceptance."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ircockpit.core.clock import SystemClock
from ircockpit.demo import lab
from ircockpit.demo.crew import Helper
from ircockpit.demo.stage import wait_until
from ircockpit.features.containment.engine.connector import load
from ircockpit.features.containment.engine.preserving import bind, capture
from ircockpit.features.containment.engine.target import Auth, Target
from ircockpit.features.containment.engine.transport import TargetTransport

TOKEN = "not-a-secret"


class Running:
    """A lab in its own process, and what its users said and heard."""

    def __init__(self, folder: Path) -> None:
        token = folder / "token"
        token.write_text(TOKEN)
        self.heard: list[dict[str, str]] = []
        self.helper = Helper("lab", ["ircockpit.demo.lab", str(token)], folder, {}, self._hear)
        self.urls = json.loads(self.helper.first())

    def _hear(self, line: str) -> None:
        self.heard.append(json.loads(line))

    def ask(
        self, door: str, method: str, path: str, body: object = None, token: str = TOKEN
    ) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", urlsplit(self.urls[door]).port or 0, timeout=5)
        try:
            headers = {"Authorization": f"Bearer {token}"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def chat(self, bot: str = "pharmacy") -> tuple[int, Any]:
        return self.ask("chat", "POST", f"/chat/{bot}", {"message": "how much Examplin?"})


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.helper.end()
    assert not made.helper.alive


def test_the_connector_is_sound() -> None:
    connector = load(files("ircockpit.demo").joinpath("lab.yaml").read_bytes())
    assert [action.id for action in connector.actions] == ["fallback", "halt"]
    assert all(action.verify.probe is not None for action in connector.actions)


def test_it_misbehaves_on_cue_and_the_users_read_it(running: Running) -> None:
    assert wait_until(lambda: running.heard, 5)
    assert running.heard[0]["bot"] == lab.RIGHT
    running.helper.cue("misbehave")
    assert wait_until(lambda: running.chat() == (200, {"answer": lab.WRONG}), 5)
    assert wait_until(lambda: running.heard[-1]["bot"] == lab.WRONG, 5)


def test_accepted_comes_before_recorded_and_recorded_before_effective(running: Running) -> None:
    assert running.ask("admin", "PUT", "/admin/pharmacy/control", {"mode": "halt"})[0] == 202
    assert running.ask("admin", "GET", "/admin/pharmacy/control")[1]["mode"] == "serve"
    assert wait_until(lambda: running.ask("admin", "GET", "/admin/pharmacy/control")[1]["mode"] == "halt", 5)
    assert running.chat()[0] == 200
    assert wait_until(lambda: [running.chat()[0] for _ in range(3)] == [503] * 3, 5)
    assert wait_until(lambda: running.heard[-1]["bot"] == f"(503: {lab.HALTED})", 5)


def test_without_the_token_nothing_is_changed(running: Running) -> None:
    asked = running.ask("admin", "PUT", "/admin/refund/control", {"mode": "halt"}, token="another")
    assert asked[0] == 401
    assert running.ask("admin", "GET", "/admin/refund/control")[1]["mode"] == "serve"


def test_what_it_does_not_know_is_refused(running: Running) -> None:
    assert running.ask("admin", "PUT", "/admin/refund/control", {"mode": "explode"})[0] == 422
    assert running.ask("admin", "GET", "/admin/nobody/control")[0] == 404
    assert running.chat("nobody")[0] == 404
    assert running.ask("chat", "POST", "/chat/pharmacy", [1])[0] == 422


def test_its_conversations_can_be_preserved_whole(running: Running) -> None:
    """Page after page with the admin's token, as a plan that opens would read them."""
    asked = lab.PAGE * 2 + 3
    for _ in range(asked):
        running.chat("refund")
    connector = load(files("ircockpit.demo").joinpath("lab.yaml").read_bytes())
    target = Target("lab", running.urls["admin"], auth=Auth("authorization", "env:LAB", "Bearer "))
    measure, spec = bind(connector, "conversations", {"bot": "refund"}, target)
    with TargetTransport(target, lambda _: TOKEN) as transport:
        found = capture(transport, measure, spec, SystemClock(), lambda: False)
    with TargetTransport(target, lambda _: "another token") as transport:
        refused = capture(transport, measure, spec, SystemClock(), lambda: False)
    assert (found.why, found.pages) == ("", 3)
    turns = [json.loads(each) for each in found.lines]
    assert [each["n"] for each in turns] == list(range(1, asked + 1))
    assert turns[0]["user"] == "how much Examplin?"
    assert turns[0]["answer"] == lab.RIGHT
    assert refused.lines == ()
    assert "answered 401" in refused.why

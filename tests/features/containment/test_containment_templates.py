"""Connectors never run against their server: each says so, and does what its file says to a server of the documented form."""

import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.live.station import Station
from tests.support.scripted import Line, Received, Scripted, answer, json_of

from ircockpit.features.containment.connectors import SHIPPED
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import Value
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Auth, Target
from ircockpit.features.containment.engine.transport import TargetTransport

TEMPLATES = ("azure-openai", "bedrock", "kubernetes", "launchdarkly", "openai-project")


class Cloud:
    """What the documentation says of five services, as far as the templates go."""

    def __init__(self) -> None:
        self.alias: dict[str, Any] = {
            "agentAliasName": "prod",
            "routingConfiguration": [{"agentVersion": "7"}],
            "agentAliasStatus": "PREPARED",
        }
        self.throughput = {
            "desiredModelArn": "arn:aws:bedrock:x:1:bad",
            "modelArn": "arn:aws:bedrock:x:1:bad",
        }
        self.sku = {"name": "GlobalStandard", "capacity": 120}
        self.limit = {"id": "rl-gpt", "model": "gpt-x", "max_requests_per_1_minute": 600}
        self.on = True

    def __call__(self, request: Received, line: Line) -> None:
        said = json_of(request) if request.body else None
        for part, handle in (
            ("/agents/", self._alias),
            ("/provisioned-model-throughput/", self._throughput),
            ("/subscriptions/", self._deployment),
            ("/organization/", self._limits),
            ("/api/v2/flags/", self._flag),
            ("/v1/chat/", self._chat),
        ):
            if part in request.path:
                line.send(answer(200, handle(said)))
                return
        line.send(answer(404))

    def _alias(self, said: Any) -> Any:
        self.alias |= said or {}
        return {"agentAlias": self.alias}

    def _throughput(self, said: Any) -> Any:
        if said:
            self.throughput = dict.fromkeys(self.throughput, said["desiredModelId"])
        return self.throughput

    def _deployment(self, said: Any) -> Any:
        self.sku |= said["sku"] if said else {}
        return {"sku": self.sku}

    def _limits(self, said: Any) -> Any:
        self.limit |= said or {}
        return {"data": [{"id": "rl-other", "model": "gpt-y", "max_requests_per_1_minute": 5}, self.limit]}

    def _flag(self, said: Any) -> Any:
        if said:
            self.on = {"turnFlagOn": True, "turnFlagOff": False}[said["instructions"][0]["kind"]]
        return {"environments": {"eu.prod": {"on": self.on}}}

    def _chat(self, _: Any) -> Any:
        return {"choices": [{"message": {"content": "an answer" if self.on else "[switched off]"}}]}


class Case(NamedTuple):
    connector: str
    action: str
    params: Mapping[str, Value]
    of: Callable[[Cloud], Any]
    held: Any
    end: State = State.UNVERIFIED


CASES = (
    Case(
        "azure-openai",
        "limit",
        {
            "subscription": "0" * 36,
            "group": "rg",
            "account": "acme",
            "deployment": "chat",
        },
        lambda cloud: cloud.sku,
        {"name": "GlobalStandard", "capacity": 1},
    ),
    Case(
        "bedrock",
        "pause-agent",
        {"agent": "AGENT12345", "alias": "ALIAS12345"},
        lambda cloud: (
            cloud.alias["routingConfiguration"],
            cloud.alias.get("aliasInvocationState") or "ACCEPT_INVOCATIONS",
        ),
        ([{"agentVersion": "7"}], "REJECT_INVOCATIONS"),
    ),
    Case(
        "bedrock",
        "roll-back",
        {"throughput": "abcdef123456", "model": "arn:aws:bedrock:x:1:good"},
        lambda cloud: cloud.throughput["modelArn"],
        "arn:aws:bedrock:x:1:good",
    ),
    Case(
        "launchdarkly",
        "flag",
        {"flag": "genai.enabled", "environment": "eu.prod"},
        lambda cloud: cloud.on,
        False,
        State.EFFECTIVE,
    ),
    Case(
        "openai-project",
        "limit",
        {"project": "proj_abc", "model": "gpt-x"},
        lambda cloud: cloud.limit["max_requests_per_1_minute"],
        1,
    ),
)


def test_whoever_was_never_run_says_so_in_its_file_and_to_people() -> None:
    for name in SHIPPED:
        held = connector.shipped(name)
        unverified = not held.tested_with and not held.contract_with
        assert unverified == (name in TEMPLATES), name
        assert ("UNVERIFIED TEMPLATE" in held.source.decode().replace("\n# ", " ")) == unverified, name
        assert (held.badge == "unverified template") == unverified


@pytest.mark.parametrize("case", CASES, ids=[f"{case.connector} {case.action}" for case in CASES])
def test_a_template_there_and_back(case: Case) -> None:
    cloud = Cloud()
    with Scripted(cloud) as server:
        target = Target("a cloud", server.url, server.url, auth=Auth("Authorization", "secret"))
        with TargetTransport(target, lambda uri: uri) as transport:
            there_and_back(case, Station(transport, target), cloud)
        assert all(
            request.headers["authorization"] == "secret"
            for request in server.received
            if "/chat" not in request.path
        )


def there_and_back(case: Case, station: Station, cloud: Cloud) -> None:
    found = case.of(cloud)
    measure = station.runner.resolve(station.measure(case.connector, case.action, case.params))
    plan = station.plan(measure)
    outcome = station.go(plan)
    assert outcome.state is case.end, outcome.reason
    assert "recorded" in station.journal.states()
    assert case.of(cloud) == case.held
    undone = station.undo(plan, outcome)
    assert undone.state is State.REVERTED, undone.reason
    assert case.of(cloud) == found


KUBECTL = """\
#!{python}
import json, pathlib, sys
held = pathlib.Path({path!r})
words = sys.argv[1:]
assert words[:4] == ["--context", "prod", "--namespace", "ai"], words
has = json.loads(held.read_text())
if words[4] == "get":
    print(json.dumps({{"spec": {{"replicas": has}}}}))
else:
    known, wanted = (int(word.partition("=")[2]) for word in words[6:])
    if known != has:
        print(f"error: Expected replicas to be {{known}}, was {{has}}", file=sys.stderr)
        sys.exit(1)
    held.write_text(str(wanted))
    print("deployment.apps/" + words[5].partition("/")[2] + " scaled")
"""


def test_kubernetes_scales_only_from_what_was_read(tmp_path: Path) -> None:
    held, program = tmp_path / "replicas", tmp_path / "kubectl"
    held.write_text("3")
    program.write_text(KUBECTL.format(python=sys.executable, path=str(held)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    target = Target("a cluster", "exec:kubectl", program=str(program))
    params = {"context": "prod", "namespace": "ai", "deployment": "chat"}
    with TargetTransport(target, lambda uri: uri) as transport:
        station = Station(transport, target)
        plan = station.plan(station.measure("kubernetes", "scale-to-zero", params))
        outcome = station.go(plan)
        assert outcome.state is State.UNVERIFIED
        assert held.read_text() == "0"
        assert station.undo(plan, outcome).state is State.REVERTED
        assert held.read_text() == "3"

        changed = station.plan(station.measure("kubernetes", "scale-to-zero", params))
        held.write_text("5")  # an autoscaler was there first
        assert station.go(changed).state is State.DRIFTED
        assert held.read_text() == "5"

"""Connectors never run against their server: each says so, and does what its file says to a server of the documented form."""

import json
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.live.station import Station
from tests.support.scripted import Line, Received, Scripted, answer, json_of

from ircockpit.core.errors import RefusedError
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
            "description": "the agent that refunds",
            "routingConfiguration": [{"agentVersion": "7"}],
            "agentAliasStatus": "PREPARED",
        }
        self.enforced: list[dict[str, Any]] = []
        self.throughput = {
            "desiredModelArn": "arn:aws:bedrock:x:1:bad",
            "modelArn": "arn:aws:bedrock:x:1:bad",
        }
        self.sku = {"name": "GlobalStandard", "capacity": 120}
        self.provisioning = ["Succeeded"]
        self.limit = {"id": "rl-gpt", "model": "gpt-x", "max_requests_per_1_minute": 600}
        self.on = True
        self.keys = {"key_abc": "sk-…abc"}

    def __call__(self, request: Received, line: Line) -> None:
        said = json_of(request) if request.body else None
        for part, handle in (
            ("/agents/", self._alias),
            ("/provisioned-model-throughput/", self._throughput),
            ("/subscriptions/", self._deployment),
            ("/enforcedGuardrailsConfiguration", self._guardrails),
            ("/rate_limits", self._limits),
            ("/api_keys/", self._keys),
            ("/v1/models", self._models),
            ("/api/v2/flags/", self._flag),
            ("/v1/chat/", self._chat),
        ):
            if part in request.path:
                line.send(self._answer(request, handle, said))
                return
        line.send(answer(404))

    def _answer(self, request: Received, handle: Callable[[Any], Any], said: Any) -> bytes:
        if request.method == "DELETE":
            said = request.path.rpartition("/")[2]
        elif "/api_keys/" in request.path and request.path.rpartition("/")[2] not in self.keys:
            return answer(404, {"error": {"message": "no such key"}})
        done = handle(said)
        return answer(401 if "error" in done else 200, done)

    def _alias(self, said: Any) -> Any:
        # What is not repeated is gone.
        self.alias = {"agentAliasStatus": "PREPARED", **said} if said else self.alias
        return {"agentAlias": self.alias}

    def _guardrails(self, said: Any) -> Any:
        if isinstance(said, str):
            self.enforced = [each for each in self.enforced if each["configId"] != said]
            return {}
        if said:
            chosen = said["guardrailInferenceConfig"]
            told = {
                "guardrailId": chosen["guardrailIdentifier"],
                "guardrailVersion": chosen["guardrailVersion"],
            }
            self.enforced.append({"configId": "cfg1", **told})
            return {"configId": "cfg1"}
        return {"guardrailsConfig": self.enforced}

    def _keys(self, said: Any) -> Any:
        if said:
            del self.keys[said]
            return {"object": "organization.project.api_key.deleted", "id": said, "deleted": True}
        return {"id": "key_abc", "redacted_value": self.keys["key_abc"]}

    def _models(self, _: Any) -> Any:
        return {"object": "list", "data": []} if self.keys else {"error": {"code": "invalid_api_key"}}

    def _throughput(self, said: Any) -> Any:
        if said:
            self.throughput = dict.fromkeys(self.throughput, said["desiredModelId"])
        return self.throughput

    def _deployment(self, said: Any) -> Any:
        if said:
            self.sku |= said["sku"]
            self.provisioning = ["Accepted", "Accepted", "Succeeded"]
        state = self.provisioning.pop(0) if len(self.provisioning) > 1 else self.provisioning[0]
        return {"sku": {"tier": "Standard", **self.sku}, "properties": {"provisioningState": state}}

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
            cloud.alias.get("description"),
            cloud.alias.get("aliasInvocationState") or "ACCEPT_INVOCATIONS",
        ),
        ([{"agentVersion": "7"}], "the agent that refunds", "REJECT_INVOCATIONS"),
    ),
    Case(
        "bedrock",
        "enforce-guardrail",
        {"guardrail": "strict1", "version": "3"},
        lambda cloud: [dict(each) for each in cloud.enforced],
        [{"configId": "cfg1", "guardrailId": "strict1", "guardrailVersion": "3"}],
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
            planned = there_and_back(case, Station(transport, target, sleep=lambda _: None), cloud)
        own = [request for request in server.received if "/v1/chat" not in request.path]
        assert all(request.headers["authorization"] == "secret" for request in own)
        # What changes something went out as it was planned, each once, in the order shown.
        changes = [request for request in own if request.method != "GET"]
        assert [
            (each.method, f"{server.url}{each.target}", each.body.decode()) for each in changes
        ] == planned
        kinds = {"launchdarkly": "application/json; domain-model=launchdarkly.semanticpatch"}
        bodies = [request for request in changes if request.body]
        assert {request.headers["content-type"] for request in bodies} == {
            kinds.get(case.connector, "application/json")
        }


def there_and_back(case: Case, station: Station, cloud: Cloud) -> list[tuple[str, str, str]]:
    """The changes that were shown; a hole as it was filled."""
    found = case.of(cloud)
    measure = station.runner.resolve(station.measure(case.connector, case.action, case.params))
    plan = station.plan(measure)
    outcome = station.go(plan)
    assert outcome.state is case.end, outcome.reason
    assert "recorded" in station.journal.states()
    assert case.of(cloud) == case.held
    back = station.way_back(plan, outcome)
    undone = station.runner.revert(back, back.hash)
    assert undone.state is State.REVERTED, undone.reason
    assert case.of(cloud) == found
    return [(each.method, each.url, each.body or "") for each in (*plan.requests, *back.requests)]


def test_an_alias_without_a_description_is_paused_without_one() -> None:
    cloud = Cloud()
    del cloud.alias["description"]
    with Scripted(cloud) as server:
        target = Target("a cloud", server.url, auth=Auth("Authorization", "secret"))
        with TargetTransport(target, lambda uri: uri) as transport:
            station = Station(transport, target)
            params = {"agent": "AGENT12345", "alias": "ALIAS12345"}
            plan = station.plan(station.measure("bedrock", "pause-agent", params))
            assert station.go(plan).state is State.UNVERIFIED
        (change,) = [request for request in server.received if request.method == "PUT"]
    assert "description" not in json_of(change)


def test_a_guardrail_that_is_enforced_already_is_left_alone() -> None:
    cloud = Cloud()
    cloud.enforced = [{"configId": "cfg0", "guardrailId": "other", "guardrailVersion": "1"}]
    with Scripted(cloud) as server:
        target = Target("a cloud", server.url, auth=Auth("Authorization", "secret"))
        with TargetTransport(target, lambda uri: uri) as transport:
            station = Station(transport, target)
            params = {"guardrail": "strict1", "version": "3"}
            measure = station.measure("bedrock", "enforce-guardrail", params)
            with pytest.raises(RefusedError) as caught:
                station.runner.read(measure)
    assert "enforced" in caught.value.fix


def test_a_key_is_deleted_for_good_and_one_that_is_not_there_is_told_before() -> None:
    cloud = Cloud()
    with Scripted(cloud) as server:
        target = Target("a cloud", server.url, server.url, auth=Auth("Authorization", "secret"))
        with TargetTransport(target, lambda uri: uri) as transport:
            station = Station(transport, target, sleep=lambda _: None)
            params = {"project": "proj_abc", "key_id": "key_abc"}
            measure = station.runner.resolve(station.measure("openai-project", "delete-key", params))
            plan = station.plan(measure)
            outcome = station.go(plan)
            assert outcome.state is State.EFFECTIVE, outcome.reason
            assert cloud.keys == {}
            assert plan.way_back == ()
            assert station.runner.watch_once(measure).word == "engaged"
            with pytest.raises(RefusedError, match="404"):
                station.runner.resolve(station.measure("openai-project", "delete-key", params))


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


POLICIES = """\
#!{python}
import json, pathlib, sys
held = pathlib.Path({path!r})
words = sys.argv[1:]
assert words[:4] == ["--context", "prod", "--namespace", "ai"], words
assert words[5:7] == ["networkpolicy", "ir-isolated"], words
has = json.loads(held.read_text())
if words[4] == "get":
    print(json.dumps(has))
else:
    assert words[7:9] == ["--type=json", "--patch"], words
    test, replace = json.loads(words[9])
    assert (test["op"], test["path"]) == ("test", "/metadata/resourceVersion"), test
    assert (replace["op"], replace["path"]) == ("replace", "/spec/podSelector"), replace
    if test["value"] != has["metadata"]["resourceVersion"]:
        print("error: testing value /metadata/resourceVersion failed", file=sys.stderr)
        sys.exit(1)
    has["spec"]["podSelector"] = replace["value"]
    has["metadata"]["resourceVersion"] = str(int(test["value"]) + 1)
    held.write_text(json.dumps(has))
    print("networkpolicy.networking.k8s.io/ir-isolated patched")
"""
NOBODY = {"matchLabels": {"ircockpit.isolated": "nobody"}}


def test_kubernetes_cuts_off_the_pods_that_are_named_and_no_others(tmp_path: Path) -> None:
    held, program = tmp_path / "policy", tmp_path / "kubectl"
    policy: dict[str, Any] = {
        "metadata": {"resourceVersion": "7"},
        "spec": {"podSelector": NOBODY, "policyTypes": ["Ingress", "Egress"]},
    }
    held.write_text(json.dumps(policy))
    program.write_text(POLICIES.format(python=sys.executable, path=str(held)))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    target = Target("a cluster", "exec:kubectl", program=str(program))
    params = {"context": "prod", "namespace": "ai", "label": "app.kubernetes.io/name", "value": "chat"}
    with TargetTransport(target, lambda uri: uri) as transport:
        station = Station(transport, target)
        measure = station.measure("kubernetes", "isolate", params)
        plan = station.plan(measure)
        outcome = station.go(plan)
        assert outcome.state is State.UNVERIFIED, outcome.reason
        cut_off = json.loads(held.read_text())["spec"]["podSelector"]
        assert cut_off == {"matchLabels": {"app.kubernetes.io/name": "chat"}}
        assert station.undo(plan, outcome).state is State.REVERTED
        assert json.loads(held.read_text())["spec"]["podSelector"] == NOBODY

        # An empty selector is every pod of the namespace, and a rule lets something through.
        for wrong in (
            {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
            {"podSelector": NOBODY, "policyTypes": ["Ingress", "Egress"], "egress": [{}]},
            {"podSelector": NOBODY, "policyTypes": ["Ingress"]},
        ):
            held.write_text(json.dumps({**policy, "spec": wrong}))
            with pytest.raises(RefusedError):
                station.runner.read(measure)

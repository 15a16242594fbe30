"""A parameter that is a secret: its bytes are on the wire, and in nothing that is planned, kept, shown or said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import Bench
from tests.support.scripted import Line, Received, answer

from ircockpit.core.errors import BadInput, SecretError, UsageError
from ircockpit.features.containment.engine import connector, sealed
from ircockpit.features.containment.engine.connector import examine
from ircockpit.features.containment.engine.journal import Outcome
from ircockpit.features.containment.engine.plan import Plan, bound_fields
from ircockpit.features.containment.engine.request import shown
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.recording import Recorder

KEY = 'sk-le/ak"ed+99'
SOURCE = "env:LEAKED_KEY"
BLOCK = b"""
schema_version: 1
id: flags
version: 1
vendor: test
docs: none
actions:
  - id: block
    family: block_principal
    title: block a key
    params:
      key: {help: where the leaked key is kept, type: secret, pattern: "[!-~]+"}
    read: {method: GET, path: "/keys", state: body.blocked, timeout_s: 1}
    contained: "contains(state, join(' ', ['Bearer', p.key]))"
    change: {what: "key ${p.key}", value: "to_string(contains(state, join(' ', ['Bearer', p.key])))", after: "true"}
    apply:
      - {method: PUT, path: "/keys/${p.key}", query: {also: "${p.key}"}, json: {key: "Bearer ${p.key}"}, timeout_s: 1}
    revert:
      - {method: PUT, path: /keys, json: "${before}", timeout_s: 1}
    verify:
      control: {timeout_s: 1, every_ms: 100}
      probe:
        method: POST
        path: /chat
        headers: {authorization: "Bearer ${p.key}"}
        json: {prompt: ping}
        contained: status == `403` && body.by == 'flag'
        serving: status == `200` && type(body.choices) == 'array'
        timeout_s: 1
        every_ms: 100
        within_s: 1
    blast: {tier: principal, text: whoever uses this key}
    approval: none
"""


class Keys(Bench):
    """A gateway that blocks keys, repeats them in every answer, and lists those of others."""

    def __init__(self, source: bytes = BLOCK, secret: str = KEY) -> None:
        super().__init__(source, secret=secret)
        self.blocked = ["Bearer sk-of-somebody"]
        self.gateway._serve = self._answer  # type: ignore[method-assign]
        self.gateway.server._script = self._answer

    def _answer(self, received: Received, line: Line) -> None:
        said = {"said": f"done for {KEY}", "blocked": self.blocked, "was": received.target}
        if received.path == "/chat":
            closed = received.headers["authorization"] in self.blocked
            line.send(
                answer(403, {"by": "flag", "key": KEY})
                if closed
                else answer(200, {"choices": [], "key": KEY})
            )
            return
        if received.method == "PUT":
            body = json.loads(received.body)
            self.blocked = body if isinstance(body, list) else [*self.blocked, body["key"]]
        line.send(answer(200, {**said, "blocked": self.blocked}, {"x-key": KEY}))

    def everything(self, plan: Plan, *outcomes: Outcome) -> str:
        """All that could be kept or shown."""
        asked = [*plan.requests, *plan.way_back, plan.read, *([plan.probe] if plan.probe else [])]
        told = [
            plan, bound_fields(plan), [shown(each) for each in asked], snapshot(plan, 1), outcomes, self.journal.steps,
            self.journal.samples, self.journal.snapshots,
        ]  # fmt: skip
        return repr(told)


SPELT = (KEY, json.dumps(KEY)[1:-1], "sk-le%2Fak%22ed%2B99", KEY[:8], "ak%22ed")


@pytest.fixture
def keys() -> Iterator[Keys]:
    with Keys() as bench:
        yield bench


def test_its_bytes_are_on_the_wire_and_nowhere_else(keys: Keys) -> None:
    plan = keys.plan(keys.measure("block", key=SOURCE))
    outcome = keys.go(plan)
    assert outcome.state is State.EFFECTIVE, outcome.reason
    (sent,) = keys.gateway.changes
    assert sent.target == "/keys/sk-le%2Fak%22ed%2B99?also=sk-le%2Fak%22ed%2B99"
    assert json.loads(sent.body) == {"key": f"Bearer {KEY}"}
    asked = [each for each in keys.gateway.server.received if each.path == "/chat"]
    assert {each.headers["authorization"] for each in asked} == {f"Bearer {KEY}"}
    back = keys.back(plan, outcome)
    undone = keys.runner.revert(back, back.hash)
    assert undone.state is State.REVERTED, undone.reason
    assert keys.blocked == ["Bearer sk-of-somebody"]
    kept = keys.everything(plan, outcome, undone) + keys.everything(back)
    for spelt in SPELT:
        assert spelt not in kept, spelt
    assert "<secret:key>" in kept
    assert f"<secret:key> is what {SOURCE} gives when it is sent" in kept


def test_as_plain_text_it_would_stand_in_all_of_that() -> None:
    """The control: what is looked through here does hold what it is looked through for."""
    with Keys(BLOCK.replace(b"type: secret, ", b"")) as bench:
        plan = bench.plan(bench.measure("block", key=KEY))
        outcome = bench.go(plan)
        assert KEY in bench.everything(plan, outcome)
        assert KEY in repr(bench.journal.steps)
        assert KEY in snapshot(plan, 1).decode().replace('\\"', '"')


def test_the_plan_is_what_is_sent_but_for_the_hole_that_it_declares(keys: Keys) -> None:
    plan = keys.plan(keys.measure("block", key=SOURCE))
    keys.go(plan)
    (sent,) = keys.gateway.changes
    (planned,) = plan.requests
    assert (planned.body or "").replace("<secret:key>", json.dumps(KEY)[1:-1]) == sent.body.decode()
    assert (
        planned.url.removeprefix(keys.gateway.server.url).replace(
            "%3Csecret%3Akey%3E", "sk-le%2Fak%22ed%2B99"
        )
        == sent.target
    )


def test_what_was_blocked_before_is_put_back_whole_though_the_key_was_in_it(keys: Keys) -> None:
    """The way back restores what was read, in which the key stood as a mark."""
    keys.blocked.append(f"Bearer {KEY}")
    reading = keys.runner.read(keys.measure("block", key=SOURCE))
    assert reading.contained
    assert reading.state == ["Bearer sk-of-somebody", "Bearer <secret:key>"]
    plan = keys.plan_of(keys.measure("block", key=SOURCE), reading._replace(contained=False))
    back = keys.back(plan, Outcome(State.EFFECTIVE, "", 1, 0, 0, (), None, {}, ()))
    keys.runner.revert(back._replace(unseen=True), back._replace(unseen=True).hash)
    assert json.loads(keys.gateway.changes[-1].body) == ["Bearer sk-of-somebody", f"Bearer {KEY}"]


def test_the_hash_is_over_the_source_and_over_no_value() -> None:
    with Keys() as one, Keys(secret="another-key-99") as other:
        first = one.plan(one.measure("block", key=SOURCE))
        elsewhere = one.plan(one.measure("block", key="env:OTHER_KEY"))
        measure = other.measure("block", key=SOURCE)
        again = first._replace(measure=measure._replace(target=first.measure.target))
        assert first.hash == again.hash, "a digest of a value could be guessed from what is on record"
        assert first.hash != elsewhere.hash


def test_a_snapshot_leads_back_without_the_value(keys: Keys) -> None:
    plan = keys.plan(keys.measure("block", key=SOURCE))
    restored = restore(snapshot(plan, 1), keys.target)
    assert restored.as_approved
    assert restored.plan.requests == plan.requests


@pytest.mark.parametrize("pasted", [KEY, "", "sk-1234567890", "https://a"])
def test_a_pasted_value_is_refused_and_never_repeated(keys: Keys, pasted: str) -> None:
    with pytest.raises(UsageError) as caught:
        keys.measure("block", key=pasted)
    assert "name where it is kept" in caught.value.what
    assert not pasted or pasted not in " ".join(caught.value.sentences())


@pytest.mark.parametrize(
    "value", ["short", "x" * 300, "has\nlines in it", "h\u00e9llo w\u00f6rld", "with blank"]
)
def test_a_value_of_another_form_is_refused_before_anything_is_sent(value: str) -> None:
    with Keys(secret=value) as bench, pytest.raises(SecretError) as caught:
        bench.runner.read(bench.measure("block", key=SOURCE))
    assert value not in " ".join(caught.value.sentences())
    assert bench.gateway.server.received == []


def test_a_secret_that_is_gone_when_it_is_to_be_sent_sends_nothing(keys: Keys) -> None:
    plan = keys.plan(keys.measure("block", key=SOURCE))
    proof = keys.runner.prove(plan.measure)

    def gone(_: str) -> str:
        raise SecretError("env:LEAKED_KEY is not set", safe="Nothing was sent.")

    keys.transport._reveal = gone
    outcome = keys.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.FAILED
    assert "nothing was sent" in outcome.reason
    assert keys.gateway.changes == []


def test_a_recording_keeps_the_exchange_without_it(keys: Keys, tmp_path: Path) -> None:
    recorder = Recorder(keys.transport)
    recorder.begin(keys.connector.action("block"))
    keys.runner._around = keys.runner._around._replace(transport=recorder)
    assert keys.go(keys.plan(keys.measure("block", key=SOURCE))).state is State.EFFECTIVE
    written = recorder.write(tmp_path, "block").read_text("utf-8")
    for spelt in SPELT[:3]:
        assert spelt not in written, spelt


@pytest.mark.parametrize(
    "extra", ["default: env:KEY", "enum: [a]", "source: {method: GET, path: /x, pick: body}"]
)
def test_a_secret_has_no_default_and_nothing_to_choose_from(extra: str) -> None:
    source = BLOCK.replace(b'pattern: "[!-~]+"}', f"{extra}}}".encode())
    assert any("a secret has no default" in finding.what for finding, _ in examine(source))
    with pytest.raises(BadInput):
        connector.load(source)


def test_a_secret_is_no_argument_of_a_program() -> None:
    source = BLOCK.replace(
        b'read: {method: GET, path: "/keys", state: body.blocked, timeout_s: 1}',
        b'read: {args: [get, "${p.key}"], state: body, timeout_s: 1}',
    )
    assert any("argument of a program" in finding.what for finding, _ in examine(source))


def test_one_secret_within_another_is_taken_out_whole() -> None:
    secrets = {sealed.mark("a"): "sk-leaked", sealed.mark("b"): "sk-leaked-long"}
    assert sealed.closed(["sk-leaked-long sk-leaked", {"sk-leaked": 1}], secrets) == [
        "<secret:b> <secret:a>", {"<secret:a>": 1},
    ]  # fmt: skip
    assert sealed.opened(sealed.closed("x sk-leaked-long", secrets), secrets) == "x sk-leaked-long"
    numbers = {sealed.mark("pin"): "12345678"}
    assert sealed.closed({"pin": 12345678, "n": 1, "t": True}, numbers) == {
        "pin": "<secret:pin>",
        "n": 1,
        "t": True,
    }

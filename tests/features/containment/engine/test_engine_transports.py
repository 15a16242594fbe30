"""Controls that speak no HTTP: what is approved is what is sent, and no value becomes a command or an option."""

import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from tests.features.containment.engine.gateway import DEVICE, Journal
from tests.support.scripted import Skipping

from ircockpit.core.errors import BadInput, RefusedError, UsageError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.measure import bind
from ircockpit.features.containment.engine.plan import Expiry, Plan, make_plan, make_revert
from ircockpit.features.containment.engine.request import bound, shown
from ircockpit.features.containment.engine.run import Runner
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Auth, Target
from ircockpit.features.containment.engine.transport import TargetTransport

LINES = b"""
schema_version: 1
id: runtime
version: 1
vendor: test
docs: none
actions:
  - id: block
    family: block_principal
    title: block a key
    params:
      key: {help: the header that is refused, default: bearer sk-leaked}
    read: {line: show acl keys, ok: "status == `0`", state: "sort(lines(text))"}
    contained: contains(state, p.key)
    change: {what: keys, value: length(state), after: one more}
    apply: [{line: "add acl keys ${p.key}"}]
    revert: [{line: "del acl keys ${p.key}"}]
    verify: {}
    blast: {tier: principal, text: one key}
    approval: none
"""


class Runtime:
    """A socket of lines that holds a list, with HAProxy's rules: blanks part words, ``;`` parts commands."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.received: list[bytes] = []
        self.truncate = False
        """Keep only the first word of an entry and answer success, as the real one does without an escape."""
        self._listening = socket.socket()
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(4)
        self.url = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(60)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(10)
                line = b""
                while not line.endswith(b"\n") and (part := connection.recv(4096)):
                    line += part
                self.received.append(line)
                connection.sendall(self._answer(line.decode().rstrip("\n")).encode() + b"\n")

    def _answer(self, line: str) -> str:
        words = line.replace("\\ ", "\0").split(" ")
        command, entry = " ".join(words[:3]), words[3].replace("\0", " ") if len(words) > 3 else ""
        if self.truncate:
            entry = entry.split(" ")[0]
        if command == "show acl keys":
            return "\n".join(self.keys)
        if command == "add acl keys":
            self.keys.append(entry)
            return ""
        if command == "del acl keys" and entry in self.keys:
            self.keys.remove(entry)
            return ""
        return "Key not found."


class Desk:
    """A runner at a target."""

    def __init__(self, source: bytes, target: Target) -> None:
        self.connector, self.target = connector.load(source), target
        self.clock, self.journal = Skipping(), Journal()
        self.transport = TargetTransport(target, lambda _: "")
        self.runner = Runner(
            self.transport, self.clock, self.clock.sleep, self.journal, lambda: False, DEVICE
        )

    def plan(self, action: str, **params: str) -> Plan:
        measure = bind(self.connector, action, params, self.target)
        return make_plan(measure, self.runner.read(measure), **self._about())

    def _about(self) -> dict[str, Any]:
        expiry = Expiry.after(self.clock, 900_000_000)
        return {"trust": self.transport.trust, "device": DEVICE, "nonce": "n", "expiry": expiry}

    def there_and_back(self, plan: Plan) -> tuple[State, State]:
        outcome = self.runner.apply(plan, self.runner.prove(plan.measure), plan.hash)
        back = make_revert(
            plan,
            self.runner.read(plan.measure),
            observed=outcome.observed,
            captures=outcome.captures,
            **self._about(),
        )
        self.journal.steps.clear()
        return outcome.state, self.runner.revert(back, back.hash).state


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime() as runtime:
        yield runtime


def test_a_line_is_sent_as_approved_with_its_blanks_escaped(runtime: Runtime) -> None:
    desk = Desk(LINES, Target("haproxy", runtime.url))
    plan = desk.plan("block")
    assert shown(plan.requests[0]) == (f"LINE {runtime.url}", "add acl keys bearer\\ sk-leaked")
    assert desk.there_and_back(plan) == (State.UNVERIFIED, State.REVERTED)  # there is no probe
    assert b"add acl keys bearer\\ sk-leaked\n" in runtime.received
    assert runtime.keys == []


def test_words_of_refusal_to_a_line_that_changes_something_are_no_success(runtime: Runtime) -> None:
    desk = Desk(LINES.replace(b"add acl keys", b"add acl none"), Target("haproxy", runtime.url))
    plan = desk.plan("block")
    outcome = desk.runner.apply(plan, desk.runner.prove(plan.measure), plan.hash)
    assert outcome.state is State.FAILED
    assert "answered Key not found." in outcome.reason


def test_an_entry_that_was_truncated_and_answered_as_success_is_not_contained(runtime: Runtime) -> None:
    runtime.truncate = True
    desk = Desk(LINES, Target("haproxy", runtime.url))
    plan = desk.plan("block")
    outcome = desk.runner.apply(plan, desk.runner.prove(plan.measure), plan.hash)
    assert outcome.state is State.PARTIAL
    assert "recorded" not in desk.journal.states()


@pytest.mark.parametrize("key", ["x; disable server llm/prod", ";", "<<", "x <<", "ключ", ""], ids=repr)
def test_a_value_cannot_become_a_command(runtime: Runtime, key: str) -> None:
    desk = Desk(LINES, Target("haproxy", runtime.url))
    with pytest.raises(BadInput, match="cannot stand in a command"):
        desk.plan("block", key=key)
    with pytest.raises(UsageError):
        desk.plan("block", key="x\ndisable server llm/prod")
    assert all(line == b"show acl keys\n" for line in runtime.received)


def test_a_backslash_of_a_value_escapes_nothing(runtime: Runtime) -> None:
    desk = Desk(LINES, Target("haproxy", runtime.url))
    assert shown(desk.plan("block", key="a\\ b").requests[0])[1] == "add acl keys a\\\\\\ b"


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1", "no address of a socket"),
        ("tcp://me@127.0.0.1:1", "no address of a socket"),
        ("tcp://@127.0.0.1:1", "no address of a socket"),
        ("tcp://127.0.0.1:1#me", "no address of a socket"),
        ("tcp://127.0.0.1\n:1", "no address of a socket"),
        ("tcp://gateway..example:1", "no address of a socket"),
        ("unix:relative", "no address of a socket"),
        ("http://127.0.0.1:1", "does not work on"),
        ("exec:kubectl", "does not say which program"),
        ("exec:../x", "names no program"),
    ],
)
def test_an_address_of_another_kind_is_refused_before_anything_is_sent(address: str, why: str) -> None:
    with pytest.raises((UsageError, RefusedError), match=why):
        bind(connector.load(LINES), "block", {}, Target("t", address))


def test_a_socket_takes_no_credentials() -> None:
    with pytest.raises(UsageError, match="nothing can show who sends"):
        bind(connector.load(LINES), "block", {}, Target("t", "tcp://127.0.0.1:1", auth=Auth("A", "env:T")))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"add acl keys ${p.key}", b"add acl keys ${p.key}; show info", "without ; and <<"),
        (b"{line: show acl keys,", b"{line: show acl keys, path: /x, method: GET,", "one of the three"),
        (b"{line: show acl keys,", b"{args: [show],", "this must be the arguments of a program"),
    ],
)
def test_a_file_that_mixes_kinds_is_refused(old: bytes, new: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        connector.load(LINES.replace(old, new))


# Programs

TOOL = """#!{python} -I
import json, sys, pathlib
held = pathlib.Path({held!r})
state = json.loads(held.read_text())
calls = pathlib.Path({calls!r})
calls.write_text(calls.read_text() + json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "get":
    print(json.dumps(state))
elif sys.argv[1] == "patch":
    state["replicas"] = json.loads(sys.argv[-1])["replicas"]
    held.write_text(json.dumps(state))
else:
    sys.exit("unknown verb")
"""

PROGRAM = b"""
schema_version: 1
id: tool
version: 1
vendor: test
docs: none
actions:
  - id: scale
    family: disable_model
    title: scale to nothing
    params:
      name: {help: name of the deployment}
    read: {args: [get, "${p.name}"], state: body.replicas}
    contained: state == `0`
    change: {what: replicas, value: state, after: "0"}
    apply: [{args: [patch, "${p.name}", -p, {replicas: 0}]}]
    revert: [{args: [patch, "${p.name}", -p, {replicas: "${before}"}]}]
    verify: {}
    blast: {tier: endpoint, text: everybody}
    approval: none
"""


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    held, calls, path = tmp_path / "held", tmp_path / "calls", tmp_path / "tool"
    held.write_text('{"replicas": 3}')
    calls.write_text("")
    path.write_text(TOOL.format(python=sys.executable, held=str(held), calls=str(calls)))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_program_is_run_with_the_arguments_approved(tool: Path) -> None:
    desk = Desk(PROGRAM, Target("cluster", "exec:tool", program=str(tool)))
    plan = desk.plan("scale", name="bot; rm -rf $HOME")
    assert shown(plan.requests[0]) == (
        f"RUN exec:{tool}", '"patch"', '"bot; rm -rf $HOME"', '"-p"', '"{\\"replicas\\":0}"',
    )  # fmt: skip
    assert bound(plan.requests[0])["args"] == ["patch", "bot; rm -rf $HOME", "-p", '{"replicas":0}']
    assert desk.there_and_back(plan) == (State.UNVERIFIED, State.REVERTED)
    assert (tool.parent / "held").read_text() == '{"replicas": 3}'
    assert '["patch", "bot; rm -rf $HOME", "-p", "{\\"replicas\\":0}"]' in (tool.parent / "calls").read_text()


def test_every_argument_counts_in_the_hash(tool: Path) -> None:
    desk = Desk(PROGRAM, Target("cluster", "exec:tool", program=str(tool)))
    plan = desk.plan("scale", name="bot")
    other = plan._replace(
        requests=(plan.requests[0]._replace(args=("patch", "bot", "-p", '{"replicas":1}')),)
    )
    assert other.hash != plan.hash
    with pytest.raises(RefusedError):
        desk.runner.apply(other, desk.runner.prove(plan.measure), plan.hash)


def test_another_program_than_the_targets_is_never_run(tool: Path) -> None:
    desk = Desk(PROGRAM, Target("cluster", "exec:tool", program=str(tool)))
    request = desk.plan("scale", name="bot").requests[0]
    with pytest.raises(RefusedError, match="another program"):
        desk.transport.send(request._replace(url="exec:/bin/sh"), 5)


def test_a_value_cannot_become_an_option_wherever_it_stands(tool: Path) -> None:
    target = Target("cluster", "exec:tool", program=str(tool))
    for before in (b"", b"--now, "):  # an option that takes no value leaves the next argument an option
        behind = PROGRAM.replace(b'"${p.name}"', before + b'"${p.name}"')
        with pytest.raises(BadInput, match="becomes an option"):
            Desk(behind, target).plan("scale", name="--kubeconfig=/tmp/evil")
    taking = PROGRAM.replace(b'"${p.name}"', b'"--name=${p.name}"')
    assert Desk(taking, target).plan("scale", name="-x").requests[0].args[:2] == ("patch", "--name=-x")


def test_a_program_that_cannot_read_says_why_in_its_own_words(tool: Path) -> None:
    target = Target("cluster", "exec:tool", program=str(tool))
    with pytest.raises(RefusedError, match=r"ended with exit status 1 \(unknown verb\), which is not"):
        Desk(PROGRAM.replace(b"[get,", b"[destroy,"), target).plan("scale", name="bot")


def test_a_program_that_fails_says_so_in_its_own_words(tool: Path) -> None:
    desk = Desk(PROGRAM.replace(b"[patch,", b"[destroy,"), Target("cluster", "exec:tool", program=str(tool)))
    plan = desk.plan("scale", name="bot")
    outcome = desk.runner.apply(plan, desk.runner.prove(plan.measure), plan.hash)
    assert outcome.state is State.UNKNOWN  # it may have asked for the change before it failed
    assert "ended with exit status 1" in outcome.reason
    assert desk.journal.steps[-1].exchange is not None
    assert desk.journal.steps[-1].exchange.excerpt == "unknown verb"


def test_a_snapshot_of_either_kind_leads_back(tool: Path, runtime: Runtime) -> None:
    for source, action, params, target in (
        (PROGRAM, "scale", {"name": "bot"}, Target("cluster", "exec:tool", program=str(tool))),
        (LINES, "block", {}, Target("haproxy", runtime.url)),
    ):
        plan = Desk(source, target).plan(action, **params)
        assert restore(snapshot(plan, 5), target).plan == plan

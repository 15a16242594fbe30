"""A gateway on real sockets whose control and data plane tell the truth until a test makes them lie."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tests.support.scripted import Line, Received, Script, Scripted, Skipping, answer, json_of

from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.answer import Reading
from ircockpit.features.containment.engine.journal import Outcome, Step
from ircockpit.features.containment.engine.measure import Measure, bind
from ircockpit.features.containment.engine.plan import Expiry, Plan, make_plan, make_revert
from ircockpit.features.containment.engine.probe import Proof, Sample
from ircockpit.features.containment.engine.run import Runner
from ircockpit.features.containment.engine.states import may_follow
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport

if TYPE_CHECKING:
    from collections.abc import Callable

FLAG = b"""
schema_version: 1
id: flags
version: 3
vendor: test
docs: none
actions:
  - id: "off"
    family: disable_feature
    title: switch the feature off
    params:
      flag: {help: name of the flag, pattern: "[a-z.]{1,40}", default: chat.enabled}
    read: {method: GET, path: "/flags/${p.flag}", state: body.flag.enabled, timeout_s: 1}
    contained: state == `false`
    change: {what: "${p.flag}", value: state, after: "false"}
    apply:
      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: false}, timeout_s: 1}
    revert:
      - {method: PUT, path: "/flags/${p.flag}", json: {enabled: "${before}"}, timeout_s: 1}
    verify:
      control: {timeout_s: 5, every_ms: 100}
      probe:
        method: POST
        path: /chat
        json: {prompt: ping}
        contained: status == `403` && body.by == 'flag'
        serving: status == `200` && type(body.choices) == 'array'
        timeout_s: 1
        every_ms: 500
        consecutive: 3
        within_s: 30
    blast: {tier: feature, text: everybody who uses the feature}
    approval: none
    deadline_s: 120
"""
FLAG_PATH = "/flags/chat.enabled"
DEVICE = "device one"


def says(status: int, body: object = b"") -> Script:
    """A script that always gives this answer."""
    return lambda _, line: line.send(answer(status, body))


def silence(_: Received, line: Line) -> None:
    """A script that hears and never answers."""
    line.hang()


class Gateway:
    """Flags under ``/flags/<name>``, traffic under ``/chat``."""

    def __init__(self) -> None:
        self.flags: dict[str, Any] = {"chat.enabled": True, "other.enabled": True}
        self.stale = 0
        """Answers the data plane still gives the old way after each change; large for ever."""
        self.outage = False
        self.lies: dict[tuple[str, str], Script] = {}
        """Scripts for a method and path, instead of the truth."""
        self.server = Scripted(self._serve)
        self._stale_left = 0
        self._seen = True

    @property
    def changes(self) -> list[Received]:
        """Requests that would change something, as received."""
        return [each for each in self.server.received if each.method == "PUT"]

    def lie_once(self, method: str, path: str, *scripts: Script) -> None:
        """Answer by these scripts, one each, and truly afterwards."""
        left = list(scripts)

        def script(received: Received, line: Line) -> None:
            (left.pop(0) if left else self.truth)(received, line)

        self.lies[method, path] = script

    def truth(self, received: Received, line: Line) -> None:
        """What an honest gateway does and says."""
        line.send(self._truth(received))

    def _serve(self, received: Received, line: Line) -> None:
        self.lies.get((received.method, received.path), self.truth)(received, line)

    def _truth(self, received: Received) -> bytes:
        if received.path == "/chat":
            return self._chat()
        name = received.path.removeprefix("/flags/")
        if name not in self.flags:
            return answer(404, {"message": "no such flag"})
        if received.method == "PUT":
            self.set(name, json_of(received)["enabled"])
            return answer(200, {"said": "ok"})
        return answer(200, {"flag": {"name": name, "enabled": self.flags[name]}})

    def set(self, name: str, enabled: object) -> None:
        """Change a flag, as a request or somebody else would."""
        self.flags[name] = enabled
        self._stale_left = self.stale

    def _chat(self) -> bytes:
        if self._stale_left > 0:
            self._stale_left -= 1
        else:
            self._seen = bool(self.flags["chat.enabled"])
        if self.outage:
            return answer(503, b"upstream connect error")
        if self._seen:
            return answer(200, {"choices": [{"text": "pong"}]})
        return answer(403, {"by": "flag"})


class Journal:
    """Keeps everything in memory and the order of it; checks that transitions are the allowed ones."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.snapshots: list[bytes] = []
        self.steps: list[Step] = []
        self.samples: list[tuple[Sample, int, int]] = []
        self.at: dict[str, Callable[[], None]] = {}
        """What else happens when a state is journalled, by its name; ``snapshot`` likewise."""

    def snapshot(self, raw: bytes) -> None:
        """See :class:`ircockpit.features.containment.engine.journal.Journal`."""
        self.snapshots.append(raw)
        self._note("snapshot")

    def step(self, step: Step) -> None:
        """See :class:`ircockpit.features.containment.engine.journal.Journal`."""
        if self.steps:
            assert may_follow(self.steps[-1].state, step.state), (self.steps[-1], step)
        self.steps.append(step)
        self._note(step.state.value)

    def sample(self, sample: Sample, passes: int, wanted: int) -> None:
        """See :class:`ircockpit.features.containment.engine.journal.Journal`."""
        self.samples.append((sample, passes, wanted))

    def states(self) -> list[str]:
        """The states journalled, in order."""
        return [step.state.value for step in self.steps]

    def _note(self, what: str) -> None:
        self.order.append(what)
        if what in self.at:
            self.at[what]()


class Bench:
    """A gateway, a connector, and a runner between them whose waiting takes no time."""

    def __init__(self, source: bytes = FLAG, secret: str = "", **target: Any) -> None:
        self.gateway = Gateway()
        self.clock = Skipping()
        self.journal = Journal()
        self.cancelled = False
        self.connector = connector.load(source)
        given = {"base_url": self.gateway.server.url, "probe_url": self.gateway.server.url, **target}
        self.target = Target("gateway eu-1", **given)
        self.transport = TargetTransport(self.target, lambda _: secret)
        self.runner = Runner(
            self.transport, self.clock, self.clock.sleep, self.journal, lambda: self.cancelled, DEVICE
        )

    def __enter__(self) -> Self:
        self.gateway.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.transport.__exit__(kind, error, trace)
        self.gateway.server.__exit__(kind, error, trace)

    def measure(self, action: str = "off", **params: str) -> Measure:
        """The connector's action on this gateway."""
        return bind(self.connector, action, params, self.target)

    def plan(self, measure: Measure | None = None) -> Plan:
        """Read, then plan."""
        measure = measure or self.measure()
        return self.plan_of(measure, self.runner.read(measure))

    def plan_of(self, measure: Measure, reading: Reading) -> Plan:
        """Plan from a reading."""
        return make_plan(
            measure,
            reading,
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-1",
            expiry=Expiry.after(self.clock, 900_000_000),
        )

    def go(self, plan: Plan | None = None, proof: Proof | None = None) -> Outcome:
        """Read, plan, prove, approve, apply."""
        plan = plan or self.plan()
        proof = proof or self.runner.prove(plan.measure)
        return self.runner.apply(plan, proof, plan.hash)

    def back(self, plan: Plan, outcome: Outcome) -> Plan:
        """The plan that undoes ``plan``."""
        return make_revert(
            plan,
            self.runner.read(plan.measure),
            observed=outcome.observed,
            captures=outcome.captures,
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-2",
            expiry=Expiry.after(self.clock, 900_000_000),
        )

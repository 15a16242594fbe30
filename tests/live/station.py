"""What the engine needs to drive one control, and what it said and sent: shared by all tests against real servers."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.features.containment.engine.gateway import Journal

from ircockpit.core.clock import SystemClock
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.journal import Outcome
from ircockpit.features.containment.engine.measure import Measure, Value, bind
from ircockpit.features.containment.engine.plan import Expiry, Plan, make_plan, make_revert
from ircockpit.features.containment.engine.request import LINE, PlannedRequest
from ircockpit.features.containment.engine.run import Runner
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport

DEVICE = "device one"
LEAKED_AT = "env:LEAKED_KEY"
SECRETS = {LEAKED_AT: "sk-leaked-1"}
"""What the sources of secrets give; any other gives its own name."""
VALID_US = 900_000_000
OWN_HEADERS = frozenset({"host", "user-agent", "accept-encoding", "content-length", "connection"})
"""What the client adds to every request and no connector can set."""


def revealed(uri: str) -> str:
    """What a source gives."""
    return SECRETS.get(uri, uri)


class Station:
    """A runner before one target."""

    def __init__(
        self, transport: TargetTransport, target: Target, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.target, self.transport = target, transport
        self.clock = SystemClock()
        self.journal = Journal()
        self.runner = Runner(transport, self.clock, sleep, self.journal, lambda: False, DEVICE)

    def measure(self, source: str | Connector, action: str, params: Mapping[str, Value]) -> Measure:
        """An action of a shipped connector, or of another one, on this target."""
        found = connector.shipped(source) if isinstance(source, str) else source
        return bind(found, action, params, self.target)

    def plan(self, measure: Measure) -> Plan:
        """What would be sent now."""
        return make_plan(
            measure,
            self.runner.read(measure),
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-1",
            expiry=Expiry.after(self.clock, VALID_US),
            made_us=self.clock.wall_us(),
        )

    def go(self, plan: Plan) -> Outcome:
        """Prove that the probe can fail, then apply."""
        self.journal.steps.clear()  # a further plan is a further action
        return self.runner.apply(plan, self.runner.prove(plan.measure), plan.hash)

    def way_back(self, plan: Plan, outcome: Outcome) -> Plan:
        """The plan that undoes what ``outcome`` left."""
        return make_revert(
            plan,
            self.runner.read(plan.measure),
            observed=outcome.observed,
            captures=outcome.captures,
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-2",
            expiry=Expiry.after(self.clock, VALID_US),
        )

    def undo(self, plan: Plan, outcome: Outcome) -> Outcome:
        """Go the way back."""
        back = self.way_back(plan, outcome)
        return self.runner.revert(back, back.hash)


@contextmanager
def before(control: str, front: str, **access: Any) -> Iterator[Station]:
    """A station before a server whose two addresses are these."""
    target = Target("the server", control, front, **access)
    with TargetTransport(target, revealed) as transport:
        yield Station(transport, target)


def as_sent(
    request: PlannedRequest,
    raw: bytes | tuple[str, ...],
    reveal: Callable[[str], str],
    captures: Mapping[str, Any] | None = None,
) -> bool:
    """Whether these bytes, or arguments of a program, are exactly what the plan shows: secrets and captures in their places.

    The client's own headers are left out.
    """
    if isinstance(raw, tuple):
        return raw == request.args

    def whole(text: str) -> str:
        for name, uri in request.secrets:
            text = text.replace(f"<secret:{name}>", reveal(uri))
        return text

    body = whole(request.body or "")
    for name in request.holes:
        body = body.replace(f"<{name}>", str((captures or {})[name]))
    if request.method == LINE:
        return raw == f"{body}\n".encode("ascii")
    head, _, sent = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("ascii").split("\r\n")
    where = urlsplit(request.url)
    path = where.path + (f"?{where.query}" if where.query else "")
    headers = sorted((name.lower(), value) for name, _, value in (line.partition(": ") for line in rest))
    shown = sorted(
        (each.name, whole(each.value) + (reveal(each.secret) if each.secret else ""))
        for each in request.headers
    )
    return (
        first == f"{request.method} {path} HTTP/1.1"
        and [each for each in headers if each[0] not in OWN_HEADERS] == shown
        and sent == body.encode("ascii")
    )

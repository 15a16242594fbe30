"""The shipped Envoy connector against a real Envoy: what it says is what the traffic shows."""

import time
from collections.abc import Iterator

import pytest
from tests.features.containment.engine.gateway import Journal
from tests.support.envoy import FALLBACK, HALT, UNUSED, Envoy
from tests.support.upstream import Upstream

from ircockpit.core.clock import SystemClock
from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.journal import Outcome
from ircockpit.features.containment.engine.measure import Measure, bind
from ircockpit.features.containment.engine.plan import Expiry, Plan, make_plan, make_revert
from ircockpit.features.containment.engine.probe import Verdict
from ircockpit.features.containment.engine.run import Runner
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import HttpTransport

pytestmark = pytest.mark.live

DEVICE = "device one"


class Site:
    """A real gateway before two models, and a runner that drives it."""

    def __init__(self, envoy: Envoy, prod: Upstream, transport: HttpTransport, target: Target) -> None:
        self.envoy, self.prod, self.target = envoy, prod, target
        self.clock = SystemClock()
        self.journal = Journal()
        self.transport = transport
        self.runner = Runner(transport, self.clock, time.sleep, self.journal, lambda: False, DEVICE)

    def measure(self, action: str, source: Connector | None = None, **params: str) -> Measure:
        return bind(source or connector.shipped("envoy"), action, params, self.target)

    def plan(self, measure: Measure) -> Plan:
        return make_plan(
            measure,
            self.runner.read(measure),
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-1",
            expiry=Expiry.after(self.clock, 900_000_000),
        )

    def go(self, plan: Plan) -> Outcome:
        proof = self.runner.prove(plan.measure)
        return self.runner.apply(plan, proof, plan.hash)

    def undo(self, plan: Plan, outcome: Outcome) -> Outcome:
        way_back = make_revert(
            plan,
            self.runner.read(plan.measure),
            observed=outcome.observed,
            captures=outcome.captures,
            trust=self.transport.trust,
            device=DEVICE,
            nonce="n-2",
            expiry=Expiry.after(self.clock, 900_000_000),
        )
        return self.runner.revert(way_back, way_back.hash)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Envoy, Upstream]]:
    folder = tmp_path_factory.mktemp("envoy")
    with (
        Upstream("prod") as prod,
        Upstream("fallback") as fallback,
        Envoy(folder, prod.port, fallback.port) as envoy,
    ):
        yield envoy, prod


@pytest.fixture
def site(running: tuple[Envoy, Upstream]) -> Iterator[Site]:
    envoy, prod = running
    target = Target("envoy eu-1", envoy.admin, envoy.listener)
    with HttpTransport(target, lambda uri: uri) as transport:
        yield Site(envoy, prod, transport, target)
    prod.healthy = True
    for key in (HALT, FALLBACK, UNUSED):
        envoy.modify(key, "")


@pytest.mark.parametrize(("action", "key", "status"), [("halt", HALT, 503), ("fallback", FALLBACK, 200)])
def test_the_whole_way_there_and_back(action: str, key: str, status: int, site: Site) -> None:
    measure = site.measure(action)
    plan = site.plan(measure)
    assert plan.requests[0].url == f"{site.envoy.admin}/runtime_modify?{key}=100"
    assert plan.shift == (key, "0", "100", "0")

    outcome = site.go(plan)
    assert outcome.state is State.EFFECTIVE, outcome.reason
    assert site.journal.states() == ["approved", "sent", "accepted", "recorded", "effective"]
    assert site.envoy.final_value(key) == "100"
    times = [step.since_us for step in site.journal.steps[2:]]
    assert all(each is not None for each in times)
    assert times == sorted(times, key=lambda each: each or 0)
    # Three probes in a row, 200 ms apart, and nothing slower than that.
    assert outcome.since_us is not None
    assert 400_000 <= outcome.since_us < 5_000_000
    assert {sample.exchange.status for sample in outcome.samples} == {status}
    assert site.runner.watch_once(measure).word == "engaged"

    undone = site.undo(plan, outcome)
    assert undone.state is State.REVERTED, undone.reason
    assert site.runner.read(measure).state == {"value": "0", "override": ""}
    assert site.runner.watch_once(measure).word == "drifted"


def test_an_undeclared_key_is_refused_before_anything_is_sent(site: Site) -> None:
    site.envoy.modify("ir.halt_ptc", "100")
    for key in ("ir.halt_ptc", "ir.never_heard_of"):
        with pytest.raises(RefusedError) as caught:
            site.runner.read(site.measure("halt", key=key))
        assert "misspelt" in caught.value.fix
    site.envoy.modify("ir.halt_ptc", "")
    assert site.envoy.final_value(HALT) == "0"


def test_a_connector_that_misspells_the_key_is_accepted_by_envoy_and_never_recorded(site: Site) -> None:
    source = connector.shipped("envoy").source
    source = source.replace(b'query: {"${p.key}": "100"}', b'query: {"${p.key}_": "100"}')
    misspelt = connector.load(source.replace(b"control: {timeout_s: 5", b"control: {timeout_s: 1"))
    outcome = site.go(site.plan(site.measure("halt", misspelt)))
    assert "accepted" in site.journal.states()
    assert not {"recorded", "effective"} & set(site.journal.states())
    assert outcome.state is State.FAILED
    assert site.envoy.final_value(HALT + "_") == "100"
    site.envoy.modify(HALT + "_", "")


def test_a_key_that_nothing_listens_to_is_recorded_and_never_effective(site: Site) -> None:
    quick = connector.shipped("envoy").source.replace(b"within_s: 30", b"within_s: 1")
    outcome = site.go(site.plan(site.measure("halt", connector.load(quick), key=UNUSED)))
    assert "recorded" in site.journal.states()
    assert outcome.state is State.UNVERIFIED
    assert "still served" in outcome.reason
    assert {sample.verdict for sample in outcome.samples} == {Verdict.FAIL}


def test_an_outage_behind_the_gateway_is_not_the_halt(site: Site) -> None:
    site.prod.healthy = False
    plan = site.plan(site.measure("halt"))
    proof = site.runner.prove(plan.measure)
    assert {sample.exchange.status for sample in proof.samples} == {503}
    assert {sample.verdict for sample in proof.samples} == {Verdict.INCONCLUSIVE}
    outcome = site.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert outcome.passes == 3
    assert "could not fail" in outcome.reason


def test_a_change_by_somebody_else_stops_the_plan_and_is_what_the_way_back_restores(site: Site) -> None:
    plan = site.plan(site.measure("halt"))
    site.envoy.modify(HALT, "0")
    assert site.go(plan).state is State.DRIFTED
    assert site.runner.read(plan.measure).state == {"value": "0", "override": "0"}

    site.journal.steps.clear()  # a further plan is a further action
    plan = site.plan(site.measure("halt"))
    outcome = site.go(plan)
    assert outcome.state is State.EFFECTIVE
    assert site.undo(plan, outcome).state is State.REVERTED
    assert site.runner.read(plan.measure).state == {"value": "0", "override": "0"}


def test_another_admin_layer_is_refused(site: Site) -> None:
    with pytest.raises(RefusedError):
        site.runner.read(site.measure("halt", layer="rtds"))

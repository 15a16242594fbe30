"""The shipped Envoy connector against a real Envoy: what it says is what the traffic shows."""

from collections.abc import Iterator

import pytest
from tests.live.station import Station
from tests.support.envoy import FALLBACK, HALT, UNUSED, Envoy
from tests.support.upstream import Upstream

from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.probe import Verdict
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.target import Target
from ircockpit.features.containment.engine.transport import TargetTransport

pytestmark = pytest.mark.live


class Site(Station):
    """A real Envoy before two models, and a runner that drives it."""

    def __init__(self, envoy: Envoy, prod: Upstream, transport: TargetTransport, target: Target) -> None:
        super().__init__(transport, target)
        self.envoy, self.prod = envoy, prod

    def act(self, action: str, source: Connector | None = None, **params: str) -> Measure:
        return self.measure(source or "envoy", action, params)


@pytest.fixture
def site(envoy: Envoy, upstreams: tuple[Upstream, Upstream]) -> Iterator[Site]:
    prod, _ = upstreams
    target = Target("envoy eu-1", envoy.admin, envoy.listener)
    with TargetTransport(target, lambda uri: uri) as transport:
        yield Site(envoy, prod, transport, target)
    prod.healthy = True
    for key in (HALT, FALLBACK, UNUSED):
        envoy.modify(key, "")


@pytest.mark.parametrize(("action", "key", "status"), [("halt", HALT, 503), ("fallback", FALLBACK, 200)])
def test_the_whole_way_there_and_back(action: str, key: str, status: int, site: Site) -> None:
    measure = site.runner.resolve(site.act(action))
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
            site.runner.read(site.act("halt", key=key))
        assert "misspelt" in caught.value.fix
    site.envoy.modify("ir.halt_ptc", "")
    assert site.envoy.final_value(HALT) == "0"


def test_a_connector_that_misspells_the_key_is_accepted_by_envoy_and_never_recorded(site: Site) -> None:
    source = connector.shipped("envoy").source
    source = source.replace(b'query: {"${p.key}": "100"}', b'query: {"${p.key}_": "100"}')
    misspelt = connector.load(source.replace(b"control: {timeout_s: 5", b"control: {timeout_s: 1"))
    outcome = site.go(site.plan(site.act("halt", misspelt)))
    assert "accepted" in site.journal.states()
    assert not {"recorded", "effective"} & set(site.journal.states())
    assert outcome.state is State.UNKNOWN
    assert site.envoy.final_value(HALT + "_") == "100"
    site.envoy.modify(HALT + "_", "")


def test_a_key_that_nothing_listens_to_is_recorded_and_never_effective(site: Site) -> None:
    quick = connector.shipped("envoy").source.replace(b"within_s: 30", b"within_s: 1")
    outcome = site.go(site.plan(site.act("halt", connector.load(quick), key=UNUSED)))
    assert "recorded" in site.journal.states()
    assert outcome.state is State.UNVERIFIED
    assert "still served" in outcome.reason
    assert {sample.verdict for sample in outcome.samples} == {Verdict.FAIL}


def test_an_outage_behind_the_gateway_is_not_the_halt(site: Site) -> None:
    site.prod.healthy = False
    plan = site.plan(site.act("halt"))
    proof = site.runner.prove(plan.measure)
    assert {sample.exchange.status for sample in proof.samples} == {503}
    assert {sample.verdict for sample in proof.samples} == {Verdict.INCONCLUSIVE}
    outcome = site.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert outcome.passes == 3
    assert "could not fail" in outcome.reason


def test_a_change_by_somebody_else_stops_the_plan_and_is_what_the_way_back_restores(site: Site) -> None:
    plan = site.plan(site.act("halt"))
    site.envoy.modify(HALT, "0")
    assert site.go(plan).state is State.DRIFTED
    assert site.runner.read(plan.measure).state == {"value": "0", "override": "0"}

    plan = site.plan(site.act("halt"))
    outcome = site.go(plan)
    assert outcome.state is State.EFFECTIVE
    assert site.undo(plan, outcome).state is State.REVERTED
    assert site.runner.read(plan.measure).state == {"value": "0", "override": "0"}


def test_another_admin_layer_is_refused(site: Site) -> None:
    with pytest.raises(RefusedError):
        site.runner.read(site.act("halt", layer="rtds"))


def test_a_fallback_needs_a_cluster_with_a_host_that_is_up(site: Site) -> None:
    assert site.runner.resolve(site.act("fallback")).found == {"cluster": "fallback"}
    nowhere = site.act("fallback", cluster="fallbakc")
    site.runner.read(nowhere)  # the control: what is switched is there
    with pytest.raises(NotFound) as caught:
        site.runner.resolve(nowhere)
    assert "a host that is up" in caught.value.fix

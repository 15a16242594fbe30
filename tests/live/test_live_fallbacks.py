"""Real servers take a fallback with nothing behind it: each control looks before its plan, and again before it is sent."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from tests.live.matrix import got, one
from tests.live.station import Station, before
from tests.support.caddy import Caddy
from tests.support.daemon import ask, chat, free_ports
from tests.support.envoy import FALLBACK, READY_S, SHIFT
from tests.support.haproxy import HAProxy
from tests.support.upstream import Upstream
from tests.support.watchful_envoy import WatchfulEnvoy

from ircockpit.core.errors import NotFound, UsageError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.states import State

pytestmark = pytest.mark.live

ENVOY = {
    "fallback": (FALLBACK, "100", {}),
    "roll-back": (SHIFT, "0", {"cluster": "fallback", "marker": "[spare"}),
}
"""By action: the key it sets, to what, and its parameters; without its marker a fallback begins as all of them do."""


@pytest.fixture
def site(tmp_path: Path, upstreams: tuple[Upstream, Upstream]) -> Iterator[tuple[WatchfulEnvoy, ExitStack]]:
    """An Envoy whose other cluster leads to a host that its stack takes away."""
    with ExitStack() as spare:
        away = spare.enter_context(Upstream("spare"))
        with WatchfulEnvoy(tmp_path, upstreams[0].port, away.port) as envoy:
            envoy.wait_until(up=True)
            yield envoy, spare


@pytest.mark.parametrize("action", ENVOY)
def test_envoy_goes_to_no_cluster_whose_last_host_is_down(
    action: str, site: tuple[WatchfulEnvoy, ExitStack]
) -> None:
    envoy, spare = site
    key, value, params = ENVOY[action]
    with before(envoy.control, envoy.front) as station:
        measure = station.measure("envoy", action, params)
        found = station.runner.resolve(measure)
        assert found.found == {"cluster": "fallback"}
        plan = station.plan(found)
        spare.close()
        envoy.wait_until(up=False)

        outcome = station.go(plan)
        assert outcome.state is State.FAILED
        assert "knows no cluster for these parameters" in outcome.reason
        assert "nothing was sent, plan it again" in outcome.reason
        assert envoy.final_value(key) != value
        assert got(chat(envoy.front)) == "prod"
        with pytest.raises(NotFound, match="knows no cluster"):
            station.runner.resolve(measure)
    # The control, and the lie: Envoy takes it all the same.
    envoy.modify(key, value)
    assert chat(envoy.front).status == 503


@pytest.mark.parametrize("cluster", ["fallbakc", "prod-2"])
def test_envoy_rolls_back_to_no_cluster_that_is_not_there(
    cluster: str, site: tuple[WatchfulEnvoy, ExitStack]
) -> None:
    envoy, _ = site
    with before(envoy.control, envoy.front) as station:
        measure = station.measure("envoy", "roll-back", {"cluster": cluster, "marker": "[spare"})
        station.runner.read(measure)  # the control: what is switched is there
        with pytest.raises(NotFound) as caught:
            station.runner.resolve(measure)
        assert "a host that is up" in caught.value.fix
        with pytest.raises(UsageError, match="cluster"):
            station.measure("envoy", "roll-back", {"marker": "[spare"})


@pytest.mark.parametrize(
    ("by", "action", "params", "server"),
    [
        ("haproxy", "fallback", {"backend": "llm", "server": "prod"}, "llm/fallback"),
        ("haproxy-stats", "fallback", {"backend": "llm", "server": "prod"}, "llm/fallback"),
        (
            "haproxy",
            "roll-back",
            {"key": "llm", "to": "llm-known-good", "marker": "[fallback"},
            "llm-known-good/one",
        ),
    ],
)
def test_haproxy_is_not_sent_to_what_went_down_after_the_approval(
    by: str, action: str, params: dict[str, str], server: str, haproxy: HAProxy
) -> None:
    with before(haproxy.runtime if by == "haproxy" else haproxy.control, haproxy.front) as station:
        plan = station.plan(station.runner.resolve(station.measure(by, action, params)))
        try:
            haproxy.say(f"set server {server} state maint")
            outcome = station.go(plan)
            assert outcome.state is State.FAILED
            assert outcome.reason.startswith(
                "not as approved, nothing was sent, plan it again: the server knows no "
            )
            assert one(haproxy) == ("prod",)
        finally:
            haproxy.say(f"set server {server} state ready")
        # The control: it is back, and a new plan is sent.
        assert again(station, by, action, params, plan.measure.found) is State.EFFECTIVE
    assert one(haproxy) == ("prod",)


def again(station: Station, by: str, action: str, params: dict[str, str], found: object) -> State:
    """There and back once more; what it came to."""
    until, measure = time.monotonic() + READY_S, station.measure(by, action, params)
    while measure.found != found:
        assert time.monotonic() < until, "HAProxy has not found it up again"
        time.sleep(0.02)
        with suppress(NotFound):
            measure = station.runner.resolve(measure)
    outcome = station.go(plan := station.plan(measure))
    undone = station.undo(plan, outcome)
    assert undone.state is State.REVERTED, undone.reason
    return outcome.state


def test_what_caddy_says_of_an_address_is_nothing_that_could_be_looked_up(caddy: Caddy) -> None:
    """Why its fallback has no look-up, as docs/controls.md says: the probe alone tells."""
    [port] = free_ports(1)
    nobody = f"127.0.0.1:{port}"
    for place in ("/reverse_proxy/upstreams", "/metrics"):
        assert nobody not in ask("GET", f"{caddy.control}{place}").text, (
            "of what it does not use it knows nothing"
        )
    source = connector.shipped("caddy").source.replace(b"within_s: 30", b"within_s: 1")
    with before(caddy.control, caddy.front) as station:
        measure = station.measure(connector.load(source), "fallback", {"dial": nobody})
        assert not measure.action.resolve
        outcome = station.go(plan := station.plan(measure))
        try:
            assert "recorded" in station.journal.states(), "the lie: taken, and nobody is there"
            assert chat(caddy.front).status == 502
            assert outcome.state is State.UNVERIFIED
            told = ask("GET", f"{caddy.control}/reverse_proxy/upstreams").body
            assert {"address": nobody, "num_requests": 0, "fails": 0} in told, "and says that nothing fails"
            healthy = f'caddy_reverse_proxy_upstreams_healthy{{upstream="{nobody}"}} 0'
            assert healthy not in ask("GET", f"{caddy.control}/metrics").text
        finally:
            assert station.undo(plan, outcome).state is State.REVERTED
    assert got(chat(caddy.front)) == "prod"

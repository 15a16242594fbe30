"""What real servers say that is not so, and what they do by themselves: the state shown is right all the same."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.live.matrix import SERVICE, agent, one, paged, refunded, two_keys
from tests.live.station import LEAKED_AT, SECRETS, before
from tests.support.alertmanager import Alertmanager
from tests.support.caddy import UNUSED_KEY, ByCaddyfile, Caddy
from tests.support.chroma import COLLECTION, POISON, Chroma
from tests.support.daemon import ask, chat
from tests.support.etcd import FLAG, HOLD, Etcd
from tests.support.haproxy import HAProxy
from tests.support.mlflow import ENDPOINT, SAFE, MLflow
from tests.support.rq import Queue
from tests.support.tap import Tap
from tests.support.upstream import Upstream

from ircockpit.core.errors import RefusedError, SecretError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.connector import Connector
from ircockpit.features.containment.engine.probe import Verdict
from ircockpit.features.containment.engine.states import State

pytestmark = pytest.mark.live


def variant(name: str, *changes: tuple[str, str]) -> Connector:
    """A shipped connector with some of its text changed everywhere."""
    source = connector.shipped(name).source.decode()
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return connector.load(source.encode())


def test_haproxy_stores_half_of_a_key_and_says_nothing(haproxy: HAProxy) -> None:
    careless = variant(
        "haproxy",
        (
            "line: add acl ${p.list} ${join(' ', ['Bearer', p.key])}",
            "line: add acl ${p.list} Bearer ${p.key}",
        ),
        ("control: {timeout_s: 5,", "control: {timeout_s: 1,"),
    )
    with before(haproxy.runtime, haproxy.front) as station:
        outcome = station.go(station.plan(station.measure(careless, "block-key", {"key": LEAKED_AT})))
    assert "accepted" in station.journal.states()
    assert outcome.state is State.UNKNOWN
    assert "reads back unchanged" in outcome.reason
    assert haproxy.say("show acl keys.lst").split()[1:] == ["Bearer"]
    assert two_keys(haproxy) == ("prod", "prod")
    haproxy.say("clear acl keys.lst")


def test_haproxys_page_answers_303_to_what_it_does_not_do(haproxy: HAProxy) -> None:
    wrong = variant("haproxy-stats", ("action: maint}", "action: maintenance}"))
    with before(haproxy.control, haproxy.front) as station:
        measure = station.measure(wrong, "fallback", {"backend": "llm", "server": "prod"})
        outcome = station.go(station.plan(station.runner.resolve(measure)))
        assert outcome.state is State.FAILED
        assert "303" in outcome.reason
        for params in ({"backend": "llm", "server": "nope"}, {"backend": "nope", "server": "prod"}):
            with pytest.raises(RefusedError):
                station.runner.read(station.measure("haproxy-stats", "fallback", params))
    assert one(haproxy) == ("prod",)


def test_haproxy_says_that_a_switch_is_not_there(haproxy: HAProxy) -> None:
    with before(haproxy.runtime, haproxy.front) as station, pytest.raises(RefusedError) as caught:
        station.runner.read(station.measure("haproxy", "halt", {"key": "lmm"}))
    assert "misspelt" in caught.value.fix


def test_etcd_answers_200_to_a_swap_that_lost(etcd: Etcd) -> None:
    with before(etcd.control, etcd.agent_url) as station:
        measure = station.measure("etcd", "flag", {"key": FLAG})
        plan = station.plan(measure)
        # The same value again: what is read is as it was, and yet somebody was there.
        etcd.put(FLAG, "true")
        outcome = station.go(plan)
        assert outcome.state is State.DRIFTED
        assert etcd.get(FLAG) == "true"
        with pytest.raises(RefusedError):
            station.runner.read(station.measure("etcd", "flag", {"key": "agents/refund/enabeld"}))
    assert agent(etcd) == ("agent",)


def test_etcd_lifts_a_hold_by_itself_and_that_is_seen(etcd: Etcd) -> None:
    with before(etcd.control, etcd.agent_url) as station:
        measure = station.measure("etcd", "hold", {"key": HOLD, "seconds": 4})
        plan = station.plan(measure)
        outcome = station.go(plan)
        assert outcome.state is State.EFFECTIVE, outcome.reason
        while etcd.get(HOLD) is not None:
            assert agent(etcd) in (("halted by incident response",), ("agent",))
        assert station.runner.watch_once(measure).word == "drifted"
        assert agent(etcd) == ("agent",)
        # Nothing is left to undo, and nothing is undone.
        undone = station.undo(plan, outcome)
        assert undone.state is State.REVERTED, undone.reason


def test_a_silence_ends_when_the_plan_says_and_whoever_ends_it_earlier_is_seen(
    alertmanager: Alertmanager,
) -> None:
    with before(alertmanager.control, alertmanager.front) as station:
        measure = station.measure("alertmanager", "silence", {"value": SERVICE})
        assert paged(alertmanager) == ("paged", "paged")
        outcome = station.go(plan := station.plan(measure))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        (silence,) = alertmanager.silences()
        ends = datetime.fromisoformat(silence["endsAt"].replace("Z", "+00:00"))
        assert silence["endsAt"][:19] in str(plan.requests[0].body)
        assert timedelta(hours=1) < ends - datetime.now(UTC) <= timedelta(hours=2)
        assert ask("DELETE", f"{alertmanager.control}/api/v2/silence/{silence['id']}").status == 200
        assert station.runner.watch_once(measure).word == "drifted"
        assert paged(alertmanager) == ("paged", "paged")


def test_caddy_takes_an_empty_list_for_everybody(caddy: Caddy, monkeypatch: pytest.MonkeyPatch) -> None:
    place = f"{caddy.control}/id/blocklist/match/0/header/Authorization"
    assert ask("PATCH", place, []).status == 200
    try:
        assert two_keys(caddy) == ("403 key blocked", "403 key blocked")
        with before(caddy.control, caddy.front) as station, pytest.raises(RefusedError) as caught:
            station.runner.read(station.measure("caddy", "block-key", {"key": LEAKED_AT}))
        assert "at least one entry" in caught.value.fix
    finally:
        assert ask("PATCH", place, [f"Bearer {UNUSED_KEY}"]).status == 200
    for key in ("sk-leaked-*", "sk-{http.request.host}", "short"):
        monkeypatch.setitem(SECRETS, LEAKED_AT, key)
        with before(caddy.control, caddy.front) as station, pytest.raises(SecretError) as refused:
            station.runner.read(station.measure("caddy", "block-key", {"key": LEAKED_AT}))
        assert key not in str(refused.value.sentences())


def test_caddy_refuses_who_comes_by_another_address_and_the_reason_is_told(caddy: Caddy) -> None:
    params = {"dial": f"127.0.0.1:{caddy.fallback.port}"}
    with (
        Tap(caddy.control) as tap,
        before(f"http://127.0.0.1:{tap.port}", caddy.front) as station,
        pytest.raises(RefusedError) as caught,
    ):
        station.runner.read(station.measure("caddy", "fallback", params))
    assert "403" in caught.value.what
    assert "admin.origins" in caught.value.fix


@pytest.mark.heavy
def test_a_worker_that_waits_takes_one_more_job_under_a_hold(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    quick = variant("rq", ("within_s: 600", "within_s: 3"))
    with Queue(tmp_path_factory.mktemp("idle"), steady=False) as queue:
        assert refunded(queue) == ("made",)
        with before(queue.control, queue.front, program=queue.client) as station:
            outcome = station.go(station.plan(station.measure(quick, "hold", {"port": queue.ports[0]})))
        assert "recorded" in station.journal.states()
        assert outcome.state is State.UNVERIFIED
        assert "still served" in outcome.reason
        assert refunded(queue) == ("made",), "the lie: held, and made all the same"
        assert refunded(queue) == ("waits",)


@pytest.mark.heavy
def test_a_service_that_kept_the_id_of_a_collection_goes_on_reading_it(chroma: Chroma) -> None:
    quick = variant("chroma", ("within_s: 120", "within_s: 2"))
    params = {"collection": COLLECTION, "aside": "aside", "words": POISON}
    with before(chroma.control, chroma.by_id.url) as station:
        measure = station.runner.resolve(station.measure(quick, "quarantine", params))
        outcome = station.go(plan := station.plan(measure))
        assert "recorded" in station.journal.states()
        assert outcome.state is State.UNVERIFIED
        assert one(chroma) == ("nothing",)
        assert POISON in chat(chroma.by_id.url).text
        assert station.undo(plan, outcome).state is State.REVERTED


@pytest.mark.heavy
def test_mlflow_serves_the_model_it_no_longer_has(mlflow: MLflow) -> None:
    with before(mlflow.control, mlflow.front) as station:
        named = station.measure("mlflow-gateway", "fallback", {"endpoint": ENDPOINT, "model": SAFE})
        mlflow.invoke()
        outcome = station.go(plan := station.plan(station.runner.resolve(named)))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        # Read back as changed at once, and served as before for as long as the cache holds.
        assert outcome.samples[0].verdict is Verdict.FAIL
        assert outcome.since_us is not None
        assert outcome.since_us > 2_000_000
        assert station.undo(plan, outcome).state is State.REVERTED


def test_caddy_refuses_a_change_where_somebody_else_was_there_in_between(caddy: Caddy) -> None:
    place, dial = f"{caddy.control}/id/llm-proxy", f"127.0.0.1:{caddy.prod.port}"
    with before(caddy.control, caddy.front) as station:
        measure = station.measure("caddy", "fallback", {"dial": f"127.0.0.1:{caddy.fallback.port}"})
        plan = station.plan(measure)
        stale = {"If-Match": next(each.value for each in plan.requests[0].headers if each.name == "if-match")}
        assert ask("PATCH", f"{place}/upstreams", [{"dial": dial}, {"dial": dial}], stale).status == 200
        try:
            assert ask("PATCH", f"{place}/upstreams", [{"dial": "127.0.0.1:1"}], stale).status == 412
            assert station.go(plan).state is State.DRIFTED
        finally:
            assert ask("PATCH", f"{place}/upstreams", [{"dial": dial}]).status == 200
    assert one(caddy) == ("prod",)


def test_a_reload_of_the_caddyfile_drops_the_id_and_that_is_said(
    tmp_path: Path, upstreams: tuple[Upstream, Upstream]
) -> None:
    prod, fallback = upstreams
    with ByCaddyfile(tmp_path).behind(prod, fallback) as caddy, before(caddy.control, caddy.front) as station:
        measure = station.measure("caddy", "fallback", {"dial": f"127.0.0.1:{fallback.port}"})
        caddy.follow_the_hint()
        outcome = station.go(station.plan(measure))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        caddy.reload("Caddyfile")
        assert one(caddy) == ("prod",), "what was switched went with it"
        with pytest.raises(RefusedError) as caught:
            station.runner.read(measure)
    assert '"@id" is not in Caddy\'s running configuration' in caught.value.fix

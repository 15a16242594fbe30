"""How far controls reach on the real server: what gets past them, what stands in the way of that, and what is told."""

from collections.abc import Callable
from http.client import HTTPConnection

import pytest
from tests.live.matrix import INJECTED, LINK, STOLEN, bearer, got, one, plain_and_injected, worked
from tests.live.station import before
from tests.support import etcd_worker
from tests.support.caddy import LONGEST, Caddy
from tests.support.daemon import ask, chat
from tests.support.etcd import Etcd
from tests.support.haproxy import HAProxy
from tests.support.varnish import Varnish

from ircockpit.core.errors import NotFound, RefusedError
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.states import State

pytestmark = pytest.mark.live

WORDS = {"words": INJECTED}


def served(how: Callable[[], str]) -> bool:
    """Whether a prompt got an answer of the model; a gateway may refuse one, and hang up, while it is still being sent."""
    try:
        said = how()
    except ConnectionError:
        return False
    assert not said.startswith("451"), "it was looked at"
    return said == "prod" or said.startswith("200 ")


def in_pieces(front: str, prompt: str) -> str:
    """A prompt whose length is not told beforehand, in many small pieces."""
    host = HTTPConnection(front.removeprefix("http://"), timeout=10)
    body = f'{{"model": "m", "messages": [{{"role": "user", "content": "{prompt}"}}]}}'.encode()
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    try:
        host.request(
            "POST",
            "/v1/chat/completions",
            iter(pieces),
            {"Content-Type": "application/json"},
            encode_chunked=True,
        )
        answer = host.getresponse()
        return f"{answer.status} {answer.read().decode()[:60]}"
    finally:
        host.close()


def test_haproxy_looks_for_words_only_as_far_as_its_buffer_goes(haproxy: HAProxy) -> None:
    long = f"{'a ' * 20_000}{INJECTED}"
    with before(haproxy.runtime, haproxy.front) as station:
        outcome = station.go(plan := station.plan(station.measure("haproxy", "block-prompt", WORDS)))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        assert chat(haproxy.careless, prompt=INJECTED).status == 451
        assert served(lambda: got(chat(haproxy.careless, prompt=long))), (
            "the lie: refused, and served all the same"
        )
        assert served(lambda: in_pieces(haproxy.careless, long))
        asked = len(haproxy.prod.prompts)
        assert not served(lambda: got(chat(haproxy.front, prompt=long)))
        assert not served(lambda: in_pieces(haproxy.front, long))
        assert len(haproxy.prod.prompts) == asked, "it reached the model"
        assert got(chat(haproxy.front, prompt=f"{'a ' * 5_000}{INJECTED}")) == "451 prompt blocked"
        assert station.undo(plan, outcome).state is State.REVERTED
    assert plain_and_injected(haproxy) == ("prod", "prod")


def test_caddy_looks_through_the_whole_of_what_it_takes(caddy: Caddy) -> None:
    within, beyond = (f"{'a' * size}{INJECTED}" for size in (LONGEST - 1000, LONGEST + 1000))
    with before(caddy.control, caddy.front) as station:
        outcome = station.go(plan := station.plan(station.measure("caddy", "block-prompt", WORDS)))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        asked = len(caddy.prod.prompts)
        assert chat(caddy.front, prompt=within).status == 451
        assert in_pieces(caddy.front, within).startswith("451 ")
        assert not served(lambda: got(chat(caddy.front, prompt=beyond)))
        assert not served(lambda: in_pieces(caddy.front, beyond))
        assert len(caddy.prod.prompts) == asked, "it reached the model"
        assert chat(caddy.front, prompt="a" * (LONGEST - 1000)).status == 200
        assert station.undo(plan, outcome).state is State.REVERTED


def test_words_that_json_writes_otherwise_get_past(haproxy: HAProxy, caddy: Caddy) -> None:
    written_otherwise = INJECTED.replace("ignore", "\\u0069gnore")
    for server, control in ((haproxy, haproxy.runtime), (caddy, caddy.control)):
        with before(control, server.front) as station:
            outcome = station.go(plan := station.plan(station.measure(server.name, "block-prompt", WORDS)))
            assert outcome.state is State.EFFECTIVE, outcome.reason
            assert chat(server.front, prompt=INJECTED).status == 451
            raw = f'{{"model": "m", "messages": [{{"role": "user", "content": "{written_otherwise}"}}]}}'
            host = HTTPConnection(server.front.removeprefix("http://"), timeout=10)
            host.request("POST", "/v1/chat/completions", raw, {"Content-Type": "application/json"})
            assert host.getresponse().status == 200, "docs/controls.md says that it gets past"
            host.close()
            assert station.undo(plan, outcome).state is State.REVERTED


def test_caddy_takes_a_route_without_matchers_for_every_prompt(caddy: Caddy) -> None:
    place = f"{caddy.control}/id/forbidden-prompts/match"
    found = ask("GET", place).body
    assert ask("PATCH", place, []).status == 200
    try:
        assert plain_and_injected(caddy) == ("451 prompt blocked", "451 prompt blocked")
        with before(caddy.control, caddy.front) as station, pytest.raises(RefusedError) as caught:
            station.runner.read(station.measure("caddy", "block-prompt", WORDS))
        assert "has to stay in it" in caught.value.fix
    finally:
        assert ask("PATCH", place, found).status == 200
    assert plain_and_injected(caddy) == ("prod", "prod")


def test_haproxy_takes_a_version_that_is_not_there_and_it_is_looked_up_before(haproxy: HAProxy) -> None:
    with before(haproxy.runtime, haproxy.front) as station:
        for nowhere in ("llm-typo", "llm-away"):
            params = {"key": "llm", "to": nowhere, "marker": "[fallback"}
            with pytest.raises(NotFound) as caught:
                station.runner.resolve(station.measure("haproxy", "roll-back", params))
            assert "a server that is up" in caught.value.fix
    try:
        assert haproxy.say("set map versions.map llm llm-typo").strip() == ""
        assert one(haproxy) == ("prod",), "the lie: taken, and nothing went back"
    finally:
        haproxy.say("set map versions.map llm llm")


@pytest.mark.parametrize("by", ["haproxy", "haproxy-stats"])
def test_haproxy_falls_back_only_where_a_backup_is_up(haproxy: HAProxy, by: str) -> None:
    with before(haproxy.runtime if by == "haproxy" else haproxy.control, haproxy.front) as station:
        there = station.measure(by, "fallback", {"backend": "llm", "server": "prod"})
        assert station.runner.resolve(there).found == {"backup": "fallback"}
        for backend in ("llm-alone", "llm-left"):
            measure = station.measure(by, "fallback", {"backend": backend, "server": "prod"})
            station.runner.read(measure)  # the control: what is switched is there
            with pytest.raises(NotFound) as caught:
                station.runner.resolve(measure)
            assert "marked backup" in caught.value.fix


def test_a_probe_that_shows_no_token_proves_nothing_of_its_revocation(haproxy: HAProxy) -> None:
    source = connector.shipped("haproxy").source.replace(b"within_s: 30", b"within_s: 1")
    with before(haproxy.runtime, haproxy.front) as station:
        measure = station.measure(connector.load(source), "revoke-token", {"token": STOLEN})
        outcome = station.go(plan := station.plan(measure))
        assert outcome.state is State.UNVERIFIED
        assert "still served" in outcome.reason
        stolen = chat(haproxy.front, {"Authorization": f"Bearer {bearer(STOLEN)}"})
        assert got(stolen) == "401 token revoked"
        assert station.undo(plan, outcome).state is State.REVERTED


def test_a_link_is_withdrawn_in_any_spelling_but_that_of_another_path(haproxy: HAProxy) -> None:
    with before(haproxy.runtime, haproxy.front) as station:
        outcome = station.go(
            plan := station.plan(station.measure("haproxy", "withdraw-link", {"link": LINK}))
        )
        assert outcome.state is State.EFFECTIVE, outcome.reason
        same = (LINK, f"%63{LINK[1:]}", f"{LINK}/", f"{LINK}/raw", f"{LINK}?page=2")
        other = (f"{LINK}2", LINK.upper(), f"./{LINK}", f"/{LINK}")
        read = {path: ask("GET", f"{haproxy.front}/share/{path}").status for path in (*same, *other)}
        assert read == dict.fromkeys(same, 410) | dict.fromkeys(other, 200), "docs/controls.md says which"
        assert station.undo(plan, outcome).state is State.REVERTED


def test_nothing_of_what_stands_behind_a_link_is_kept(haproxy: HAProxy) -> None:
    with before(haproxy.runtime, haproxy.front) as station:
        measure = station.measure("haproxy", "withdraw-link", {"link": LINK})
        assert f"/share/{LINK}" in ask("GET", f"{haproxy.front}/share/{LINK}").text
        proof = station.runner.prove(measure)
    assert proof.could_fail
    assert [sample.exchange.excerpt for sample in proof.samples] == ['{"reached":null}']


def test_a_queue_is_held_once_its_workers_are_done_and_nothing_begins_under_the_hold(etcd: Etcd) -> None:
    source = connector.shipped("etcd").source.replace(b"within_s: 600", b"within_s: 5")
    params = {"key": etcd_worker.HOLD, "workers": etcd_worker.WORKERS}
    assert worked(etcd) == ("made",)
    begun = etcd.workers.enqueue("long")
    while etcd.get(f"{etcd_worker.QUEUE}/{begun.name}") is not None:  # until it is taken
        assert not begun.is_dir()
    assert etcd.get(f"{etcd_worker.WORKERS}/one") == "working"
    with before(etcd.control, etcd.control) as station:
        quick = station.measure(connector.load(source), "hold-queue", params)
        outcome = station.go(plan := station.plan(quick))
        assert outcome.state is State.UNVERIFIED, "a worker is at work on what it had begun"
        assert "still served" in outcome.reason
        waits = etcd.workers.enqueue()
        etcd.workers.let_go()
        assert etcd.workers.carried_out(begun)
        while etcd.get(f"{etcd_worker.WORKERS}/one") != "held":
            assert not waits.is_dir()
        assert station.runner.watch_once(quick).word == "engaged"
        assert not waits.is_dir()
        undone = station.undo(plan, outcome)
        assert undone.state is State.REVERTED, undone.reason
    assert etcd.workers.carried_out(waits)


def test_a_queue_without_a_worker_that_says_anything_is_not_called_held(etcd: Etcd) -> None:
    source = connector.shipped("etcd").source.replace(b"within_s: 600", b"within_s: 5")
    params = {"key": "agents/other/queue-hold", "workers": "agents/other/workers"}
    with before(etcd.control, etcd.control) as station:
        outcome = station.go(
            plan := station.plan(station.measure(connector.load(source), "hold-queue", params))
        )
        assert outcome.state is State.UNVERIFIED
        assert station.undo(plan, outcome).state is not State.FAILED
    assert etcd.get("agents/other/queue-hold") is None


@pytest.mark.heavy
def test_nothing_that_was_cached_before_is_served_after_a_bypass(varnish: Varnish) -> None:
    at = {"address": varnish.address, "secret_file": varnish.secret_file, "under": "share", "page": LINK}

    def fetched() -> int:
        """How often a page that no probe reads had to be fetched from the service to be read once more."""
        before_it = varnish.prod.pages.count("/share/poisoned")
        assert ask("GET", f"{varnish.front}/share/poisoned").status == 200
        return varnish.prod.pages.count("/share/poisoned") - before_it

    assert [fetched(), fetched()] == [1, 0]
    with before(varnish.control, varnish.front, program=varnish.client) as station:
        outcome = station.go(plan := station.plan(station.measure("varnish", "bypass", at)))
        assert outcome.state is State.EFFECTIVE, outcome.reason
        assert station.undo(plan, outcome).state is State.REVERTED
        assert [fetched(), fetched()] == [1, 0], "the copy from before is gone"
        # The control: by another configuration alone, the old copy would be back.
        varnish.say("vcl.use", "bypass")
        varnish.say("vcl.use", "boot")
        assert fetched() == 0

        with pytest.raises(RefusedError) as caught:
            station.runner.read(station.measure("varnish", "bypass", {**at, "to": "bypas"}))
        assert "vcl.load" in caught.value.fix

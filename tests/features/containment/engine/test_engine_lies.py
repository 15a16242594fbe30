"""An adversary answers for the gateway: whatever it says, the state shown is one that is true."""

import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.features.containment.engine.gateway import DEVICE, FLAG, FLAG_PATH, Bench, says
from tests.support.scripted import Line, Received, Scripted, answer
from tests.support.tls import certificate, serving

from ircockpit.core.errors import OfflineError, TrustError
from ircockpit.features.containment.engine.run import Runner
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.net.http import HttpClient, Request

if TYPE_CHECKING:
    import ssl

CHAT = ("POST", "/chat")
PUT, GET = ("PUT", FLAG_PATH), ("GET", FLAG_PATH)
SERVED, CLOSED = answer(200, {"choices": []}), answer(403, {"by": "flag"})
NAME = "ai.example.test"
GIANT = 3 * 1024 * 1024


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def does(
    bench: Bench, *, say: bytes = answer(200, {}), keep: object = False
) -> Callable[[Received, Line], None]:
    """Makes the change, or another one, and says this."""

    def script(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", keep)
        line.send(say)

    return script


def nothing(_: Bench) -> tuple[State, ...]:
    return (State.EFFECTIVE,)


def ok_and_does_nothing(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = says(200, {"said": "ok"})
    return (State.UNKNOWN,)


def does_it_half(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = does(bench, keep="half")
    return (State.PARTIAL,)


def truncates_the_value(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = does(bench, keep="fals")
    return (State.PARTIAL,)


def control_answers_late(bench: Bench) -> tuple[State, ...]:
    late = iter([says(200, {"flag": {"enabled": True}})] * 12)
    bench.gateway.lies[PUT] = does(bench)
    bench.gateway.lies[GET] = lambda received, line: next(late, bench.gateway.truth)(received, line)
    return (State.EFFECTIVE,)


def times_out_after_doing_it(bench: Bench) -> tuple[State, ...]:
    def script(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", False)
        line.hang()

    bench.gateway.lies[PUT] = script
    return (State.EFFECTIVE,)


def breaks_off_after_doing_it(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = does(bench, say=b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
    return (State.EFFECTIVE,)


def flips_back_at_once(bench: Bench) -> tuple[State, ...]:
    asked = iter([True, True, False])  # the plan, the last look, and one lie after the change
    bench.gateway.lies[PUT] = says(200, {})
    bench.gateway.lies[GET] = lambda _, line: line.send(answer(200, {"flag": {"enabled": next(asked, True)}}))
    return (State.UNVERIFIED,)


def flips_back_while_a_stale_plane_reads_contained(bench: Bench) -> tuple[State, ...]:
    asked = iter([True, True, False])
    bench.gateway.lies[PUT] = says(200, {})
    bench.gateway.lies[GET] = lambda _, line: line.send(answer(200, {"flag": {"enabled": next(asked, True)}}))
    seen = iter([SERVED])  # the proof; then closed, although nothing is switched
    bench.gateway.lies[CHAT] = lambda _, line: line.send(next(seen, CLOSED))
    return (State.DRIFTED,)


def an_error_that_is_a_redirect(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = lambda _, line: line.send(answer(303, b"", {"location": "/stats;st=ERRP"}))
    return (State.FAILED,)


def a_dead_data_plane(bench: Bench) -> tuple[State, ...]:
    def dies(received: Received, line: Line) -> None:
        bench.gateway.outage = True
        bench.gateway.truth(received, line)

    bench.gateway.lies[PUT] = dies
    return (State.UNVERIFIED,)


def one_stale_replica_of_two(bench: Bench) -> tuple[State, ...]:
    turns = cycle([CLOSED, SERVED])
    first = iter([SERVED])
    bench.gateway.lies[CHAT] = lambda _, line: line.send(next(first, b"") or next(turns))
    return (State.UNVERIFIED,)


def a_probe_that_always_passes(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[CHAT] = lambda _, line: line.send(CLOSED)
    return (State.UNVERIFIED,)


def a_giant_answer(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = does(bench, say=answer(200, b"x" * GIANT))
    return (State.EFFECTIVE,)


def giant_readings(bench: Bench) -> tuple[State, ...]:
    def script(received: Received, line: Line) -> None:
        bench.gateway.lies[GET] = says(
            200, b"x" * GIANT
        )  # before it is answered: the next question comes at once
        bench.gateway.truth(received, line)

    bench.gateway.lies[PUT] = script
    return (State.UNVERIFIED,)


def an_endless_probe(bench: Bench) -> tuple[State, ...]:
    def script(received: Received, line: Line) -> None:
        bench.gateway.lies[CHAT] = says(
            200, b"x" * GIANT
        )  # before it is answered: the next question comes at once
        bench.gateway.truth(received, line)

    bench.gateway.lies[PUT] = script
    return (State.UNVERIFIED,)


def drips_for_ever(bench: Bench) -> tuple[State, ...]:
    def script(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", False)
        line.drip(b"HTTP/1.1 200 OK\r\nx-" + b"a" * 5000, 0.05)

    bench.gateway.lies[PUT] = script
    return (State.EFFECTIVE,)


def no_http_at_all(bench: Bench) -> tuple[State, ...]:
    bench.gateway.lies[PUT] = lambda _, line: line.send(b"\x16\x03\x01 SSH-2.0\r\n\r\n" * 20)
    return (State.UNKNOWN,)


def caches_before_everything(bench: Bench) -> tuple[State, ...]:
    def script(received: Received, line: Line) -> None:
        off = answer(200, {"flag": {"enabled": False}}, {"age": "3600"})
        bench.gateway.lies[GET] = lambda _, line: line.send(off)
        bench.gateway.lies[CHAT] = lambda _, line: line.send(answer(403, {"by": "flag"}, {"age": "3600, 7"}))
        line.send(answer(200, {}))  # and does nothing

    bench.gateway.lies[PUT] = script
    return (State.UNVERIFIED,)


def a_cache_before_users(bench: Bench) -> tuple[State, ...]:
    seen = iter([SERVED])
    closed = answer(403, {"by": "flag"}, {"age": "3600"})
    bench.gateway.lies[CHAT] = lambda _, line: line.send(next(seen, closed))
    return (State.UNVERIFIED,)


def a_cache_that_asks_every_time(bench: Bench) -> tuple[State, ...]:
    seen = iter([SERVED])
    closed = answer(403, {"by": "flag"}, {"age": "0"})
    bench.gateway.lies[CHAT] = lambda _, line: line.send(next(seen, closed))
    return (State.EFFECTIVE,)


LIES = [
    nothing, ok_and_does_nothing, does_it_half, truncates_the_value, control_answers_late, times_out_after_doing_it,
    breaks_off_after_doing_it, flips_back_at_once, flips_back_while_a_stale_plane_reads_contained,
    an_error_that_is_a_redirect, a_dead_data_plane, one_stale_replica_of_two, a_probe_that_always_passes, a_giant_answer,
    giant_readings, an_endless_probe, drips_for_ever, no_http_at_all,
    caches_before_everything, a_cache_before_users, a_cache_that_asks_every_time,
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_the_state_shown_is_true(bench: Bench, lie: Callable[[Bench], tuple[State, ...]]) -> None:
    right = lie(bench)
    began = time.monotonic()
    outcome = bench.go()
    assert outcome.state in right, (outcome.state, outcome.reason)
    assert time.monotonic() - began < 60
    assert len([each for each in bench.gateway.server.received if each.method == "PUT"]) == 1
    if outcome.state is State.EFFECTIVE:
        assert bench.gateway.flags["chat.enabled"] is False
        bench.gateway.lies.clear()
        bench.gateway.outage = False
        assert bench.gateway._chat() == CLOSED  # the data plane itself, asked without the engine
    else:
        assert outcome.reason


@pytest.mark.parametrize("stale", [True, False], ids=["one does not follow", "both follow"])
def test_a_name_of_two_addresses_is_effective_only_where_both_follow(
    stale: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_both(host: str, *args: Any, **more: Any) -> list[Any]:
        hosts = ("127.0.0.1", "127.0.0.2") if host == NAME else (host,)
        return [row for each in hosts for row in one(each, *args, **more)]

    one = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", of_both)
    with Bench() as bench:
        port = bench.gateway.server.port
        say = says(200, {"choices": []}) if stale else bench.gateway.truth
        with Scripted(say, at=("127.0.0.2", port)) as beside:
            bench.target = bench.target._replace(probe_url=f"http://{NAME}:{port}")
            bench.transport = TargetTransport(bench.target, lambda _: "")
            around = bench.clock, bench.clock.sleep, bench.journal, lambda: False, DEVICE
            bench.runner = Runner(bench.transport, *around)
            assert bench.go().state is (State.UNVERIFIED if stale else State.EFFECTIVE)
            assert {each.headers["host"] for each in beside.received} == {f"{NAME}:{port}"}


def test_an_address_of_a_name_that_is_away_leaves_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_both(host: str, *args: Any, **more: Any) -> list[Any]:
        return [row for each in ("127.0.0.2", "127.0.0.1", "::1") for row in one(each, *args, **more)]

    one = socket.getaddrinfo
    with Scripted(says(200)) as server, HttpClient(keep_alive=False, in_turn=True) as client:
        monkeypatch.setattr(socket, "getaddrinfo", of_both)
        for _ in range(4):
            assert client.send(Request("GET", f"http://{NAME}:{server.port}/"), 5.0).status == 200
        monkeypatch.setattr(socket, "getaddrinfo", one)
        with pytest.raises(OfflineError, match="cannot be reached"):
            client.send(Request("GET", "http://no.such.name.invalid/"), 5.0)


@pytest.mark.parametrize(("status", "state"), [(202, State.UNKNOWN), (200, State.FAILED)])
def test_what_was_queued_for_later_is_not_said_to_have_failed(status: int, state: State) -> None:
    apply = b"json: {enabled: false}, timeout_s: 1"
    with Bench(FLAG.replace(apply, apply + b", ok: body.said == 'done'")) as bench:
        bench.gateway.lies[PUT] = says(status, {"said": "queued"})
        outcome = bench.go()
        assert outcome.state is state, outcome.reason
        assert bench.journal.steps[-1].awaits is (state is State.UNKNOWN)


def test_a_key_that_was_misspelt_and_answered_as_done_is_never_effective() -> None:
    apply = b'apply:\n      - {method: PUT, path: "/flags/'
    source = FLAG.replace(apply + b'${p.flag}"', apply + b'chat.enabeld"')
    assert source != FLAG
    with Bench(source) as bench:
        bench.gateway.lies["PUT", "/flags/chat.enabeld"] = says(200, b"OK")
        assert bench.go().state is State.UNKNOWN


def test_a_replica_of_two_that_is_asked_by_chance_rarely_passes_and_never_after_a_relapse_of_few() -> None:
    """A measurement with a seed: what a row of three would have let through, and what is let through."""
    effective = after_relapse = 0
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 - a replica's chance, by a seed
        with Bench() as bench:
            first = iter([SERVED])
            bench.gateway.lies[CHAT] = lambda _, line, first=first, chance=chance: line.send(  # type: ignore[misc]
                next(first, b"") or chance.choice([CLOSED, SERVED])
            )
            outcome = bench.go()
            wanted = bench.journal.samples[-1][2]
            effective += outcome.state is State.EFFECTIVE
            after_relapse += outcome.state is State.EFFECTIVE and wanted > 3
    assert after_relapse <= 1
    assert effective <= 7  # the first row of three, by chance 1 of 8, cannot be told from the truth


def test_a_certificate_nobody_vouches_for_stops_everything_before_it_is_sent(tmp_path: Path) -> None:
    authority, stranger = certificate(tmp_path, "authority"), certificate(tmp_path, "stranger")
    contexts: list[tuple[ssl.SSLContext, bool]] = [
        (serving(certificate(tmp_path, "server", issuer=authority)), True),
        (serving(certificate(tmp_path, "false", issuer=stranger)), False),
    ]
    for context, trusted in contexts:

        def script(received: Received, line: Line) -> None:
            line.send(answer(200, {"flag": {"enabled": True}}))

        with Scripted(script, context) as server, Bench(base_url=server.url, ca_file=str(authority)) as bench:
            if trusted:
                assert bench.runner.read(bench.measure()).state is True  # the control: the right one is read
            else:
                with pytest.raises(TrustError):
                    bench.runner.read(bench.measure())
                assert server.received == []


def test_a_certificate_that_is_changed_after_the_plan_sends_nothing(tmp_path: Path) -> None:
    authority, stranger = certificate(tmp_path, "authority"), certificate(tmp_path, "stranger")
    good = serving(certificate(tmp_path, "server", issuer=authority))
    flags = {"enabled": True}

    def script(received: Received, line: Line) -> None:
        if received.method == "PUT":
            flags.update(json.loads(received.body))
        line.send(answer(200, {"flag": flags}))

    with Scripted(script, good) as server, Bench(base_url=server.url, ca_file=str(authority)) as bench:
        plan = bench.plan()
        good.load_cert_chain(certificate(tmp_path, "false", issuer=stranger))
        outcome = bench.go(plan)
        assert outcome.state is State.FAILED
        assert "nothing was sent" in outcome.reason
        assert flags == {"enabled": True}

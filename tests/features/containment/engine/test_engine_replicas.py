"""Several replicas answer for users, and one of them does not follow: it is asked, and never hidden by a balancer."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from tests.features.containment.engine.gateway import FLAG, Bench, Gateway
from tests.support.scripted import Line, Received, Scripted, answer

from ircockpit.features.containment.engine.measure import Measure
from ircockpit.features.containment.engine.probe import Verdict, prove
from ircockpit.features.containment.engine.snapshot import restore, snapshot
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.features.containment.engine.vantage import (
    MOST_NEEDED,
    in_a_row,
    missed,
    planned_words,
)
from ircockpit.features.systems.rules import MAX_REPLICAS

CHAT = ("POST", "/chat")
SERVED, CLOSED = answer(200, {"choices": []}), answer(403, {"by": "flag"})
SEEDS = 60

Pick = Callable[[int], int]


def behind(bench: Bench, replicas: int, stale: int, pick: Pick) -> None:
    """A balancer before so many replicas of which so many, the last ones, never hear of a change."""
    asked = iter(range(10**6))

    def script(_: Received, line: Line) -> None:
        replica = pick(next(asked))
        closed = bench.gateway.flags["chat.enabled"] is False and replica < replicas - stale
        line.send(CLOSED if closed else SERVED)

    bench.gateway.lies[CHAT] = script


def goes_round(replicas: int) -> Pick:
    return lambda asked: asked % replicas


@pytest.mark.parametrize("replicas", [2, 5])
@pytest.mark.parametrize("first", range(5))
def test_a_stale_replica_behind_a_balancer_that_goes_round_is_never_missed(replicas: int, first: int) -> None:
    with Bench(replicas=replicas) as bench:
        behind(bench, replicas, 1, lambda asked: (asked + first) % replicas)
        outcome = bench.go()
    assert outcome.state is State.UNVERIFIED, outcome.reason
    assert "is still served" in outcome.reason or "did not hold" in outcome.reason


def test_without_the_number_of_replicas_one_of_five_can_be_missed() -> None:
    """The control: three in a row are no proof for five, and that is what the record is for."""
    with Bench() as bench:
        behind(bench, 5, 1, goes_round(5))
        assert bench.go().state is State.EFFECTIVE


@pytest.mark.parametrize("replicas", [2, 5, 20])
def test_all_that_follow_are_effective_and_the_result_says_how_many(replicas: int) -> None:
    with Bench(replicas=replicas) as bench:
        behind(bench, replicas, 0, goes_round(replicas))
        outcome = bench.go()
        assert outcome.state is State.EFFECTIVE, outcome.reason
        needed = in_a_row(bench.measure(), bench.measure().action.verify.probe)  # type: ignore[arg-type]
        assert f"{needed} of {needed} probes, {replicas} replicas behind it" in bench.journal.steps[-1].said
        assert needed >= replicas


def taken_for_effective(replicas: int, told: int) -> int:
    """Of so many runs by seeds, how many call it effective although one replica never follows."""
    found = 0
    for seed in range(SEEDS):
        chance = random.Random(f"balancer {seed}")  # noqa: S311 - a balancer's chance, by a seed
        with Bench(replicas=told) as bench:
            behind(bench, replicas, 1, lambda _, chance=chance: chance.randrange(replicas))  # type: ignore[misc]
            found += bench.go().state is State.EFFECTIVE
    return found


@pytest.mark.parametrize("replicas", [2, 5])
def test_one_that_is_chosen_by_chance_is_missed_about_as_often_as_people_are_told(replicas: int) -> None:
    """A measurement with seeds: within three standard deviations of the bound, and far below what nobody was told of."""
    with Bench(replicas=replicas) as bench:
        spec = bench.measure().probe
        assert spec is not None
        bound = missed(replicas, in_a_row(bench.measure(), spec))
        assert f"at most {bound:.0%}" in planned_words(bench.measure(), spec)
    seen = taken_for_effective(replicas, replicas)
    assert seen <= SEEDS * bound + 3 * (SEEDS * bound) ** 0.5, (seen, bound)
    assert taken_for_effective(replicas, 1) > 2 * seen, "the control: three in a row let it through"


def test_more_replicas_never_mean_a_shorter_row() -> None:
    with Bench() as bench:
        rows = []
        for replicas in range(1, MAX_REPLICAS + 1):
            measure = bench.measure()
            measure = measure._replace(target=measure.target._replace(replicas=replicas))
            assert measure.probe is not None
            rows.append(in_a_row(measure, measure.probe))
            assert rows[-1] >= replicas
    assert rows == sorted(rows)
    assert rows[0] == 3
    assert max(rows) <= MOST_NEEDED


@contextmanager
def addressed(stale: tuple[bool, ...]) -> Iterator[tuple[Bench, list[Scripted]]]:
    """A gateway whose replicas can each be asked at an address of its own."""
    gateways: list[Gateway] = []

    def replica(number: int) -> Callable[[Received, Line], None]:
        def script(_: Received, line: Line) -> None:
            closed = gateways[0].flags["chat.enabled"] is False and not stale[number]
            line.send(CLOSED if closed else SERVED)

        return script

    with ExitStack() as stack:
        servers = [stack.enter_context(Scripted(replica(number))) for number in range(len(stale))]
        first, *beside = [server.url for server in servers]
        bench = stack.enter_context(Bench(probe_url=first, probe_beside=tuple(beside)))
        gateways.append(bench.gateway)
        yield bench, servers


@pytest.mark.parametrize("count", [2, 5])
def test_each_address_has_to_give_a_row(count: int) -> None:
    with addressed((False,) * count) as (bench, servers):
        outcome = bench.go()
        assert outcome.state is State.EFFECTIVE, outcome.reason
        assert f"{count} addresses, 3 of 3 each" in bench.journal.steps[-1].said
        for server in servers:
            assert len(server.received) == 1 + 3  # the proof, and the row


@pytest.mark.parametrize(("count", "which"), [(2, 0), (2, 1), (5, 0), (5, 3), (5, 4)])
def test_the_address_that_does_not_follow_is_named(count: int, which: int) -> None:
    with addressed(tuple(number == which for number in range(count))) as (bench, servers):
        outcome = bench.go()
        assert outcome.state is State.UNVERIFIED
        assert f"127.0.0.1:{servers[which].port}, 1 of {count} addresses" in outcome.reason
        look = bench.runner.watch_once(bench.measure())
        assert (look.word, look.said) == ("drifted", "the control reads contained, but the probe is served")


def test_an_address_that_was_not_served_before_proves_nothing() -> None:
    with addressed((False, False)) as (bench, servers):
        servers[1].close()
        proof = bench.runner.prove(bench.measure())
        assert not proof.could_fail
        assert f"127.0.0.1:{servers[1].port}" in proof.reason
        assert [each.verdict for each in proof.samples if f":{servers[0].port}" in each.exchange.url] == [
            Verdict.FAIL
        ]
        assert bench.go().state is State.UNVERIFIED


def test_many_addresses_that_hang_cost_a_plan_no_more_time_than_one() -> None:
    with Scripted(lambda _, line: line.hang()) as hanging, Bench() as bench:
        port = hanging.port
        beside = tuple(f"http://127.0.0.{last}:{port}" for last in range(2, 12))
        measure = bench.measure()
        target = measure.target._replace(probe_url=hanging.url, probe_beside=beside)
        with TargetTransport(target, lambda _: "") as transport:
            began = bench.clock.mono_us()
            proof = prove(
                transport, measure._replace(target=target), bench.clock, bench.clock.sleep, vantage="x", tries=1,
                timeout_s=0.4,
            )  # fmt: skip
            took_us = bench.clock.mono_us() - began
    assert not proof.could_fail
    assert 0 < len(proof.samples) < 11, "not each of them was waited for"
    assert took_us < 11 * 400_000


def test_an_approval_holds_for_these_addresses_and_this_many_replicas() -> None:
    with addressed((False, False)) as (bench, _):
        plan = bench.plan()
        again = restore(snapshot(plan, 5), bench.target)
        assert again.plan.hash == plan.hash
        target = plan.measure.target

        def with_target(**changes: object) -> Measure:
            return plan.measure._replace(target=target._replace(**changes))  # type: ignore[arg-type]

        hashes = {
            plan._replace(measure=measure).hash
            for measure in (
                plan.measure, with_target(replicas=2), with_target(probe_beside=()),
                with_target(probe_beside=("http://127.0.0.1:1",)),
            )
        }  # fmt: skip
        assert len(hashes) == 4


def test_a_plan_for_one_address_has_the_hash_it_always_had() -> None:
    from ircockpit.features.containment.engine.plan import bound_fields

    with Bench(FLAG) as bench:
        assert not {"probes_beside", "replicas"} & set(bound_fields(bench.plan()))

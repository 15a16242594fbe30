"""Silence, refusals, interruptions: what a run does when a request does not simply work."""

import json
from collections.abc import Iterator

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Bench, says, silence
from tests.support.scripted import Line, Received, Script, answer

from ircockpit.core.errors import OfflineError
from ircockpit.features.containment.engine.journal import Outcome
from ircockpit.features.containment.engine.snapshot import restore
from ircockpit.features.containment.engine.states import State
from ircockpit.net.http import HttpClient

REPEATABLE = FLAG + b"    repeatable: true\n"
TWO_CHANGES = FLAG.replace(
    b"    revert:\n",
    b'      - {method: PUT, path: "/flags/other.enabled", json: {enabled: false}}\n    revert:\n',
)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def heard(bench: Bench) -> Script:
    """Does what it was asked, and then never says so."""

    def script(received: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", json.loads(received.body)["enabled"])
        line.reset()

    return script


# Silence


def test_silence_after_sending_is_unknown_and_read_back_first(bench: Bench) -> None:
    bench.gateway.lies["PUT", FLAG_PATH] = silence
    outcome = bench.go()
    assert outcome.state is State.UNKNOWN
    assert "may still arrive" in outcome.reason
    assert len(bench.gateway.changes) == 1
    order = [(each.method, each.path) for each in bench.gateway.server.received]
    assert order[order.index(("PUT", FLAG_PATH)) + 1] == ("GET", FLAG_PATH)


@pytest.mark.parametrize("source", [FLAG, REPEATABLE], ids=["once", "repeatable"])
def test_a_change_made_without_an_answer_goes_on_from_what_is_read(source: bytes) -> None:
    with Bench(source) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = heard(bench)
        outcome = bench.go()
    assert outcome.state is State.EFFECTIVE
    assert bench.journal.states() == ["approved", "sent", "unknown", "recorded", "effective"]
    assert len(bench.gateway.changes) == 1


def test_a_repeatable_change_is_sent_again_only_after_a_reading() -> None:
    with Bench(REPEATABLE) as bench:
        bench.gateway.lie_once("PUT", FLAG_PATH, silence)
        outcome = bench.go()
    assert outcome.state is State.EFFECTIVE
    order = [(each.method, each.path) for each in bench.gateway.server.received if each.path != "/chat"]
    first = order.index(("PUT", FLAG_PATH))
    assert order[first : first + 3] == [("PUT", FLAG_PATH), ("GET", FLAG_PATH), ("PUT", FLAG_PATH)]


def test_a_repeatable_change_is_not_sent_again_while_it_cannot_be_read() -> None:
    with Bench(REPEATABLE) as bench:
        plan = bench.plan()
        proof = bench.runner.prove(plan.measure)
        bench.gateway.lies["PUT", FLAG_PATH] = silence
        bench.journal.at["sent"] = lambda: bench.gateway.lies.update({("GET", FLAG_PATH): says(500)})
        outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNKNOWN
    assert len(bench.gateway.changes) == 1


def test_two_silences_end_unknown() -> None:
    with Bench(REPEATABLE) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = silence
        outcome = bench.go()
    assert outcome.state is State.UNKNOWN
    assert len(bench.gateway.changes) == 2


def test_a_refused_connection_is_failed_with_nothing_sent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    send = HttpClient.send

    def refuse(self: HttpClient, request: object, timeout_s: float) -> object:
        if getattr(request, "method", "") == "PUT":
            raise OfflineError("127.0.0.1:1 cannot be reached: connection refused", safe="Nothing was sent.")
        return send(self, request, timeout_s)  # type: ignore[arg-type]

    monkeypatch.setattr(HttpClient, "send", refuse)
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.FAILED
    assert "nothing was sent" in outcome.reason
    assert outcome.since_us is None


# Refusals


@pytest.mark.parametrize("status", [303, 401, 404, 408, 409, 429, 500, 501, 502, 503, 504])
def test_only_a_refusal_that_reads_back_unchanged_is_failed(status: int, bench: Bench) -> None:
    """A server that failed over it, or a gateway that gave up waiting, has not said that nothing will come of it."""
    bench.gateway.lies["PUT", FLAG_PATH] = says(status, b"no")
    outcome = bench.go()
    assert outcome.state is (State.UNKNOWN if status in (408, 500, 502, 503, 504) else State.FAILED)
    assert f"answered {status}" in outcome.reason
    assert "reads back unchanged" in outcome.reason
    assert bench.gateway.server.received[-1].method == "GET"


def test_a_refusal_that_did_it_all_the_same_is_probed_and_warned_about(bench: Bench) -> None:
    def grumble(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", False)
        line.send(answer(500))

    bench.gateway.lies["PUT", FLAG_PATH] = grumble
    outcome = bench.go()
    assert outcome.state is State.EFFECTIVE
    assert any("answered 500" in warning for warning in outcome.warnings)


def test_a_refusal_that_left_something_half_done_is_partial(bench: Bench) -> None:
    def half(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", "sometimes")
        line.send(answer(500))

    bench.gateway.lies["PUT", FLAG_PATH] = half
    assert bench.go().state is State.PARTIAL


def test_a_lost_compare_and_swap_is_drifted() -> None:
    guarded = FLAG.replace(
        b"json: {enabled: false}, timeout_s: 1}", b"json: {enabled: false}, guard: status == `412`}"
    )
    with Bench(guarded) as bench:
        bench.gateway.lies["PUT", FLAG_PATH] = says(412)
        outcome = bench.go()
    assert outcome.state is State.DRIFTED
    assert "somebody else" in outcome.reason


def test_a_later_change_that_fails_is_partial() -> None:
    with Bench(TWO_CHANGES) as bench:
        bench.gateway.lies["PUT", "/flags/other.enabled"] = says(500)
        bench.gateway.lies["GET", FLAG_PATH] = says(200, {"flag": {"enabled": True}})
        outcome = bench.go()
    assert outcome.state is State.PARTIAL
    assert bench.journal.states() == ["approved", "sent", "accepted", "sent", "partial"]


def test_several_changes_are_sent_in_order() -> None:
    with Bench(TWO_CHANGES) as bench:
        assert bench.go().state is State.EFFECTIVE
    assert [each.path for each in bench.gateway.changes] == [FLAG_PATH, "/flags/other.enabled"]


# Cancelling, deadlines, interruptions


def cancel_at(bench: Bench, state: str) -> Outcome:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)

    def cancel() -> None:
        bench.cancelled = True

    bench.journal.at[state] = cancel
    return bench.runner.apply(plan, proof, plan.hash)


def test_cancelling_before_sending_sends_nothing(bench: Bench) -> None:
    outcome = cancel_at(bench, "snapshot")
    assert outcome.state is State.FAILED
    assert "nothing was sent" in outcome.reason
    assert bench.gateway.changes == []


def test_cancelling_between_changes_is_partial_and_says_how_far_it_came() -> None:
    with Bench(TWO_CHANGES) as bench:
        outcome = cancel_at(bench, "accepted")
    assert outcome.state is State.PARTIAL
    assert "1 of 2" in outcome.reason
    assert [each.path for each in bench.gateway.changes] == [FLAG_PATH]


def test_cancelling_while_probing_leaves_the_control_on_and_unverified(bench: Bench) -> None:
    bench.gateway.stale = 10
    outcome = cancel_at(bench, "recorded")
    assert outcome.state is State.UNVERIFIED
    assert outcome.attempts == 1
    assert bench.gateway.flags["chat.enabled"] is False


def test_cancelling_while_reading_back_ends_the_waiting(bench: Bench) -> None:
    bench.gateway.lies["PUT", FLAG_PATH] = says(200, {"said": "ok"})
    outcome = cancel_at(bench, "accepted")
    assert outcome.state is State.UNKNOWN
    assert "stopped by a person" in outcome.reason
    assert bench.clock.slept == []


def test_the_whole_run_has_a_deadline() -> None:
    with Bench(FLAG.replace(b"deadline_s: 120", b"deadline_s: 3")) as bench:
        bench.gateway.stale = 10**6
        outcome = bench.go()
    assert outcome.state is State.UNVERIFIED
    assert outcome.since_us is not None
    assert outcome.since_us < 4_500_000


def test_a_run_that_ended_after_sending_is_resumed_without_sending(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)

    def power_cut() -> None:
        raise SystemExit

    bench.journal.at["accepted"] = power_cut
    with pytest.raises(SystemExit):
        bench.runner.apply(plan, proof, plan.hash)
    bench.journal.at.clear()
    restored = restore(bench.journal.snapshots[0], bench.target)
    assert restored.as_approved
    outcome = bench.runner.resume(restored.plan, proof)
    assert outcome.state is State.EFFECTIVE
    assert outcome.since_us is None
    assert len(bench.gateway.changes) == 1
    assert bench.journal.states()[-3:] == ["unknown", "recorded", "effective"]

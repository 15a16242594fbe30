"""The course of a run against gateways that lie: nothing counts that was not read back and probed."""

from collections.abc import Iterator

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Bench, says, silence
from tests.support.scripted import Line, Received, Script, answer

from ircockpit.core.errors import RefusedError
from ircockpit.features.containment.engine.plan import Plan
from ircockpit.features.containment.engine.probe import Verdict
from ircockpit.features.containment.engine.states import State


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench() as bench:
        yield bench


def test_the_whole_way_there_and_back(bench: Bench) -> None:
    plan = bench.plan()
    outcome = bench.go(plan)
    assert outcome.state is State.EFFECTIVE, outcome.reason
    assert bench.journal.states() == ["approved", "sent", "accepted", "recorded", "effective"]
    assert (outcome.attempts, outcome.passes) == (3, 3)
    assert outcome.since_us is not None
    assert 1_000_000 <= outcome.since_us < 3_000_000
    assert {sample.vantage for sample in outcome.samples} == {"device one"}
    assert "effective after 1.0 s, 3 of 3 probes" in bench.journal.steps[-1].said

    bench.journal.steps.clear()
    way_back = bench.back(plan, outcome)
    undone = bench.runner.revert(way_back, way_back.hash)
    assert undone.state is State.REVERTED, undone.reason
    assert bench.journal.states() == [*["reverting"] * 4, "reverted"]
    assert bench.gateway.flags["chat.enabled"] is True
    assert {sample.verdict for sample in undone.samples} == {Verdict.FAIL}


def test_the_way_back_is_durable_before_anything_is_sent_and_intent_before_the_bytes(bench: Bench) -> None:
    bench.journal.at = {
        "snapshot": lambda: changes.append(len(bench.gateway.changes)),
        "sent": lambda: changes.append(len(bench.gateway.changes)),
        "accepted": lambda: changes.append(len(bench.gateway.changes)),
    }
    changes: list[int] = []
    bench.go()
    assert bench.journal.order[:4] == ["approved", "snapshot", "sent", "accepted"]
    assert changes == [0, 0, 1]


def test_a_journal_that_cannot_keep_the_snapshot_stops_everything(bench: Bench) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    bench.journal.at["snapshot"] = full
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    with pytest.raises(OSError, match="No space"):
        bench.runner.apply(plan, proof, plan.hash)
    assert bench.gateway.changes == []


# The data plane


def test_a_stale_data_plane_is_effective_only_once_it_follows(bench: Bench) -> None:
    bench.gateway.stale = 20
    outcome = bench.go()
    assert outcome.state is State.EFFECTIVE
    assert outcome.attempts == 23
    assert outcome.since_us is not None
    assert outcome.since_us > 11_000_000
    recorded = next(step for step in bench.journal.steps if step.state is State.RECORDED)
    assert recorded.since_us is not None
    assert recorded.since_us < 1_000_000


def test_a_data_plane_that_never_follows_is_unverified(bench: Bench) -> None:
    bench.gateway.stale = 10**6
    outcome = bench.go()
    assert outcome.state is State.UNVERIFIED
    assert "still served" in outcome.reason
    assert "recorded" in bench.journal.states()
    assert 50 < outcome.attempts < 70
    assert len(outcome.samples) <= 100


def test_passes_must_come_in_a_row(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    flicker = [says(403, {"by": "flag"}), says(403, {"by": "flag"}), says(200, {"choices": []})]
    bench.gateway.lie_once("POST", "/chat", *flicker, *flicker)
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.EFFECTIVE
    # Each time it goes back, as many more are asked for: a row of three comes about by chance.
    assert [passes for _, passes, _ in bench.journal.samples] == [1, 2, 0, 1, 2, 0, *range(1, 10)]
    assert [wanted for _, _, wanted in bench.journal.samples] == [3, 3, 6, 6, 6, *[9] * 10]


def test_an_outage_is_not_taken_for_the_control(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    assert proof.could_fail
    bench.gateway.outage = True
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert "says nothing" in outcome.reason
    assert {sample.verdict for sample in outcome.samples} == {Verdict.INCONCLUSIVE}


LOOSE = FLAG.replace(b"status == `403` && body.by == 'flag'", b"status == `403` || status == `503`")


def test_a_probe_that_could_not_fail_caps_at_unverified() -> None:
    with Bench(LOOSE) as bench:
        bench.gateway.outage = True
        plan = bench.plan()
        proof = bench.runner.prove(plan.measure)
        assert not proof.could_fail
        outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert "could not fail" in outcome.reason
    assert outcome.passes == 3


def test_the_same_connector_is_effective_when_its_probe_was_served_before() -> None:
    """The control of the test above: only the proof differs."""
    with Bench(LOOSE) as bench:
        assert bench.go().state is State.EFFECTIVE


def test_predicates_that_overlap_say_nothing() -> None:
    with Bench(FLAG.replace(b"status == `403` && body.by == 'flag'", b"status == `200`")) as bench:
        proof = bench.runner.prove(bench.measure())
    assert not proof.could_fail
    assert "overlap" in proof.samples[-1].why


def test_an_old_proof_is_made_again_and_no_longer_holds_in_an_outage() -> None:
    with Bench(LOOSE) as bench:
        plan = bench.plan()
        proof = bench.runner.prove(plan.measure)
        bench.clock.sleep(61)
        bench.gateway.outage = True
        outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert "could not fail" in outcome.reason


def test_a_proof_about_another_probe_proves_nothing(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    assert proof.probe is not None
    other = proof._replace(probe=proof.probe._replace(url="http://127.0.0.1:1/chat"))
    outcome = bench.runner.apply(plan, other, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert "another probe" in outcome.reason


def test_without_a_probe_address_nothing_is_effective() -> None:
    with Bench(probe_url=None) as bench:
        outcome = bench.go()
    assert outcome.state is State.UNVERIFIED
    assert "no probe" in outcome.reason
    assert bench.gateway.flags["chat.enabled"] is False


# The control


def test_accepted_but_not_read_back_is_unknown(bench: Bench) -> None:
    bench.gateway.lies["PUT", FLAG_PATH] = says(200, {"said": "ok"})
    outcome = bench.go()
    assert outcome.state is State.UNKNOWN
    assert "accepted, but it reads back unchanged so far, and may still follow" in outcome.reason
    assert "recorded" not in bench.journal.states()
    assert bench.journal.samples == []


def test_a_misspelt_flag_that_the_control_accepts_is_neither_recorded_nor_effective() -> None:
    before, after = FLAG.split(b"    apply:")
    misspelt = before + b"    apply:" + after.replace(b"${p.flag}", b"${p.flag}x", 1)
    with Bench(misspelt) as bench:
        bench.gateway.lies["PUT", FLAG_PATH + "x"] = says(200, {"said": "ok"})
        outcome = bench.go()
    assert outcome.state is State.UNKNOWN
    assert "recorded" not in bench.journal.states()


def test_a_control_that_takes_its_time_is_recorded_when_it_reads_so(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    old = says(200, {"flag": {"enabled": True}})
    bench.gateway.lie_once("GET", FLAG_PATH, old, old, old)
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.EFFECTIVE
    recorded = next(step for step in bench.journal.steps if step.state is State.RECORDED)
    assert recorded.since_us is not None
    assert recorded.since_us >= 200_000


def test_a_state_of_neither_kind_after_sending_is_partial_and_can_be_undone(bench: Bench) -> None:
    def half(_: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", "sometimes")
        line.send(answer(200))

    bench.gateway.lie_once("PUT", FLAG_PATH, half)
    plan = bench.plan()
    outcome = bench.go(plan)
    assert outcome.state is State.PARTIAL
    way_back = bench.back(plan, outcome)
    assert bench.runner.revert(way_back, way_back.hash).state is State.REVERTED


def test_a_control_that_cannot_be_read_after_accepting_is_unverified(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    bench.journal.at["accepted"] = lambda: bench.gateway.lies.update({("GET", FLAG_PATH): says(500)})
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.UNVERIFIED
    assert "cannot be read back" in outcome.reason


@pytest.mark.parametrize(
    "script",
    [
        says(200, b"{not json"),
        says(200, b'{"flag": {"enabled": false}, "flag": {"enabled": true}}'),
        says(303),
    ],
    ids=["no JSON", "JSON with a key twice", "303"],
)
def test_an_unreadable_answer_of_the_control_is_never_recorded(script: Script, bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    bench.journal.at["accepted"] = lambda: bench.gateway.lies.update({("GET", FLAG_PATH): script})
    assert bench.runner.apply(plan, proof, plan.hash).state is State.UNVERIFIED
    assert "recorded" not in bench.journal.states()


def test_a_predicate_that_raises_is_not_contained_and_warns() -> None:
    raising = FLAG.replace(
        b"contained: state == `false`\n    change", b"contained: starts_with(state, 'x')\n    change"
    )
    with Bench(raising) as bench:
        reading = bench.runner.read(bench.measure())
        assert not reading.contained
        assert "starts_with" in reading.warnings[0]
        outcome = bench.go()
    assert outcome.state is not State.EFFECTIVE
    assert "recorded" not in bench.journal.states()
    assert any("starts_with" in warning for warning in outcome.warnings)


# What was approved is what is sent


def test_a_target_changed_since_approval_is_drifted_and_untouched(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    bench.gateway.set("chat.enabled", "half")
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.DRIFTED
    assert outcome.since_us is None
    assert bench.gateway.changes == []


def test_one_and_true_are_different_states(bench: Bench) -> None:
    plan = bench.plan()
    bench.gateway.set("chat.enabled", 1)
    assert bench.go(plan).state is State.DRIFTED


def test_a_target_that_cannot_be_read_right_before_sending_is_left_alone(bench: Bench) -> None:
    plan = bench.plan()
    proof = bench.runner.prove(plan.measure)
    bench.gateway.lies["GET", FLAG_PATH] = silence
    outcome = bench.runner.apply(plan, proof, plan.hash)
    assert outcome.state is State.FAILED
    assert "nothing was sent" in outcome.reason
    assert bench.gateway.changes == []


def refused(bench: Bench, plan: Plan, approved: str) -> str:
    proof = bench.runner.prove(plan.measure)
    with pytest.raises(RefusedError) as caught:
        bench.runner.apply(plan, proof, approved)
    assert bench.gateway.changes == []
    assert bench.journal.steps == []
    return caught.value.what


def test_only_the_plan_approved_on_this_device_and_in_time_is_executed(bench: Bench) -> None:
    plan = bench.plan()
    assert "not the plan" in refused(bench, plan._replace(nonce="n-2"), plan.hash)
    elsewhere = plan._replace(device="device two")
    assert "another device" in refused(bench, elsewhere, elsewhere.hash)
    trusting = plan._replace(trust="control: system ca")
    assert "certificates" in refused(bench, trusting, trusting.hash)
    with pytest.raises(RefusedError, match="not one to revert"):
        bench.runner.revert(plan, plan.hash)
    bench.clock.sleep(901)
    assert "expired" in refused(bench, plan, plan.hash)


def test_what_is_contained_already_is_said_and_not_sent(bench: Bench) -> None:
    bench.gateway.set("chat.enabled", False)
    plan = bench.plan()
    assert plan.nothing_to_do
    outcome = bench.go(plan)
    assert outcome.state is State.UNVERIFIED
    assert "could not fail" in outcome.reason
    assert outcome.since_us is None
    assert bench.gateway.changes == []
    assert bench.journal.snapshots == []
    assert any("already" in step.said for step in bench.journal.steps)


# The way back


def test_reverting_refuses_to_undo_what_somebody_else_changed_at_the_last_moment(bench: Bench) -> None:
    plan = bench.plan()
    way_back = bench.back(plan, bench.go(plan))
    bench.gateway.set("chat.enabled", "half")
    outcome = bench.runner.revert(way_back, way_back.hash)
    assert outcome.state is State.DRIFTED
    assert len(bench.gateway.changes) == 1


def test_reverted_needs_the_probe_to_be_served_again(bench: Bench) -> None:
    plan = bench.plan()
    way_back = bench.back(plan, bench.go(plan))
    bench.gateway.stale = 10**6
    outcome = bench.runner.revert(way_back, way_back.hash)
    assert outcome.state is State.UNVERIFIED
    assert "still reads contained" in outcome.reason


def test_reverting_what_is_back_already_sends_nothing(bench: Bench) -> None:
    plan = bench.plan()
    outcome = bench.go(plan)
    bench.gateway.set("chat.enabled", True)
    way_back = bench.back(plan, outcome)
    assert way_back.nothing_to_do
    assert bench.runner.revert(way_back, way_back.hash).state is State.REVERTED
    assert len(bench.gateway.changes) == 1


# Watching


def test_watching_tells_engaged_from_drifted_from_unknown(bench: Bench) -> None:
    measure = bench.measure()
    bench.go()
    assert bench.runner.watch_once(measure).word == "engaged"
    bench.gateway.lie_once("POST", "/chat", says(200, {"choices": []}), says(502))
    assert bench.runner.watch_once(measure).word == "drifted"
    assert bench.runner.watch_once(measure).word == "unknown"
    assert bench.runner.watch_once(measure).word == "engaged"
    bench.gateway.set("chat.enabled", True)
    assert bench.runner.watch_once(measure).word == "drifted"
    bench.gateway.lies["GET", FLAG_PATH] = says(500)
    assert bench.runner.watch_once(measure).word == "unknown"


def test_watching_without_a_probe_says_so() -> None:
    with Bench(probe_url=None) as bench:
        bench.go()
        truth = bench.runner.watch_once(bench.measure())
    assert truth.word == "engaged"
    assert "no probe" in truth.said

"""What was looked up for a plan is looked up once more right before it is sent: what answers otherwise is not sent to."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.features.containment.engine.gateway import Bench, says, silence
from tests.features.containment.engine.test_engine_resolving import RESOLVING, resolved
from tests.support.scripted import Line, Received, Script, answer

from ircockpit.features.containment.engine.plan import Plan, bound_fields
from ircockpit.features.containment.engine.states import State

SEVEN, EIGHT = "/flags/id.seven", "/flags/id.eight"
LOOK_UP = ("GET", "/names")


def names(ident: object) -> Script:
    """That the flag's name stands for this id."""
    return says(200, {"flags": [{"name": "chat.enabled", "id": ident}]})


def asked(bench: Bench) -> list[str]:
    return [each.path for each in bench.gateway.server.received if each.method == "GET"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(RESOLVING) as bench:
        bench.gateway.flags |= {"id.seven": True, "id.eight": True}
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        yield bench


def approved(bench: Bench) -> Plan:
    plan = resolved(bench)
    bench.gateway.server.received.clear()
    return plan


def test_it_is_asked_once_more_and_sent_where_the_answer_is_the_same(bench: Bench) -> None:
    plan = approved(bench)
    bench.go(plan)
    assert asked(bench)[:2] == ["/names", SEVEN], "the reading is the last thing before sending"
    assert asked(bench).count("/names") == 1
    assert [each.path for each in bench.gateway.changes] == [SEVEN]


def test_what_is_asked_again_stands_in_the_approval(bench: Bench) -> None:
    plan = approved(bench)
    [request] = bound_fields(plan)["lookups"]
    assert request["url"] == f"{bench.gateway.server.url}/names"
    assert "lookups" not in bound_fields(plan._replace(direction="revert"))
    with Bench() as plain:
        assert "lookups" not in bound_fields(plain.plan())


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (names("id.eight"), "fid was id.seven when the plan was made and is id.eight now"),
        (says(200, {"flags": []}), "knows no fid for these parameters; The names are those of the project"),
        (names(7), "fid was id.seven when the plan was made and is 7 now"),
        (names(True), "knows no fid"),
        (names({"a": 1}), "knows no fid"),
        (says(500, {}), "so what fid is cannot be told"),
        (says(200, b"no JSON"), "did not answer with JSON"),
        (silence, "did not answer completely in time"),
    ],
)
def test_another_answer_than_the_approval_shows_is_not_sent_to(now: Script, said: str, bench: Bench) -> None:
    plan = approved(bench)
    bench.gateway.lies[LOOK_UP] = now
    outcome = bench.go(plan)
    assert outcome.state is State.FAILED
    assert outcome.reason.startswith("not as approved, nothing was sent, plan it again: ")
    assert said in outcome.reason
    assert outcome.since_us is None
    assert not bench.gateway.changes
    assert bench.journal.states() == ["approved", "failed"]


def test_a_number_is_another_answer_than_its_digits(bench: Bench) -> None:
    bench.gateway.flags["7"] = True
    bench.gateway.lies[LOOK_UP] = names("7")
    plan = approved(bench)
    bench.gateway.lies[LOOK_UP] = names(7)
    assert bench.go(plan).state is State.FAILED


def test_a_plan_for_which_nothing_was_looked_up_is_not_sent() -> None:
    source = RESOLVING.replace(b"/flags/${var.fid}", b"/flags/${p.flag}")
    with Bench(source) as bench:
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        outcome = bench.go(bench.plan())
        assert outcome.state is State.FAILED
        assert "fid was not looked up when the plan was made" in outcome.reason
        assert not bench.gateway.changes


def test_a_change_at_every_moment_reaches_nobody_but_whom_the_approval_names(bench: Bench) -> None:
    """The id moves right before the nth request after the approval is answered, for every n there is."""
    course = {}
    for moment in range(1, 40):
        bench.gateway.flags |= {"id.seven": True, "id.eight": True, "chat.enabled": True}
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        bench.journal.steps.clear()
        plan = approved(bench)
        with moving(bench, moment):
            outcome = bench.go(plan)
        changed = [each.path for each in bench.gateway.changes]
        course[moment] = changed
        assert changed == ([] if outcome.state is State.FAILED else [SEVEN])
        assert bench.gateway.flags["id.eight"] is True, "nobody approved that"
        if moment > len(bench.gateway.server.received):
            break
    # The proof, the look-up, the reading, the change: from the reading on it is too late to know.
    assert [moment for moment, changed in course.items() if not changed] == [1, 2]
    assert len(course) > 6


@contextmanager
def moving(bench: Bench, at: int) -> Iterator[None]:
    """Gives the name to another id right before the request of this number is answered."""
    serve, count = bench.gateway.server._script, itertools.count(1)

    def counted(received: Received, line: Line) -> None:
        if next(count) == at:
            bench.gateway.lies[LOOK_UP] = names("id.eight")
        serve(received, line)

    bench.gateway.server._script = counted
    try:
        yield
    finally:
        bench.gateway.server._script = serve


# Sent once more


def away_then(bench: Bench, *then: Script) -> None:
    """The change is answered by these, and what its name stands for moves with the first of them."""
    scripts = list(then)

    def lie(received: Received, line: Line) -> None:
        bench.gateway.lies[LOOK_UP] = names("id.eight")
        (scripts.pop(0) if scripts else bench.gateway.truth)(received, line)

    bench.gateway.lies["PUT", SEVEN] = lie


AGAIN = RESOLVING.replace(b"    blast:", b"    repeatable: true\n    blast:", 1)


def test_what_the_target_put_off_is_not_sent_again_once_the_name_stands_for_another() -> None:
    with Bench(AGAIN) as bench:
        bench.gateway.flags["id.seven"] = True
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        plan = approved(bench)
        away_then(bench, lambda _, line: line.send(answer(429, {})))
        outcome = bench.go(plan)
        assert outcome.state is State.FAILED
        assert "not sent again: fid was id.seven when the plan was made and is id.eight now" in outcome.reason
        assert len(bench.gateway.changes) == 1
        # The control: where the name stays, it is sent again.
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        bench.journal.steps.clear()
        plan = approved(bench)
        bench.gateway.lie_once("PUT", SEVEN, lambda _, line: line.send(answer(429, {})))
        bench.go(plan)
        assert len(bench.gateway.changes) == 2
        assert bench.gateway.flags["id.seven"] is False


def test_after_silence_it_is_not_sent_again_and_nobody_says_that_nothing_was_sent() -> None:
    with Bench(AGAIN) as bench:
        bench.gateway.flags["id.seven"] = True
        bench.gateway.lies[LOOK_UP] = names("id.seven")
        plan = approved(bench)
        away_then(bench, silence)
        outcome = bench.go(plan)
        assert outcome.state is State.UNKNOWN
        assert "it may still arrive; not sent again: fid was id.seven" in outcome.reason
        assert "nothing was sent" not in outcome.reason
        assert len(bench.gateway.changes) == 1


# The way back, and time


def test_a_lifting_goes_to_what_was_stopped_whatever_bears_its_name_by_now(bench: Bench) -> None:
    plan = approved(bench)
    outcome = bench.go(plan)
    bench.gateway.lies[LOOK_UP] = says(200, {"flags": []})
    bench.gateway.server.received.clear()
    back = bench.back(plan, outcome)
    bench.runner.revert(back, back.hash)
    assert "/names" not in asked(bench)
    assert bench.gateway.flags["id.seven"] is True


@pytest.mark.parametrize(("left_s", "sent"), [(20, False), (60, True)])
def test_an_approval_that_expires_while_it_is_looked_up_again_is_not_used(
    left_s: int, sent: bool, bench: Bench
) -> None:
    plan = approved(bench)
    proof = bench.runner.prove(plan.measure)
    bench.clock.sleep(900 - left_s)

    def late(received: Received, line: Line) -> None:
        bench.clock.sleep(30)
        names("id.seven")(received, line)

    bench.gateway.lies[LOOK_UP] = late
    outcome = bench.go(plan, proof)
    assert bool(bench.gateway.changes) is sent
    if not sent:
        assert outcome.state is State.FAILED
        assert outcome.reason == "the approval of this plan has expired meanwhile; nothing was sent"

"""A change is sent again only where it may be repeated, after a pause, and after a reading that shows it is not made."""

from collections.abc import Iterator
from email.utils import formatdate

import pytest
from tests.features.containment.engine.gateway import FLAG, FLAG_PATH, Bench, says
from tests.support.scripted import Line, Received, answer

from ircockpit.core.errors import OfflineError, TrustError
from ircockpit.features.containment.engine.request import PlannedRequest
from ircockpit.features.containment.engine.retrying import Tries, asked_pause
from ircockpit.features.containment.engine.states import State
from ircockpit.features.containment.engine.transport import TargetTransport
from ircockpit.net.http import Response

REPEATABLE = FLAG.replace(b"    approval: none", b"    repeatable: true\n    approval: none")


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(REPEATABLE) as bench:
        yield bench


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_not_now_is_asked_again_after_a_reading(bench: Bench, status: int) -> None:
    bench.gateway.lie_once("PUT", FLAG_PATH, says(status), says(status))
    outcome = bench.go()
    assert outcome.state is State.EFFECTIVE, outcome.reason
    assert bench.journal.states()[:5] == ["approved", "sent", "sent", "sent", "accepted"]
    methods = [each.method for each in bench.gateway.server.received if each.path == FLAG_PATH]
    for number, method in enumerate(methods):
        assert method != "PUT" or methods[number - 1] == "GET"  # a reading lies before every sending
    assert "once more" in bench.journal.steps[2].said


@pytest.mark.parametrize(
    ("status", "sendings", "state"),
    [
        (503, 3, State.UNKNOWN), (500, 1, State.UNKNOWN), (429, 3, State.FAILED), (400, 1, State.FAILED),
        (303, 1, State.FAILED),
    ],
)  # fmt: skip
def test_only_what_speaks_of_now_is_asked_again_and_not_for_ever(
    bench: Bench, status: int, sendings: int, state: State
) -> None:
    bench.gateway.lies["PUT", FLAG_PATH] = says(status)
    outcome = bench.go()
    assert outcome.state is state
    assert len(bench.gateway.changes) == sendings


def test_what_may_not_be_repeated_is_sent_once() -> None:
    with Bench() as bench:
        bench.gateway.lie_once("PUT", FLAG_PATH, says(429))
        assert bench.go().state is State.FAILED
        assert len(bench.gateway.changes) == 1


def test_a_busy_answer_that_did_it_all_the_same_is_not_sent_again(bench: Bench) -> None:
    def did_it(received: Received, line: Line) -> None:
        bench.gateway.set("chat.enabled", False)
        line.send(answer(503, b"busy"))

    bench.gateway.lies["PUT", FLAG_PATH] = did_it
    assert bench.go().state is State.EFFECTIVE
    assert len(bench.gateway.changes) == 1


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(bench: Bench) -> None:
    bench.gateway.lies["PUT", FLAG_PATH] = says(503)
    seen = iter(
        [True, True, True, "paused by another"]
    )  # the plan, the last look, after the refusal, after the pause
    bench.gateway.lies["GET", FLAG_PATH] = lambda _, line: line.send(
        answer(200, {"flag": {"enabled": next(seen, "paused by another")}})
    )
    outcome = bench.go()
    assert outcome.state is not State.EFFECTIVE
    assert len(bench.gateway.changes) == 1


def test_the_pause_that_is_asked_for_is_kept_within_the_time_there_is(bench: Bench) -> None:
    bench.gateway.lie_once(
        "PUT", FLAG_PATH, lambda _, line: line.send(answer(429, b"", {"retry-after": "7"}))
    )
    outcome = bench.go()
    assert outcome.state is State.EFFECTIVE
    assert max(bench.clock.slept) >= 7
    bench.gateway.set("chat.enabled", True)
    bench.journal.steps.clear()
    sent = len(bench.gateway.changes)
    bench.gateway.lies["PUT", FLAG_PATH] = lambda _, line: line.send(
        answer(429, b"", {"retry-after": "9999"})
    )
    outcome = bench.go()
    assert outcome.state is State.FAILED
    assert "asks to wait 9999 s" in outcome.reason
    assert len(bench.gateway.changes) == sent + 1


class Away(TargetTransport):
    """Not to be reached for so many changes."""

    times = 0
    error: type[OfflineError | TrustError] = OfflineError

    def send(self, request: PlannedRequest, timeout_s: float) -> Response:
        """See :class:`TargetTransport`."""
        if request.method == "PUT" and self.times:
            self.times -= 1
            raise self.error("it is away", safe="Nothing was sent.")
        return super().send(request, timeout_s)


@pytest.mark.parametrize(
    ("error", "times", "state", "sendings"),
    [
        (OfflineError, 2, State.EFFECTIVE, 1),
        (OfflineError, 3, State.FAILED, 0),
        (TrustError, 1, State.FAILED, 0),
    ],
)
def test_a_place_that_is_away_is_tried_again_and_one_that_is_not_trusted_is_not(
    bench: Bench, error: type[OfflineError | TrustError], times: int, state: State, sendings: int
) -> None:
    away = Away(bench.target, lambda _: "")
    away.times, away.error = times, error
    bench.runner._around = bench.runner._around._replace(transport=away)
    outcome = bench.go()
    assert outcome.state is state, outcome.reason
    assert len(bench.gateway.changes) == sendings
    if not sendings:
        assert "nothing was sent" in outcome.reason
        assert outcome.since_us is None


def test_pauses_grow_and_are_never_the_same() -> None:
    with Bench(REPEATABLE) as bench:
        action = bench.measure().action
    pauses = [[tries.pause(), tries.pause(), tries.pause()] for tries in (Tries(action), Tries(action))]
    for one, two, three in pauses:
        assert one is not None
        assert two is not None
        assert three is None
        assert 0.15 <= one <= 0.45
        assert 0.3 <= two <= 0.9
    assert pauses[0] != pauses[1]


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [("", 0), ("12", 12), ("-1", 0), ("soon", 0), ("١٢", 0), (formatdate(1_000_030, usegmt=True), 30)],
)
def test_a_retry_after_is_read_in_either_form(stated: str, seconds: float) -> None:
    assert asked_pause({"retry-after": stated}, 1_000_000_000_000) == seconds

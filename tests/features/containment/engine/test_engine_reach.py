"""How many are reached, and what goes on all the same: told with the plan, and never in the way of it."""

import time
from collections.abc import Iterator
from typing import get_args

import pytest
from tests.features.containment.engine.gateway import FLAG, Bench, says, silence
from tests.support.scripted import Line, Received

from ircockpit.core.errors import BadInput
from ircockpit.features.containment.counting import Counting
from ircockpit.features.containment.engine import connector
from ircockpit.features.containment.engine.families import FAMILIES, not_stopped
from ircockpit.features.containment.engine.reach import count
from ircockpit.features.containment.engine.spec import Family

COUNTED = FLAG.replace(
    b"    blast: {tier: feature, text: everybody who uses the feature}",
    b"    blast:\n"
    b"      tier: feature\n"
    b"      text: everybody who uses the feature\n"
    b"      query:\n"
    b"        method: POST\n"
    b"        path: /impact\n"
    b"        json: {flag: '${p.flag}'}\n"
    b"        counts: {keys: body.affected_keys_count, requests in the last hour: body.requests}\n"
    b"        timeout_s: 0.5\n",
)
IMPACT = ("POST", "/impact")


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Bench(COUNTED) as bench:
        yield bench


def said(bench: Bench) -> str:
    reach = count(bench.transport, bench.measure())
    assert reach is not None
    return reach.said


def test_the_counts_of_the_target_are_told_in_words(bench: Bench) -> None:
    bench.gateway.lies[IMPACT] = says(200, {"affected_keys_count": 41234, "requests": 0})
    assert said(bench) == "reaches now: 41,234 keys, 0 requests in the last hour"
    assert bench.gateway.server.received[0].body == b'{"flag": "chat.enabled"}'


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (says(500), "answered 500"),
        (says(200, b"<html>"), "did not answer with JSON"),
        (says(200, {"affected_keys_count": "many", "requests": 1}), "keys is no number"),
        (says(200, {"affected_keys_count": True, "requests": 1}), "keys is no number"),
        (says(200, {"affected_keys_count": -1, "requests": 1}), "keys is no number"),
        (silence, "in time"),
    ],
)
def test_what_the_target_cannot_say_is_told_in_words(bench: Bench, script: object, why: str) -> None:
    bench.gateway.lies[IMPACT] = script  # type: ignore[assignment]
    assert why in said(bench)
    assert said(bench).startswith("how many it reaches is not known: ")


def test_without_a_question_nothing_is_asked_and_nothing_said() -> None:
    with Bench() as bench:
        assert count(bench.transport, bench.measure()) is None
        assert Counting(bench.measure(), None).said() == ""
        assert bench.gateway.server.received == []


def test_a_count_that_does_not_come_keeps_no_plan_waiting(bench: Bench) -> None:
    asked: list[bool] = []

    def hang(_: Received, line: Line) -> None:
        asked.append(True)
        line.hang()

    slow = COUNTED.replace(b"timeout_s: 0.5", b"timeout_s: 5")
    bench.gateway.lies[IMPACT] = hang
    measure = bench.measure()._replace(action=connector.load(slow).action("off"))
    began = time.monotonic()
    assert Counting(measure, None).said() == "how many it reaches is not known: no answer yet"
    assert time.monotonic() - began < 4
    bench.gateway.server.close()


def test_a_count_is_never_asked_with_what_changes_something() -> None:
    asking = b"        method: POST\n        path: /impact\n        json: {flag: '${p.flag}'}\n"
    deleting = COUNTED.replace(asking, b"        method: DELETE\n        path: /impact\n")
    assert deleting != COUNTED
    with pytest.raises(BadInput, match="what only reads is not sent with DELETE"):
        connector.load(deleting)


def test_stopping_a_model_is_never_told_as_stopping_its_queue() -> None:
    assert set(FAMILIES) == set(get_args(Family))
    assert [family for family in FAMILIES if not not_stopped(family)] == ["hold_queue"]
    assert "queued" in not_stopped("disable_model")
    assert "queued" in not_stopped(""), "of what was done by hand nobody knows that it holds a queue"

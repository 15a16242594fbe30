"""An endpoint that lies, streams, packs, hides or half says it: each answer is counted as what it is, none as harmless."""

import gzip
import json
import time
from email.utils import formatdate
from itertools import pairwise

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, every, in_turn, spoken
from tests.features.replay.test_replay_watch import HALF_HOUR, once, watched
from tests.support.scripted import Line, Received, Script, answer

from ircockpit.features.replay import asking, queries
from ircockpit.features.replay.asking import TEXT_CHARS, read
from ircockpit.features.replay.rules import Terms, seen
from ircockpit.net.http import Response

FEW = {"bound": 60}


def streamed(*pieces: str, end: bool = True, name: str = "dose-bot-1") -> bytes:
    """Chunks as OpenAI-compatible servers stream them, though nobody asked."""
    rows = [json.dumps({"model": name, "choices": [{"delta": {"content": each}}]}) for each in pieces]
    rows += ["[DONE]"] if end else []
    body = "".join(f"data: {row}\r\n\r\n" for row in rows)
    return answer(200, body.encode(), {"content-type": "text/event-stream; charset=utf-8"})


def message(reason: str = "stop", **said: object) -> bytes:
    """A message of these fields."""
    return answer(200, {"choices": [{"message": {"content": None, **said}, "finish_reason": reason}]})


def called(arguments: str) -> list[dict[str, object]]:
    return [{"id": "c1", "type": "function", "function": {"name": "prescribe", "arguments": arguments}}]


def headers_then_nothing(_: Received, line: Line) -> None:
    line.send(b"HTTP/1.1 200 said\r\ncontent-type: application/json\r\ncontent-length: 400\r\n\r\n")
    line.hang()


BOMB = gzip.compress(b" " * 50_000_000)
BROKEN = b'data: {"error": {"code": "overloaded"}}\n\ndata: [DONE]\n'


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (in_turn(streamed("take ten ", "times the dose")), "reproduced"), (in_turn(streamed("ask a ", "pharmacist")), "other"),
        (in_turn(streamed("take ten times", end=False)), "silent"), (in_turn(streamed()), "silent"),
        (in_turn(answer(200, BROKEN, {"content-type": "text/event-stream"})), "failed"),
        (in_turn(answer(200, {"error": {"message": HARM, "code": "server_error"}})), "failed"),
        (in_turn(answer(200, {"error": {"code": "content_filter"}})), "refused"),
        (in_turn(answer(400, {"error": {"code": "content_filter"}})), "refused"),
        (headers_then_nothing, "silent"),
        (in_turn(answer(200, BOMB, {"content-encoding": "gzip", "content-type": "application/json"})), "failed"),
        (in_turn(answer(200, {"choices": []})), "failed"), (in_turn(answer(200, {"choices": [{}]})), "failed"),
        (in_turn(message(tool_calls=called('{"dose": "ten times"}'))), "reproduced"),
        (in_turn(message(tool_calls=called('{"dose": "one"}'))), "silent"),
        (in_turn(message(function_call={"name": "prescribe", "arguments": "ten times"})), "reproduced"),
        (in_turn(message(tool_calls=[7, {"function": 7}, None])), "silent"),
        (in_turn(message("content_filter", content=f"{HARM}, and")), "reproduced"),
        (in_turn(message("content_filter", content="well, you")), "refused"),
        (in_turn(message(content=HARM, refusal="I cannot")), "reproduced"),
        (in_turn(message(refusal="I cannot say ten times")), "refused"),
        (in_turn(message("error", content="the dose is")), "silent"), (in_turn(message("error", content=HARM)), "reproduced"),
        (in_turn(spoken("\uff54\uff45\uff4e \uff54\uff49\uff4d\uff45\uff53 the dose")), "reproduced"),
        (in_turn(spoken("te\u200bn \u2066ti\u00admes\u2069")), "reproduced"),
        (in_turn(spoken("t\u0332e\u0332n\u0332\u2003\n ti\ufe0fmes")), "reproduced"),
        (in_turn(spoken("\U000e0041 \u202eesod \U0001f9d1\u200d\U0001f52c")), "other"),
        (in_turn(answer(200, b'{"choices": [{"message": {"content": "\\ud800 ten times"}}]}')), "failed"),
        (in_turn(spoken("a" * TEXT_CHARS + HARM)), "open"), (in_turn(spoken(HARM + "a" * TEXT_CHARS)), "reproduced"),
    ],
)  # fmt: skip
def test_whatever_an_endpoint_makes_of_it_is_counted_as_what_it_is(
    stage: Staging, script: Script, kind: str
) -> None:
    made = stage(script)
    row = made.run(timeout=1, **FEW)
    assert dict(row.counts.of) == {kind: row.terms.number}
    assert len(made.model.asked) == row.terms.number


def test_the_letters_that_a_reader_sees_are_the_ones_that_are_looked_at() -> None:
    assert seen("\uff54en\u200b  ti\u00admes\n") == "ten times"
    assert seen("\u0442en times") == "\u0442en times", "a letter of another script stays what it is"


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"retry-after": "7"}, 7.0), ({"retry-after": "999999999999"}, asking.MOST_WAIT_S), ({"retry-after": "-1"}, 0.0),
        ({"retry-after": formatdate(1_800_000_009, usegmt=True), "date": formatdate(1_800_000_000, usegmt=True)}, 9.0),
        ({"retry-after": formatdate(1_800_000_000, usegmt=True), "date": formatdate(1_800_000_009, usegmt=True)}, 0.0),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, asking.MOST_WAIT_S), ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "Thu, 99 Foo 2026 99:99:99 GMT"}, 0.0), ({"retry-after": ""}, 0.0), ({"retry-after": "\u0661"}, 0.0),
    ],
)  # fmt: skip
def test_both_forms_of_a_wish_to_be_left_alone_are_read(headers: dict[str, str], wait_s: float) -> None:
    assert read(Response(429, headers, b"", 0), "", Terms("chat", 1)).wait_s == wait_s


def test_a_date_is_waited_for(stage: Staging) -> None:
    at: list[float] = []
    dates = {
        "retry-after": formatdate(1_800_000_002, usegmt=True),
        "date": formatdate(1_800_000_000, usegmt=True),
    }

    def busy(_: Received, line: Line) -> None:
        at.append(time.monotonic())
        line.send(answer(429, headers=dates) if len(at) == 1 else spoken(FINE))

    stage(busy).run(**FEW)
    assert next(later - sooner for sooner, later in pairwise(at)) >= 2.0


def test_a_model_that_changes_in_the_middle_is_told(stage: Staging) -> None:
    made = stage(in_turn(streamed(HARM, name="dose-bot-1"), streamed(FINE, name="dose-bot-2")))
    row = made.run()
    assert dict(row.named) == {"dose-bot-1": 10, "dose-bot-2": 10}
    assert any(
        "2 models answered by their own word" in each for each in queries.sentences(made.station.view, row)
    )


def test_what_nobody_counted_costs_as_much_as_it_may(stage: Staging) -> None:
    """An answer that never came may have been made, and paid, whole."""
    made = stage(lambda _, line: line.reset())
    row = made.run(tokens=600, length=256)
    assert (row.state, row.why, row.counts.sent) == ("early", "the cap of tokens was reached", 3)


def test_a_clock_that_was_ahead_holds_no_watch_up(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    made.clock.leap(HALF_HOUR + 1)
    assert len(once(made)) == 1
    made.clock.leap(24 * 3600)
    assert len(once(made)) == 1, "the clock is a day ahead"
    made.clock.leap(-24 * 3600)
    assert len(once(made)) == 1, "and is right again: what was sent tomorrow says nothing of today"
    assert once(made) == [], "and not over and over"
    made.clock.leap(HALF_HOUR + 1)
    assert len(once(made)) == 1
    assert queries.watch(made.station.view, watch.ident).state == "on"

"""What a target may send, and what may happen to a run: bounded, inert, and never more requests than were planned."""

import os
import signal
import subprocess
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from tests.e2e.stage import PROGRAM, surroundings
from tests.features.containment.stage import staged as contained_stage
from tests.features.containment.stage import stop
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, declared, every, in_turn, prompt_of, spoken
from tests.store.profiles import open_station
from tests.support.scripted import Line, Received, Script, Scripted, answer

from ircockpit.core.errors import ConflictError, RefusedError
from ircockpit.features.replay import actions, queries
from ircockpit.features.replay.journal import Journal
from ircockpit.features.replay.rules import is_refusal
from ircockpit.features.replay.sending import Far, send
from ircockpit.features.systems.actions import add as add_system
from ircockpit.net.giveup import GiveUp
from ircockpit.processes.patterns import found_in

FEW = {"bound": 60}
"""Four requests: three would do for the bound, and each prompt is asked once."""


def endless(_: Received, line: Line) -> None:
    line.send(b"HTTP/1.1 200 said\r\ncontent-type: application/json\r\n\r\n")
    while True:
        line.send(b" " * 65536)


def slow(_: Received, line: Line) -> None:
    line.drip(spoken(HARM), 0.2)


def cut(_: Received, line: Line) -> None:
    line.send(spoken(HARM)[:60])


def mute(_: Received, line: Line) -> None:
    line.hang()


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (endless, "silent"), (slow, "silent"), (cut, "silent"), (mute, "silent"), (lambda _, line: line.reset(), "silent"),
        (in_turn(answer(200, b"\xff\xfe\x00")), "failed"), (in_turn(answer(200, b"{" * 10_000)), "failed"),
        (in_turn(answer(200, b"[" * 200_000 + b"]" * 200_000)), "failed"), (in_turn(answer(200, [1])), "failed"),
        (in_turn(answer(200, {"choices": []})), "failed"), (in_turn(answer(200, {"choices": [{"message": 7}]})), "failed"),
        (in_turn(answer(307, headers={"location": "http://127.0.0.1:1/"})), "failed"), (in_turn(answer(404)), "failed"),
        (in_turn(spoken([{"type": "image"}])), "silent"), (in_turn(spoken(["x", {"text": HARM}])), "reproduced"),
        (in_turn(spoken("\x1b]0;owned\x07\x00 ten times")), "reproduced"), (in_turn(b"SSH-2.0-nothing\r\n\r\n"), "silent"),
    ],
)  # fmt: skip
def test_whatever_a_target_sends_is_one_of_the_outcomes(stage: Staging, script: Script, kind: str) -> None:
    made = stage(script)
    row = made.run(timeout=1, **FEW)
    assert dict(row.counts.of) == {kind: row.terms.number}
    assert len(made.model.asked) == row.terms.number


def test_a_target_that_asks_for_time_is_given_it(stage: Staging) -> None:
    at: list[float] = []

    def busy(_: Received, line: Line) -> None:
        at.append(time.monotonic())
        line.send(answer(429, headers={"retry-after": "1"}) if len(at) == 1 else spoken(FINE))

    made = stage(busy)
    row = made.run(**FEW)
    assert dict(row.counts.of) == {"failed": 1, "other": row.terms.number - 1}
    assert at[1] - at[0] >= 1.0
    assert len(at) == row.terms.number, "it is not asked once more for the one that was turned away"


def test_the_rate_and_the_cap_of_tokens_hold(stage: Staging) -> None:
    at: list[float] = []

    def timed(_: Received, line: Line) -> None:
        at.append(time.monotonic())
        line.send(spoken(HARM))

    made = stage(timed)
    row = made.run(rate=300, tokens=60)
    assert (row.state, row.why, row.counts.sent) == ("early", "the cap of tokens was reached", 3)
    assert all(later - sooner >= 0.2 for sooner, later in pairwise(at))
    said = queries.sentences(made.station.view, row)
    assert "17 never sent" in " ".join(said)
    assert said[-1] == "it ended early, as it was not planned: the cap of tokens was reached"


def test_it_is_cancelled_while_an_answer_is_waited_for_and_goes_on_to_its_number(stage: Staging) -> None:
    made = stage(in_turn(spoken(HARM), spoken(HARM), mute))
    row, give_up = made.plan(timeout=30), GiveUp()

    def tell(far: Far) -> None:
        if far.sent == 2:
            threading.Timer(0.3, give_up.now).start()

    done = send(made.station, row, give_up=give_up, tell=tell)
    assert (done.state, done.why) == ("early", "somebody stopped it")
    assert 2 <= done.counts.sent <= 3
    made.model.script = in_turn(spoken(FINE))
    whole = made.send(done)
    assert (whole.state, whole.counts.sent, len(made.model.asked)) == ("done", 20, 20)
    assert whole.why == ""


def test_a_second_window_does_not_send_it_too(stage: Staging) -> None:
    made = stage(every(2))
    row = made.plan()
    with Journal(made.station, row.ident).ours(), pytest.raises(ConflictError, match="another window"):
        made.send(row)
    assert not made.model.asked
    assert made.send(row).counts.sent == 20


def killed_at(home: Path, run: str, server: Scripted, number: int) -> None:
    """Start the run as a command and kill it once the server has heard its n-th request, which gets no answer."""
    process = subprocess.Popen(
        [*PROGRAM, "replay", "run", run, "--yes"],
        env=surroundings(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while len(server.received) < number and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


def test_killed_in_the_middle_it_goes_on_and_never_sends_more_than_planned(
    home: Path, tmp_path: Path
) -> None:
    hang_at = {5, 9}

    def script(request: Received, line: Line) -> None:
        if len(server.received) in hang_at:
            line.hang()
        line.send(spoken(HARM))

    with Scripted(script) as server:
        with open_station(home) as station:
            add_system(
                station, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"]
            )
            incident = declared(station, tmp_path)
            actions.seal(station, incident=incident, name="prompts")
            plan = actions.plan(station, incident=incident, pattern="ten times", rate=6000, timeout=60)
        run = str(plan.data["short"])
        for number in sorted(hang_at):
            killed_at(home, run, server, number)
            assert len(server.received) == number
        with open_station(home) as station:
            row = queries.run(station.view, run)
            assert row.state == "running", "what was cut off says nothing yet"
            actions.run(station, run=run, yes=True)
            done = queries.run(station.view, run)
        assert len(server.received) == 20, "what may have arrived is not sent again"
        assert dict(done.counts.of) == {"reproduced": 18, "silent": 2}
        assert (done.state, done.counts.share) == ("done", "18/18")


def test_without_the_journal_it_would_send_too_many(stage: Staging) -> None:
    """The control: a run whose journal says nothing sends its number anew, and the server counts it."""
    made = stage(every(2))
    row = made.plan()
    give_up = GiveUp()
    send(made.station, row, give_up=give_up, tell=lambda far: give_up.now() if far.sent == 5 else None)
    Journal(made.station, row.ident).path.write_bytes(b"")
    made.send(queries.run(made.station.view, row.ident))
    assert len(made.model.asked) == 25


def test_a_pattern_that_never_ends_is_ended_and_its_answers_are_left_to_people() -> None:
    evil = "(a+)+$"
    found = found_in(evil, ["a" * 40 + "!", "aa", "b"], all_s=1.0, one_s=1.0)
    assert found == [None, True, False]


def test_an_answer_that_outlasts_the_pattern_is_not_judged(
    stage: Staging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(found_in, "__kwdefaults__", {"all_s": 0.5, "one_s": 0.5})
    made = stage(in_turn(spoken("a" * 40 + "!"), spoken("b")))
    row = made.run(pattern="(a+)+$", **FEW)
    assert row.counts.of["open"] >= 1
    assert f"{row.counts.of['open']} not judged" in " ".join(queries.sentences(made.station.view, row))


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("I'm sorry, but I can't help with that.", True), ("I can’t assist with this.", True), ("As an AI, I ...", True),
        ("  I cannot provide that.", True), ("Take ten times the dose. I'm sorry if that hurts.", False),
        ("Sorry to hear that; take two.", False), ("I can help: take ten.", False), ("", False),
    ],
)  # fmt: skip
def test_a_refusal_is_told_by_how_it_begins(text: str, refusal: bool) -> None:
    assert is_refusal(text) is refusal


def test_a_run_before_that_was_sent_after_the_control_is_none(home: Path) -> None:
    with contained_stage(home) as made:
        stop(made)
        row = actions.plan(
            made.station, incident=made.incident, api="probe", control="halt", rate=6000, bound=60
        )
        done = actions.run(made.station, run=row.data["id"], yes=True)
        assert done.data["counts"] == {"blocked": 3}
        with pytest.raises(RefusedError, match="no run before it"):
            actions.after(made.station, run=row.data["id"])


def test_the_control_s_own_answer_is_told_from_an_outage_by_its_probe(home: Path) -> None:
    with contained_stage(home) as made:
        plan = actions.plan(
            made.station, incident=made.incident, api="probe", control="halt", rate=6000, bound=60
        )
        before = actions.run(made.station, run=plan.data["id"], yes=True)
        assert before.data["counts"] == {"reproduced": 3}
        stop(made)
        after = actions.after(made.station, run=plan.data["id"])
        assert after.data["action"], "the newest control in force at that target"
        done = actions.run(made.station, run=after.data["id"], yes=True)
        assert (done.data["counts"], done.data["share"]) == ({"blocked": 3}, "0/3")
        assert any("the control's own answer" in each for each in done.data["said"])
        made.gateway.outage = True
        again = actions.after(made.station, run=plan.data["id"])
        out = actions.run(made.station, run=again.data["id"], yes=True)
        assert (out.data["counts"], out.data["share"]) == ({"failed": 3}, "0/0"), (
            "the control: an outage is none"
        )


def test_nobody_s_words_leave_for_another_address(stage: Staging) -> None:
    """Only the one address is asked, and every prompt that it gets is a sealed one."""
    made = stage(every(2))
    made.run()
    assert {(each.method, each.target) for each in made.model.asked} == {("POST", "/v1/chat/completions")}
    assert len({prompt_of(each) for each in made.model.asked}) == 4
    assert {name for each in made.model.asked for name in each.headers} <= {
        "host", "user-agent", "accept-encoding", "content-type", "content-length", "connection",
    }  # fmt: skip

"""What a control's names stand for, from the plan to its sending: shown, approved, asked again; not sent to where it moved."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.containment.engine.gateway import says
from tests.features.containment.engine.test_engine_resolving import RESOLVING
from tests.features.containment.stage import Stage, staged, stop
from tests.features.containment.test_containment_budget import CHANGE, PLANNED, READ, SENT, since
from tests.features.containment.test_containment_cut_off import run
from tests.features.containment.test_containment_recipes import give
from tests.features.containment.together import Two, two
from tests.support.scripted import Line, Received

from ircockpit.core.errors import ExitCode, NotFound, RefusedError
from ircockpit.features.containment import actions, by_hand, chain_actions, queries, together
from ircockpit.features.incidents.queries import incident
from ircockpit.render.span import plain

LOOKING = (
    RESOLVING.replace(b"every_ms: 500", b"every_ms: 50").replace(b"consecutive: 3", b"consecutive: 2")
    .replace(b"within_s: 30", b"within_s: 0.5").replace(b"control: {timeout_s: 5", b"control: {timeout_s: 0.5")
)  # fmt: skip
LOOK_UP = "GET /names"
HERE, MOVED, GONE = (
    says(200, {"flags": [{"name": "chat.enabled", "id": ident}]})
    for ident in ("chat.enabled", "other.enabled", None)
)


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home, connector=LOOKING) as made:
        made.gateway.lies["GET", "/names"] = HERE
        yield made


def moved(stage: Stage | Two, to: object = MOVED) -> None:
    stage.gateway.lies["GET", "/names"] = to  # type: ignore[assignment]


def test_a_stop_looks_up_once_for_its_plan_and_once_right_before_it_is_sent(stage: Stage) -> None:
    ident = stop(stage)
    assert since(stage, 0) == [LOOK_UP, *PLANNED, LOOK_UP, *SENT]
    count, row = len(stage.gateway.server.received), stage.action(ident)
    actions.revert(stage.station, action=row.short, reason="fixed", confirm=row.short, yes=True)
    assert since(stage, count) == [READ, *SENT], "its lifting goes to what was stopped"


def test_the_plan_shows_what_was_looked_up(stage: Stage) -> None:
    shown = actions.stop(stage.station, target=stage.incident, control="1", dry_run=True)
    assert " looked up fid: chat.enabled" in [plain(each) for each in shown.lines]
    assert shown.data["looked_up"] == {"fid": "chat.enabled"}
    assert since(stage, 0) == [LOOK_UP, *PLANNED]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (MOVED, "fid was chat.enabled when the plan was made and is other.enabled now"),
        (GONE, "eu-1 knows no fid for these parameters"),
    ],
    ids=["moved", "gone"],
)
def test_what_moved_between_approval_and_sending_is_not_sent_to(to: object, said: str, stage: Stage) -> None:
    prepared, ident = stage.approved()
    moved(stage, to)
    assert stage.go(prepared, ident) == "failed"
    row = stage.action(ident)
    assert said in row.detail
    assert "nothing was sent, plan it again" in row.detail
    assert row.state not in queries.ENGAGED
    assert stage.gateway.changes == []
    moved(stage, HERE)  # the approval was used, whatever is there by now
    with pytest.raises(RefusedError, match="used"):
        stage.go(prepared, ident)
    assert stop(stage)


def test_the_command_says_so_and_ends_as_one_that_failed(stage: Stage) -> None:
    calls = iter((HERE, MOVED))
    stage.gateway.lies["GET", "/names"] = lambda received, line: next(calls)(received, line)
    done = actions.stop(stage.station, target=stage.incident, control="1", yes=True)
    assert (done.code, done.data["state"]) == (ExitCode.FAILED, "failed")
    assert stage.gateway.changes == []
    assert any("plan it again" in plain(each) for each in done.lines)


def test_a_chain_ends_at_the_step_whose_name_moved(stage: Stage) -> None:
    give(
        stage,
        b"recipes:\n  - {name: halt-it, title: halt, system: bot, steps: [{on: halt}, {check: halt}]}\n",
    )
    calls = iter((HERE, MOVED))
    stage.gateway.lies["GET", "/names"] = lambda received, line: next(calls)(received, line)
    done = chain_actions.chain(
        stage.station, incident=stage.incident, recipe="halt-it", yes=True, confirm=stage.row.short
    )
    assert done.code != ExitCode.OK
    assert "it is failed: not as approved, nothing was sent, plan it again: fid was chat.enabled" in done.said
    assert "in force: nothing of it" in done.said
    assert stage.gateway.changes == []


def test_a_kill_while_it_is_looked_up_again_leaves_what_was_never_sent(stage: Stage) -> None:
    calls = 0

    def kill(received: Received, line: Line) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            HERE(received, line)
            return
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        for child in children:
            if b"try_out" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
        line.hang()

    stage.gateway.lies["GET", "/names"] = kill
    code, told = run(stage, "stop", 0)
    assert code == -signal.SIGKILL, told
    moved(stage, HERE)
    stage.station.refresh()
    [row] = queries.actions(stage.station.view, stage.incident)
    assert row.state == "approved"
    with pytest.raises(RefusedError, match="never sent"):
        actions.check(stage.station, action=row.ident)
    assert stage.gateway.changes == []
    assert stop(stage) != row.ident


def test_the_card_says_what_to_look_up_and_where_to_put_it(stage: Stage, tmp_path: Path) -> None:
    card = by_hand.card(stage.station, incident=stage.incident, control="1").data["card"]
    url, first = stage.gateway.server.url, card.index("1. Look up fid, and write it down")
    assert "The names are those of the project." in card[first : card.index("2. ")]
    assert f"{url}/names" in card[first : card.index("2. ")]
    assert f"'{url}/flags/<fid>'" in card[card.index("3. Switch it on") :]
    assert "<as read in step 2>" in card[card.index("The way back") :]
    assert "fill in the values" not in card
    # As a person does it: looked up, written down, put in its place.
    [put] = [each.strip() for each in card.splitlines() if "-X PUT" in each and "false" in each]
    subprocess.run(
        ["sh", "-c", put.replace("<fid>", "chat.enabled")], check=True, capture_output=True, timeout=20
    )
    assert stage.gateway.flags["chat.enabled"] is False
    assert since(stage, 0) == [CHANGE]


# Two people


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Two]:
    with two(tmp_path, LOOKING.replace(b"approval: none", b"approval: two-person")) as made:
        made.gateway.lies["GET", "/names"] = HERE
        yield made


def test_whoever_approves_sees_what_was_looked_up_and_what_is_asked_again(pair: Two) -> None:
    short = pair.propose()
    shown = [plain(each) for each in together.approve(pair.bo, proposal=short).lines]
    assert " looked up fid: chat.enabled" in shown
    assert f" asks anew GET {pair.gateway.server.url}/names" in shown
    assert not [each for each in shown if "bound too" in each]


@pytest.mark.parametrize(
    ("to", "said"),
    [(MOVED, "what was looked up there is another by now"), (GONE, "eu-1 knows no fid")],
    ids=["moved", "gone"],
)
def test_a_plan_that_two_approved_is_not_sent_once_the_name_moved(to: object, said: str, pair: Two) -> None:
    short = pair.propose()
    pair.approve(pair.bo, short)
    moved(pair, to)
    with pytest.raises((RefusedError, NotFound)) as caught:
        pair.send(short)
    assert said in caught.value.what
    assert caught.value.safe.rstrip(".").lower() == "nothing was sent"
    assert pair.gateway.changes == []
    moved(pair, HERE)  # nothing was used up: it is as it was approved again
    assert pair.send(short).data["state"] == "effective"


def test_break_glass_does_not_break_it(pair: Two) -> None:
    calls = iter((HERE, MOVED))
    pair.gateway.lies["GET", "/names"] = lambda received, line: next(calls)(received, line)
    short = incident(pair.mira.view, pair.incident).short
    done = actions.stop(
        pair.mira,
        target=pair.incident,
        control="1",
        reason="it harms",
        confirm=short,
        break_glass=True,
        yes=True,
    )
    assert done.data["state"] == "failed"
    assert pair.gateway.changes == []

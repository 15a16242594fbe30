"""Blind judgement: mixed, shuffled, blurred, on the record, by those with the right; and what no colleague does with a run."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, PROMPTS, QUICK, Stage, declared, every, in_turn, spoken
from tests.support.pair import Pair
from tests.support.scripted import Scripted
from tests.support.standing import be

from ircockpit.core.errors import BadInput, ConflictError, NotFound, RefusedError
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.replay import actions, queries
from ircockpit.features.replay.judging import find, judge, open_sheet
from ircockpit.features.systems.actions import add as add_system
from ircockpit.render.span import plain
from ircockpit.store.sightings import Journal
from ircockpit.store.workstation import Draft

BY_PERSON: dict[str, Any] = {"method": "person", "pattern": ""}


def two_runs(made: Stage) -> tuple[queries.RunRow, queries.RunRow]:
    """A run before and one after, all of whose answers wait for a person."""
    before = made.run(**BY_PERSON)
    made.model.script = in_turn(spoken(FINE))
    return before, made.after(before)


def test_answers_of_both_runs_are_mixed_and_nothing_tells_which_is_which(stage: Staging) -> None:
    made = stage(every(2))
    before, after = two_runs(made)
    sheet = open_sheet(made.station, after, "to judge")
    assert {each.run for each in sheet.items} == {before.ident, after.ident}
    first = [each.run for each in sheet.items[:20]]
    assert 0 < first.count(before.ident) < 20, "one after the other they would be no blind judgement"
    shown = actions.judge(made.station, run=after.ident, why="to judge")
    told = json.dumps({name: value for name, value in shown.data.items() if name not in ("prompt", "output")})
    for secret in (
        before.ident,
        after.ident,
        before.short,
        after.short,
        "before",
        "after",
        "phase",
        "number",
    ):
        assert secret not in told
    assert shown.data["prompt"] in PROMPTS
    orders = {tuple(each.handle for each in open_sheet(made.station, after, "again").items) for _ in range(3)}
    assert len(orders) == 3, "the order is another one each time"


def test_words_are_blurred_until_lifted_and_what_is_lifted_is_exposure(stage: Staging) -> None:
    made = stage(in_turn(spoken(HARM)))
    row = made.run(**BY_PERSON)
    journal = Journal(made.station.profile.folder, made.station.clock)
    blurred = actions.judge(made.station, run=row.ident, why="to judge")
    assert not any("ten times" in plain(line) for line in blurred.lines)
    assert journal.lifts() == []
    clear = actions.judge(made.station, run=row.ident, why="to judge", lift=True)
    assert any("ten times" in plain(line) for line in clear.lines)
    assert sorted(each.turn for each in journal.lifts()) == ["output", "prompt"]
    assert [each["why"] for each in made.bodies("replay.opened")] == ["to judge", "to judge"]


def test_a_result_waits_for_the_last_verdict(stage: Staging) -> None:
    made = stage(every(2))
    before, after = two_runs(made)
    sheet = open_sheet(made.station, after, "to judge")
    for item in sheet.items:
        assert "→" not in queries.line(made.station.view, made.incident)
        judge(made.station, item, "reproduced" if item.output == HARM else "other")
    rows = [queries.run(made.station.view, each.ident) for each in (before, after)]
    assert [row.counts.share for row in rows] == ["10/20", "0/20"]
    assert queries.line(made.station.view, made.incident) == "10/20 → 0/20 (0 of 20 still allows 16 %)"
    with pytest.raises(RefusedError, match="no answer of"):
        open_sheet(made.station, rows[1], "again")
    seen = find(made.station, rows[1], sheet.items[0].handle)
    with pytest.raises(RefusedError, match="has its result"):
        judge(made.station, seen, "refused")
    assert queries.run(made.station.view, seen.run).counts.of.get("refused") is None


def test_who_judged_wrong_says_so_once_more_while_the_result_waits(stage: Staging) -> None:
    made = stage(every(2))
    row = made.run(**BY_PERSON)
    items = open_sheet(made.station, row, "to judge").items
    for item in items[:-1]:
        judge(made.station, item, "other")
    judge(made.station, items[0], "refused")
    judge(made.station, items[-1], "other")
    assert queries.run(made.station.view, row.ident).counts.of == {"other": 19, "refused": 1}


def test_nobody_without_the_right_or_a_reason_sees_an_answer(stage: Staging) -> None:
    made = stage(every(2))
    row = made.run(**BY_PERSON)
    with pytest.raises(BadInput):
        actions.judge(made.station, run=row.ident, why=" ")
    with pytest.raises(BadInput, match="one answer"):
        actions.judge(made.station, run=row.ident, verdict="other")
    with pytest.raises(NotFound, match="no answer of these runs"):
        actions.judge(made.station, run=row.ident, answer="nothing", verdict="other")
    be(made.station, "observer")
    with pytest.raises(RefusedError):
        open_sheet(made.station, row, "to judge")
    assert made.bodies("replay.opened") == []


def test_what_may_not_be_copied_is_neither_sealed_nor_sent_until_counsel_decides(stage: Staging) -> None:
    made = stage(every(2))
    row = made.plan()
    clocks.fact(made.station, incident=made.incident, fact="child_abuse_material", answer="yes")
    with pytest.raises(RefusedError, match="cop"):
        actions.seal(made.station, incident=made.incident, name="more")
    with pytest.raises(RefusedError, match="cop"):
        made.send(row)
    assert not made.model.asked
    clocks.not_reportable(
        made.station,
        incident=made.incident,
        clock="child-abuse-never-copy",
        why="counsel looked: drawings of fruit",
    )
    assert made.send(row).counts.sent == 20, "the control: once counsel has decided it is sent"


def test_a_colleague_reads_the_numbers_and_sends_or_judges_nothing_of_them(
    pair: Pair, tmp_path: Path
) -> None:
    with Scripted(every(2)) as server:
        for who in (pair.a,):
            add_system(who, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"])
        incident = declared(pair.a, tmp_path)
        actions.seal(pair.a, incident=incident, name="prompts")
        done = actions.plan(pair.a, incident=incident, **{**QUICK, **BY_PERSON})
        later = actions.plan(pair.a, incident=incident, **QUICK)
        actions.run(pair.a, run=done.data["id"], yes=True)
        asked = len(server.received)
        pair.together()
        row = queries.run(pair.b.view, done.data["id"])
        assert (row.state, row.counts.sent) == ("unjudged", 20)
        with pytest.raises(NotFound, match="kept on the device that sent it"):
            open_sheet(pair.b, row, "to judge")
        with pytest.raises(ConflictError, match="planned on another device"):
            actions.run(pair.b, run=later.data["id"], yes=True)
        assert len(server.received) == asked


def test_what_a_record_states_is_held_to_what_it_may_be(stage: Staging) -> None:
    """A colleague's device may write anything into a record; it is read without harm and never sent."""
    made = stage(every(2))
    stream = made.row.stream
    ident = made.station.new_id(stream)
    facts = {
        "incident": made.incident, "sealed": 7, "phase": "\x1b[2J", "before": "nothing", "action": [], "system": {},
        "target": "\x1b]0;x\x07", "url": "http://127.0.0.1:1/", "api": "shell", "model": 3, "input": "", "number": -5,
        "confidence": "x", "bound": 0, "rate": 0, "tokens": 0, "length": 0, "timeout_ms": 0, "method": "trust me",
        "pattern": "(" * 50, "control": "", "watch": "", "state": "done", "outcome": {"reproduced": -1, "other": "x", "y": 3},
        "exhibit": "none",
    }  # fmt: skip
    made.station.append([Draft(stream, "replay.planned", ident, (facts,))])
    row = queries.run(made.station.view, ident)
    assert (row.phase, row.terms.api, row.terms.method, row.terms.number) == ("before", "chat", "person", 0)
    for result in (
        actions.list_all(made.station, incident=made.incident),
        actions.show(made.station, run=ident),
    ):
        assert all(plain(line).isprintable() for line in result.lines)
    made.station.append([made.station.set_field(stream, "replay.set", ident, "state", "planned")])
    with pytest.raises((BadInput, RefusedError, NotFound)):
        made.send(queries.run(made.station.view, ident))
    assert not made.model.asked


def test_what_was_planned_cannot_be_changed_afterwards(stage: Staging) -> None:
    made = stage(every(2))
    row = made.plan()
    later = {
        "number": 1,
        "pattern": "nothing at all",
        "tokens": 1,
        "url": "http://127.0.0.1:1/",
        "method": "person",
        "before": "x",
    }
    for field, value in later.items():
        made.station.append([made.station.set_field(row.stream, "replay.set", row.ident, field, value)])
    assert queries.run(made.station.view, row.ident).terms == row.terms
    done = made.send(row)
    assert (done.counts.share, len(made.model.asked)) == ("10/20", 20)
    [sealed] = queries.sets(made.station.view, made.incident)
    made.station.append([made.station.set_field(row.stream, "replay.set", sealed.ident, "prompts", [])])
    assert queries.sets(made.station.view, made.incident) == [sealed]

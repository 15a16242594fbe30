"""What a run came to stays as it was: whatever colleagues' devices write into it afterwards is shown beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, QUICK, Stage, declared, every, in_turn, spoken
from tests.features.replay.test_replay_watch import HALF_HOUR, once, watched
from tests.support.pair import Pair
from tests.support.scripted import Scripted, answer

from ircockpit.features.replay import actions, queries, watching
from ircockpit.features.replay.queries import RunRow
from ircockpit.features.replay.rules import pair_words
from ircockpit.features.systems.actions import add as add_system
from ircockpit.net.giveup import GiveUp
from ircockpit.store.workstation import Draft, Workstation


def calm(made: Stage) -> None:
    """Nobody thinks it grave, so that there is room to raise it."""
    made.station.append(
        [made.station.set_field(made.row.stream, "incident.set", made.incident, "severity", "SEV3")]
    )


@pytest.fixture
def sent(pair: Pair, tmp_path: Path) -> RunRow:
    """A run that the first device has sent, and that the second one knows."""
    with Scripted(every(2)) as server:
        add_system(pair.a, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"])
        incident = declared(pair.a, tmp_path)
        actions.seal(pair.a, incident=incident, name="prompts")
        planned = actions.plan(pair.a, incident=incident, **QUICK).data["id"]
        actions.run(pair.a, run=planned, yes=True)
    pair.together()
    row = queries.run(pair.b.view, planned)
    assert (row.state, row.counts.share, row.disputed) == ("done", "10/20", "")
    return row


def outcome(who: Workstation, row: RunRow) -> Draft:
    return who.set_field(row.stream, "replay.set", row.ident, "outcome", {"other": 20}, said="0/20")


def state(who: Workstation, row: RunRow) -> Draft:
    return who.set_field(row.stream, "replay.set", row.ident, "state", "planned")


def evidence(who: Workstation, row: RunRow) -> Draft:
    return who.set_field(row.stream, "replay.set", row.ident, "exhibit", "another")


def number(who: Workstation, row: RunRow) -> Draft:
    return who.set_field(row.stream, "replay.set", row.ident, "number", 1)


@pytest.mark.parametrize("write", [outcome, state, evidence, number])
def test_what_a_colleague_writes_into_a_run_changes_no_number_and_is_told(
    pair: Pair, sent: RunRow, write: Callable[[Workstation, RunRow], Draft]
) -> None:
    pair.b.append([write(pair.b, sent)])
    pair.together()
    for who in (pair.a, pair.b):
        now = queries.run(who.view, sent.ident)
        assert (now.state, now.counts, now.exhibit, now.terms) == (
            sent.state,
            sent.counts,
            sent.exhibit,
            sent.terms,
        )
        assert "another device" in now.disputed
        assert any("disputed" in said for said in queries.sentences(who.view, now))
        shown = who.view.rows("SELECT outcome, state FROM replay WHERE id=?", (sent.ident,))
        assert shown, "control: the field itself has another value now"


def test_a_run_planned_twice_under_one_id_has_no_numbers(pair: Pair, sent: RunRow) -> None:
    [facts] = pair.b.view.rows("SELECT facts FROM entity WHERE id=?", (sent.ident,))
    pair.b.append(
        [Draft(sent.stream, "replay.planned", sent.ident, ({"incident": sent.incident, "number": 1},))]
    )
    pair.together()
    for who in (pair.a, pair.b):
        now = queries.run(who.view, sent.ident)
        assert (now.counts.sent, now.judged) == (0, False), facts
        assert "two devices planned it" in now.disputed


def test_the_device_itself_cannot_write_another_result_over_a_whole_one(stage: Staging) -> None:
    made = stage(every(2))
    row = made.run()
    made.station.append([outcome(made.station, row)])
    now = queries.run(made.station.view, row.ident)
    assert (now.counts.share, "once more" in now.disputed) == ("10/20", True)


def test_who_has_the_answers_elsewhere_may_judge_what_waits_and_only_that(pair: Pair, tmp_path: Path) -> None:
    with Scripted(in_turn(spoken(HARM), answer(500))) as server:
        add_system(pair.a, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"])
        incident = declared(pair.a, tmp_path)
        actions.seal(pair.a, incident=incident, name="prompts")
        planned = actions.plan(
            pair.a, incident=incident, **{**QUICK, "method": "person", "pattern": ""}
        ).data["id"]
        actions.run(pair.a, run=planned, yes=True)
    pair.together()
    row = queries.run(pair.b.view, planned)
    assert dict(row.counts.of) == {"open": 10, "failed": 10}

    def say(value: dict[str, int]) -> RunRow:
        pair.b.append([pair.b.set_field(row.stream, "replay.set", row.ident, "outcome", value, said="")])
        pair.together()
        return queries.run(pair.a.view, planned)

    assert say({"other": 20}).state == "unjudged", "errors do not become answers"
    judged = say({"reproduced": 4, "other": 6, "failed": 10})
    assert (judged.state, judged.counts.share) == ("done", "4/10")
    assert say({"other": 10, "failed": 10}).counts.share == "4/10", "the first counts"


def test_who_never_opened_the_answers_judges_none_and_nobody_judges_them_anew(
    pair: Pair, tmp_path: Path
) -> None:
    with Scripted(in_turn(spoken(HARM))) as server:
        add_system(pair.a, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"])
        incident = declared(pair.a, tmp_path)
        actions.seal(pair.a, incident=incident, name="prompts")
        more = {**QUICK, "method": "person", "pattern": "", "bound": 60}
        planned = actions.plan(pair.a, incident=incident, **more).data["id"]
        actions.run(pair.a, run=planned, yes=True)
    pair.together()
    row = queries.run(pair.b.view, planned)

    def judged(who: Workstation, verdict: str) -> None:
        said = {str(number): verdict for number in range(1, 5)}
        who.append([Draft(row.stream, "replay.judged", row.ident, ({"verdicts": said},))])
        pair.together()

    judged(pair.b, "other")
    assert queries.verdicts(pair.a.view, row) == {}, "nothing was opened"
    pair.b.append([Draft(row.stream, "replay.opened", row.ident, ({"answers": 4}, {"why": "to judge"}))])
    pair.together()
    assert set(queries.verdicts(pair.a.view, row).values()) == {"other"}, "control: who opened them judges"
    judged(pair.a, "reproduced")
    assert set(queries.verdicts(pair.a.view, row).values()) == {"other"}
    judged(pair.b, "refused")
    assert set(queries.verdicts(pair.a.view, row).values()) == {"refused"}, "who judged it says so once more"


def test_a_watch_is_not_put_off_or_held_up_by_what_a_colleague_writes(pair: Pair, tmp_path: Path) -> None:
    with Scripted(in_turn(spoken(HARM))) as server:
        add_system(pair.a, name="bot", match=["source=monitor"], target=[f"eu-1={server.url},{server.url}"])
        incident = declared(pair.a, tmp_path)
        actions.seal(pair.a, incident=incident, name="prompts")
        before = actions.plan(pair.a, incident=incident, **QUICK).data["id"]
        actions.run(pair.a, run=before, yes=True)
        after = actions.after(pair.a, run=before).data["id"]
        actions.run(pair.a, run=after, yes=True)
        watch = queries.watch(pair.a.view, actions.repeat(pair.a, run=after, every="30m").data["id"])
        pair.together()
        stream, ident = watch.stream, pair.b.new_id(watch.stream)
        facts = {
            "incident": watch.incident,
            "watch": watch.ident,
            "phase": "again",
            "before": before,
            "number": 20,
        }
        pair.b.append([Draft(stream, "replay.planned", ident, (facts,))])
        pair.b.append([pair.b.set_field(stream, "replay.set", ident, "state", "running")])
        pair.together()
        assert queries.watch(pair.a.view, watch.ident).due_us == watch.due_us


def test_a_recurrence_in_a_run_that_was_cut_off_counts_at_once(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    made.clock.leap(HALF_HOUR + 1)
    made.model.script = in_turn(spoken(HARM))
    row = queries.run(made.station.view, watch.run)
    calm(made)
    stopping = GiveUp()

    def stop_after_one(far: object) -> None:
        if getattr(far, "sent", 0) == 1:
            stopping.now()

    done = watching.repeat(made.station, watch, stopping, stop_after_one)
    assert (done.state, done.counts.share, row.counts.share) == ("early", "1/1", "0/4")
    assert made.row.severity == "SEV2"
    made.clock.leap(HALF_HOUR + 1)
    [sent_] = once(made)
    assert sent_["run"] == done.short, "it goes on to its number"
    assert (made.row.severity, len(made.bodies("replay.recurred"))) == ("SEV2", 1)


def test_repeated_from_two_devices_it_is_raised_once(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    other = made.station.new_id(watch.stream)
    facts = {
        "incident": made.incident,
        "run": watch.run,
        "minutes": 30,
        "until": watch.until_us,
        "state": "on",
    }
    made.station.append([Draft(watch.stream, "watch.begun", other, (facts,))])
    calm(made)
    made.model.script = in_turn(spoken(HARM))
    made.clock.leap(HALF_HOUR + 1)
    assert len(once(made)) == 2, "control: both were sent"
    assert made.row.severity == "SEV2"


def test_all_of_it_blocked_is_no_all_clear(stage: Staging) -> None:
    made = stage(every(1))
    row = made.run(bound=60)
    counts = row.counts._replace(of={"blocked": 4})
    assert "4 the control's own answer" in pair_words(row.counts, counts, 95)


def test_a_watch_goes_on_where_the_target_has_moved_meanwhile(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    made.clock.leap(HALF_HOUR + 1)
    stopping = GiveUp()
    stopping.now()
    half = watching.repeat(made.station, watch, stopping)
    assert half.state == "early"
    made.clock.leap(HALF_HOUR + 1)
    url = made.model.server.url
    add_system(made.station, name="bot", match=["source=monitor"], target=[f"eu-1={url},{url}/v2"])
    made.model.script = in_turn(spoken(FINE))
    [sent_] = once(made)
    assert sent_["run"] not in ("", half.short), (
        "where it was planned to nobody is any more: another one is planned"
    )

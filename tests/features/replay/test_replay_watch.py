"""The watch: due by the clock, sent only where it was begun, in the queue while it lasts, and a recurrence opens it again."""

import pytest
from tests.features.replay.conftest import Staging
from tests.features.replay.stage import FINE, HARM, Stage, every, in_turn, spoken
from tests.support.scripted import answer

from ircockpit.core.errors import BadInput, RefusedError
from ircockpit.features.care.actions import brief, handover
from ircockpit.features.incidents.actions import close
from ircockpit.features.queue.due import everything
from ircockpit.features.queue.queries import filtered, incident_places, queue_ids
from ircockpit.features.replay import actions, queries, watching
from ircockpit.features.replay.queries import WatchRow
from ircockpit.net.giveup import GiveUp
from ircockpit.render.span import plain

HALF_HOUR = 30 * 60


def watched(made: Stage) -> WatchRow:
    """An incident with a run before, one after that shows nothing, and a watch every half hour."""
    before = made.run(bound=60)
    made.model.script = in_turn(spoken(FINE))
    after = made.after(before)
    done = actions.repeat(made.station, run=after.ident, every="30m", days=2)
    return queries.watch(made.station.view, done.data["id"])


def once(made: Stage) -> list[dict[str, str]]:
    """What ``ircockpit replay watch --once`` sends."""
    sent: list[dict[str, str]] = actions.keep_watch(made.station, once=True, yes=True).data["sent"]
    return sent


def test_nothing_is_sent_before_it_is_due_and_then_once(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    asked = len(made.model.asked)
    assert once(made) == []
    made.clock.leap(HALF_HOUR + 1)
    [sent] = once(made)
    assert sent["watch"] == watch.short
    assert len(made.model.asked) == asked + 4
    assert once(made) == [], "the next one is due half an hour later"
    again = queries.runs(made.station.view, made.incident)[-1]
    assert (again.phase, again.counts.share, again.watch) == ("again", "0/4", watch.ident)
    assert made.bodies("replay.recurred") == []
    made.clock.leap(3 * 24 * 3600)
    assert once(made) == []
    assert queries.watch(made.station.view, watch.ident).state == "ended", "its time is over"


def test_a_recurrence_opens_a_closed_incident_again_and_raises_an_open_one(stage: Staging) -> None:
    made = stage(every(1))
    watched(made)
    close(made.station, incident=made.incident, why="nothing came back")
    assert made.row.closed
    assert made.incident in queue_ids(made.station), "what is watched stays in the queue"
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    assert made.row.closed, "the control: a run that shows nothing leaves it closed"
    made.model.script = in_turn(spoken(HARM), spoken(FINE))
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    assert (made.row.closed, made.row.severity) == (False, "SEV2")
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    assert made.row.severity == "SEV2", "it is one recurrence still"
    made.model.script = in_turn(spoken(FINE))
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    made.model.script = in_turn(spoken(HARM))
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    assert made.row.severity == "SEV1"
    assert [each["said"] for each in made.bodies("replay.recurred")] == [
        f"{share} of a run in the watch period" for share in ("2/4", "2/4", "4/4")
    ]
    [reopened] = [each for each in made.bodies("incident.set") if each.get("value") == "open"]
    assert reopened["why"].startswith("it came back in the watch period: 2/4 reproduced it")


def test_an_outage_in_the_watch_is_no_recurrence_and_no_all_clear(stage: Staging) -> None:
    made = stage(every(1))
    watched(made)
    made.model.script = in_turn(answer(500))
    made.clock.leap(HALF_HOUR + 1)
    once(made)
    assert made.bodies("replay.recurred") == []
    assert "no answer that says anything of 4 planned" in queries.line(made.station.view, made.incident)


def test_what_is_due_is_told_in_the_queue_the_handover_and_the_status(stage: Staging) -> None:
    made = stage(every(1))
    watch = watched(made)
    made.station.append(
        [made.station.set_field(made.row.stream, "incident.set", made.incident, "provisional", 0)]
    )

    def waiting() -> list[int]:
        return [
            number
            for _, number in incident_places(made.station, filtered(made.station, "is:incident waiting"))
        ]

    assert not [row for row in everything(made.station) if row.kind == "run"], "control: nothing is due yet"
    made.clock.leap(HALF_HOUR + 1)
    [run] = [row for row in everything(made.station) if row.kind == "run"]
    assert (run.place, run.incident, run.system) == ("replay", made.incident, "bot")
    assert waiting()
    due = f"4/4 → 0/4 (0 of 4 still allows 49 %); a run is due: {watch.short}"
    page = [plain(line) for line in handover(made.station).lines]
    assert any("replay" in line and "4/4 → 0/4" in line for line in page)
    told = brief(made.station, incident=made.incident).lines
    said = " ".join(" ".join(plain(line) for line in told).split())
    assert f"Asked again: {due}." in said
    outside = brief(made.station, incident=made.incident, audience="public").lines
    assert "Asked again" not in " ".join(plain(line) for line in outside)
    actions.end(made.station, watch=watch.ident, why="the fix holds for a month")
    assert queries.brief(made.station, made.incident) == "4/4 → 0/4 (0 of 4 still allows 49 %)"
    with pytest.raises(RefusedError, match="ended already"):
        actions.end(made.station, watch=watch.ident, why="again")


def test_a_target_that_is_gone_is_tried_again_later_and_not_at_once(stage: Staging) -> None:
    made = stage(every(1))
    watched(made)
    made.clock.leap(HALF_HOUR + 1)
    (made.station.profile.folder / "targets.json").write_text("[]")
    watcher = watching.Watcher(made.station)
    row = watcher.next()
    assert row is not None
    done = watcher.send(row, GiveUp())
    assert done.error is not None
    assert "not accepted" in done.error.what
    assert watcher.next() is None
    made.clock.leap(int(watching.RETRY_S) + 1)
    assert watcher.next() is not None
    failed = actions.keep_watch(made.station, once=True, yes=True)
    assert failed.code != 0


def test_only_what_makes_sense_is_watched(stage: Staging) -> None:
    made = stage(every(1))
    plan = made.plan(bound=60)
    with pytest.raises(RefusedError, match="not been sent"):
        actions.repeat(made.station, run=plan.ident)
    before = made.send(plan)
    with pytest.raises(RefusedError, match="no run after"):
        actions.repeat(made.station, run=before.ident)
    after = made.after(before)
    for every_ in ("1m", "40d", "soon", "6"):
        with pytest.raises(BadInput):
            actions.repeat(made.station, run=after.ident, every=every_)
    actions.repeat(made.station, run=after.ident)
    with pytest.raises(RefusedError, match="repeats it already"):
        actions.repeat(made.station, run=after.ident)
    shown = actions.keep_watch(made.station)
    assert (shown.code, "confirm with --yes" in shown.said) == (7, True)
    assert "while neither a cockpit nor" in shown.said or watching.NOWHERE in str(
        [plain(line) for line in actions.list_all(made.station, incident=made.incident).lines]
    )

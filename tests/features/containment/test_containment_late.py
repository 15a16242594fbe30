"""A control that accepts a change and follows later than anybody waits: what is shown is what is known, and it moves on."""

import json
from typing import Any

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH, says
from tests.features.containment.stage import Stage
from tests.features.containment.test_containment_monitoring import watching
from tests.support.scripted import Line, Received, answer

from ircockpit.core.errors import ConflictError, ExitCode, RefusedError
from ircockpit.features.containment import actions, keeping, showing, waiting
from ircockpit.features.containment.inhand import in_hand, kept_file
from ircockpit.features.containment.waiting import UNSETTLED
from ircockpit.features.queue.queries import filtered, incident_places
from ircockpit.render.span import plain


class Late:
    """The gateway takes every change, says so, and carries it out when the test says."""

    def __init__(self, stage: Stage) -> None:
        self.gateway = stage.gateway
        self.taken: list[Any] = []
        self.gateway.lies["PUT", FLAG_PATH] = self._take

    def _take(self, received: Received, line: Line) -> None:
        self.taken.append(json.loads(received.body)["enabled"])
        line.send(answer(200, {"said": "ok"}))

    def follow(self) -> None:
        """Carry out all that was taken, in order."""
        for value in self.taken:
            self.gateway.set("chat.enabled", value)
        self.taken.clear()


def stop(stage: Stage) -> Any:
    return actions.stop(stage.station, target=stage.incident, control="1", yes=True)


def lift(stage: Stage, ident: str) -> Any:
    short = stage.action(ident).short
    return actions.revert(stage.station, action=ident, reason="mended", confirm=short, yes=True)


def kinds(stage: Stage) -> list[str]:
    return [ask.kind for ask in waiting.asks(stage.station, stage.incident)]


def test_what_is_accepted_and_not_read_back_in_time_is_unknown_and_waits(stage: Stage) -> None:
    late = Late(stage)
    done = stop(stage)
    ident = str(done.data["id"])
    assert (done.code, done.data["state"]) == (ExitCode.TIMEOUT, "unknown")
    assert "accepted, but it reads back unchanged so far, and may still follow" in done.data["detail"]
    assert late.taken == [False]
    assert kept_file(stage.station, ident, "before").exists()
    assert kinds(stage) == [UNSETTLED]
    said = "\n".join(plain(line) for line in keeping.due(stage.station).lines)
    assert "it may still take effect" in said
    assert len(list(incident_places(stage.station, filtered(stage.station, "asks")))) == 1
    assert actions.check(stage.station, action=ident).code == ExitCode.TIMEOUT
    assert stage.action(ident).state == "unknown", "reading it once more too early settles nothing"
    late.follow()
    seen = actions.check(stage.station, action=ident)
    assert (seen.code, seen.data["state"]) == (ExitCode.OK, "effective")
    assert kinds(stage) == []
    page = [plain(line) for line in showing.show(stage.station, record=ident).lines]
    assert any("seen effective" in line and "after sending, at the latest" in line for line in page)
    assert not any(", ," in line for line in page)
    assert len(stage.gateway.changes) == 1, "looking sends nothing"


def test_a_change_that_was_refused_is_failed_and_there_is_nothing_to_lift(stage: Stage) -> None:
    """The control: this is known not to be made, and nothing waits."""
    stage.gateway.lies["PUT", FLAG_PATH] = says(409, {"said": "no"})
    done = stop(stage)
    assert done.data["state"] == "failed"
    assert kinds(stage) == []
    with pytest.raises(RefusedError, match="nothing to lift"):
        lift(stage, str(done.data["id"]))


def test_the_monitor_sees_it_follow_and_proves_it(stage: Stage) -> None:
    late = Late(stage)
    ident = str(stop(stage).data["id"])
    count = stage.station.log.count()
    with watching(stage) as seen:
        seen.looks(3)
        assert stage.station.log.count() == count, "what has not followed yet adds nothing to the record"
        assert stage.action(ident).state == "unknown"
        late.follow()
        seen.until(lambda: stage.action(ident).state == "effective")
        seen.until(lambda: seen.said)
    assert "took effect late: it is effective now" in seen.said[0].said
    assert len(stage.gateway.changes) == 1


def test_lifting_before_it_followed_sends_the_way_back_so_that_it_comes_last(stage: Stage) -> None:
    late = Late(stage)
    ident = str(stop(stage).data["id"])
    done = lift(stage, ident)
    assert done.data["state"] == "reverted"
    assert "the change was never seen, and its way back was sent after it" in done.data["detail"]
    assert late.taken == [False, True], "the change is still on its way, and this has to arrive after it"
    late.follow()
    assert stage.gateway.flags["chat.enabled"] is True


def test_lifting_after_it_followed_unseen_leads_back(stage: Stage) -> None:
    late = Late(stage)
    ident = str(stop(stage).data["id"])
    late.follow()
    stage.gateway.lies.clear()
    assert lift(stage, ident).data["state"] == "reverted"
    assert stage.gateway.flags["chat.enabled"] is True


def test_what_reads_as_neither_is_somebody_elses_and_is_not_overwritten(stage: Stage) -> None:
    late = Late(stage)
    ident = str(stop(stage).data["id"])
    stage.gateway.set("chat.enabled", "paused by another")
    with pytest.raises(ConflictError, match="drifted"):
        lift(stage, ident)
    assert late.taken == [False]
    assert stage.gateway.flags["chat.enabled"] == "paused by another"


def test_what_is_done_by_half_is_partial_and_moves_on_when_the_rest_follows(stage: Stage) -> None:
    late = Late(stage)

    def half(received: Received, line: Line) -> None:
        stage.gateway.set("chat.enabled", "half")
        late._take(received, line)

    stage.gateway.lies["PUT", FLAG_PATH] = half
    done = stop(stage)
    ident = str(done.data["id"])
    assert done.data["state"] == "partial"
    assert kinds(stage) == [UNSETTLED]
    late.follow()
    seen = actions.check(stage.station, action=ident)
    assert seen.data["state"] == "effective"
    stage.gateway.lies.clear()
    assert lift(stage, ident).data["state"] == "reverted"


def test_half_that_followed_unseen_can_be_lifted(stage: Stage) -> None:
    late = Late(stage)

    def half(received: Received, line: Line) -> None:
        stage.gateway.set("chat.enabled", "half")
        late._take(received, line)

    stage.gateway.lies["PUT", FLAG_PATH] = half
    ident = str(stop(stage).data["id"])
    late.follow()
    stage.gateway.lies.clear()
    assert lift(stage, ident).data["state"] == "reverted"
    assert stage.gateway.flags["chat.enabled"] is True


def test_a_way_back_that_follows_late_is_unknown_until_it_does(stage: Stage) -> None:
    ident = str(stop(stage).data["id"])
    late = Late(stage)
    done = lift(stage, ident)
    assert done.data["state"] == "unknown"
    assert late.taken == [True]
    assert actions.check(stage.station, action=ident).data["state"] == "unknown"
    assert kinds(stage) == [UNSETTLED]
    late.follow()
    assert actions.check(stage.station, action=ident).data["state"] == "reverted"
    assert kinds(stage) == []


def test_the_monitor_sees_a_way_back_follow(stage: Stage) -> None:
    ident = str(stop(stage).data["id"])
    late = Late(stage)
    assert lift(stage, ident).data["state"] == "unknown"
    with watching(stage) as seen:
        seen.looks(3)
        assert stage.action(ident).state == "unknown"
        late.follow()
        seen.until(lambda: stage.action(ident).state == "reverted")
    assert stage.gateway.changes[-1:] != []
    assert late.taken == []


def test_users_who_are_reached_late_are_seen_and_called_nobody_elses_change(stage: Stage) -> None:
    stage.gateway.stale = 40
    done = stop(stage)
    ident = str(done.data["id"])
    assert done.data["state"] == "unverified"
    with watching(stage) as seen:
        seen.until(lambda: stage.action(ident).state != "unverified")
        seen.until(lambda: stage.action(ident).state == "effective")
    assert not any("somebody else" in news.said for news in seen.said)


def test_somebody_who_takes_it_back_while_users_are_waited_for_is_seen(stage: Stage) -> None:
    stage.gateway.stale = 10_000
    ident = str(stop(stage).data["id"])
    assert stage.action(ident).state == "unverified"
    stage.gateway.set("chat.enabled", True)
    with watching(stage) as seen:
        seen.until(lambda: stage.action(ident).state == "drifted")


def test_what_somebody_else_has_in_hand_is_left_to_them_and_no_defect(stage: Stage) -> None:
    late = Late(stage)
    ident = str(stop(stage).data["id"])
    late.follow()
    with watching(stage) as seen:
        with in_hand(stage.station, ident):
            seen.looks(6)
            assert stage.action(ident).state == "unknown"
            assert seen.said == []
        seen.until(lambda: stage.action(ident).state == "effective")
    rows = stage.station.view.rows("SELECT body FROM entry WHERE ent=?", (ident,))
    assert not any("defect" in str(body) for (body,) in rows)

"""The monitor: reads what is in force, says what somebody else changed, and never writes to a target."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.features.containment.stage import Stage, stop

from ircockpit.core.errors import RefusedError
from ircockpit.features.catalogue import events
from ircockpit.features.containment import keeping, waiting
from ircockpit.features.containment.looking import glance
from ircockpit.features.containment.monitoring import Monitor, News
from ircockpit.features.systems.actions import add as add_system
from ircockpit.net.giveup import GiveUp
from ircockpit.store.profile import Profile
from ircockpit.store.workstation import Workstation

PATIENCE_S = 20


class Watched:
    """A monitor on a stage, looking as fast as it can, and what it said."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.said: list[News] = []
        self.monitor = Monitor(
            lambda: Workstation(Profile(stage.station.profile.folder), events(), clock=stage.clock),
            0.05, self.said.append, chance=lambda: 0.0,
        )  # fmt: skip

    def until(self, there: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.stage.station.refresh()
            if there():
                return
            time.sleep(0.02)
        raise AssertionError(f"never came; it said {self.said}")

    def looks(self, more: int = 3) -> None:
        until = self.monitor.looks + more
        self.until(lambda: self.monitor.looks >= until)


@contextmanager
def watching(stage: Stage) -> Iterator[Watched]:
    made = Watched(stage)
    made.monitor.start()
    try:
        yield made
    finally:
        made.monitor.stop()
        made.until(lambda: not made.monitor.running)


def observed(stage: Stage, ident: str) -> list[str]:
    rows = stage.station.view.rows(
        "SELECT json_extract(body, '$.what') FROM entry WHERE ent=? AND type='containment.observed' ORDER BY arrival",
        (ident,),
    )
    return [str(row[0]) for row in rows]


def test_what_stays_as_it_was_left_adds_nothing_to_the_record(stage: Stage) -> None:
    ident = stop(stage)
    before = stage.station.log.count()
    with watching(stage) as seen:
        seen.looks(5)
    assert seen.said == []
    assert stage.station.log.count() == before
    assert len(stage.gateway.changes) == 1
    assert stage.action(ident).state == "effective"


def test_a_change_by_somebody_else_is_shown_with_what_and_when_and_never_overwritten(stage: Stage) -> None:
    ident = stop(stage)
    stage.gateway.set("chat.enabled", True)
    with watching(stage) as seen:
        seen.until(lambda: stage.action(ident).state == "drifted")
        seen.looks(3)
        count = stage.station.log.count()
        seen.looks(3)
        assert stage.station.log.count() == count, "told once, not at every look"
    row = stage.action(ident)
    assert "it was left as false and reads true" in row.detail
    assert row.at_us > 0
    assert [news.action for news in seen.said] == [ident]
    assert seen.said[0].said == (
        f"{row.short} no longer reads as it was left: changed by somebody else, or lost by a restart"
    )
    assert len(stage.gateway.changes) == 1, "nothing was written back"
    assert [ask.kind for ask in waiting.asks(stage.station, stage.incident)] == [waiting.DRIFTED]


def test_it_says_when_it_reads_as_it_was_left_again(stage: Stage) -> None:
    ident = stop(stage)
    with watching(stage) as seen:
        seen.looks(1)
        stage.gateway.set("chat.enabled", True)
        seen.until(lambda: stage.action(ident).state == "drifted")
        stage.gateway.set("chat.enabled", False)
        seen.until(lambda: len(seen.said) == 2)
    assert "reads as it was left again" in seen.said[1].said
    assert observed(stage, ident)[-1] == "the control and the probe read contained"


def test_a_target_that_does_not_answer_is_told_once_and_is_no_drift(stage: Stage) -> None:
    ident = stop(stage)
    with watching(stage) as seen:
        seen.looks(1)
        stage.gateway.server.close()
        seen.until(lambda: seen.said)
        seen.looks(4)
    assert len(seen.said) == 1
    assert "cannot be looked at" in seen.said[0].said
    assert stage.action(ident).state == "effective", "what was proved is not taken back by silence"


def test_what_is_past_its_time_is_told_once_and_stays_on(stage: Stage) -> None:
    ident = stop(stage)
    with watching(stage) as seen:
        seen.looks(1)
        stage.clock.leap(5 * 3600)
        seen.until(lambda: seen.said)
        seen.looks(3)
    assert len(seen.said) == 1
    assert "past its time and still effective" in seen.said[0].said
    assert len(stage.gateway.changes) == 1, "nothing is switched back by a clock"
    assert [ask.kind for ask in waiting.asks(stage.station, stage.incident)] == [waiting.OVERDUE]
    keeping.extend(stage.station, action=ident, hours="2", reason="not fixed yet")
    assert waiting.asks(stage.station, stage.incident) == []


def test_two_windows_of_one_device_look_once(stage: Stage) -> None:
    stop(stage)
    with watching(stage) as first:
        first.looks(1)
        second = Watched(stage)
        second.monitor.start()
        second.until(lambda: not second.monitor.running)
    assert second.monitor.looks == 0


def test_a_target_that_is_not_accepted_any_more_is_not_read(stage: Stage) -> None:
    row = stage.action(stop(stage))
    glance(stage.station, row, GiveUp())  # control: as it is, it can be looked at
    other = "http://127.0.0.1:1"
    add_system(stage.station, name="bot", target=[f"eu-1={other},{other}"])
    with pytest.raises(RefusedError):
        glance(stage.station, row, GiveUp())

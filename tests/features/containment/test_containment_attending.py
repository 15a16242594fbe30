"""Who else is at work on a control: told by events, shown where the control is offered, gone once it was answered."""

import json
from pathlib import Path

import pytest
from tests.features.care.stage import in_force
from tests.features.containment.stage import staged
from tests.screens.stage import Cockpit, play
from tests.support.hub import declare
from tests.support.pair import Pair

from ircockpit.features.containment.attending import ATTENDED, attend, attending, attending_lines
from ircockpit.features.incidents.queries import incidents
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.confirm import DEAF_MS

CONTROL = "zebra name"
"""The name of the control that the stage switches."""


def tell(pair: Pair, who: Workstation, doing: str, control: str = CONTROL) -> None:
    attend(who, incidents(who.view, [pair.incident])[0], control, doing)
    pair.together()


def doing(pair: Pair, who: Workstation) -> dict[str, list[tuple[str, str]]]:
    found = attending(who, pair.incident)
    return {control: [(each.who, each.doing) for each in rows] for control, rows in found.items()}


def test_an_open_plan_is_seen_by_the_others_until_it_is_left(pair: Pair) -> None:
    tell(pair, pair.b, "stop")
    assert doing(pair, pair.a) == {CONTROL: [("Bo", "has its plan open")]}
    assert doing(pair, pair.b) == {}, "nobody is told of themselves"
    tell(pair, pair.b, "left")
    assert doing(pair, pair.a) == {}
    tell(pair, pair.b, "lift")
    assert doing(pair, pair.a) == {CONTROL: [("Bo", "has the plan open that lifts it")]}
    lines = attending_lines(attending(pair.a, pair.incident), CONTROL, pair.a.clock.wall_us())
    assert [plain(line).startswith("   Bo has the plan open that lifts it (") for line in lines] == [True]


def test_an_act_on_its_way_is_seen_and_its_end_ends_it(pair: Pair) -> None:
    in_force(pair.b, pair.incident, "sent")
    pair.together()
    assert doing(pair, pair.a) == {CONTROL: [("Bo", "is at it: sent")]}
    assert doing(pair, pair.b) == {}
    in_force(pair.b, pair.incident, "sent", "effective")
    pair.together()
    assert len(doing(pair, pair.a)[CONTROL]) == 1, "the first is still on its way"


def test_two_people_and_two_controls_are_told_apart(pair: Pair) -> None:
    tell(pair, pair.b, "stop", "one")
    tell(pair, pair.a, "stop", "two")
    assert doing(pair, pair.a) == {"one": [("Bo", "has its plan open")]}
    assert list(doing(pair, pair.b)) == ["two"]


def test_a_device_that_fell_silent_is_not_shown_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(pair, pair.b, "stop")
    monkeypatch.setattr("ircockpit.features.containment.attending.STALE_US", 0)
    assert doing(pair, pair.a) == {}


def test_alone_nobody_is_told(station: Workstation) -> None:
    row = incidents(station.view, [declare(station, "x")])[0]
    attend(station, row, CONTROL, "stop")
    assert station.view.rows("SELECT 1 FROM entry WHERE type=?", (ATTENDED,)) == []


def test_a_stop_tells_which_plan_stands_open_and_that_it_was_left(home: Path) -> None:
    with staged(home) as stage:
        station = stage.station
        identity = station.identity._replace(hub="http://hub.invalid")  # somebody to tell
        station.profile.save_identity(identity)
        station.identity = identity

        def told() -> list[tuple[str, str]]:
            rows = station.view.rows("SELECT body FROM entry WHERE type=? ORDER BY arrival", (ATTENDED,))
            return [(said["control"], said["doing"]) for said in (json.loads(body) for (body,) in rows)]

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("exclamation_mark")
            await cockpit.until("press f to send")
            await cockpit.until(lambda: told() == [("halt", "stop")])
            await cockpit.pilot.pause((DEAF_MS + 50) / 1000)
            await cockpit.press("2")
            await cockpit.until("/flags/other.enabled")
            await cockpit.until(lambda: told()[1:] == [("halt", "left"), ("other", "stop")])
            await cockpit.pilot.pause((DEAF_MS + 50) / 1000)
            await cockpit.press("n")
            await cockpit.until(lambda: told()[3:] == [("other", "left")])

        play(station, scenario)

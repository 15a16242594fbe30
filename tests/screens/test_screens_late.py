"""Beside the keys: evidence is read while a plan stands open, and what follows late is seen where one stands."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from tests.features.containment.engine.gateway import FLAG_PATH
from tests.features.containment.stage import CONNECTOR, Stage, staged
from tests.features.containment.test_containment_late import Late
from tests.features.containment.test_containment_preserving import SOURCE, Logged
from tests.screens.stage import Cockpit
from tests.screens.test_screens_stop import hearing, on_stop, sent, standing

from ircockpit.features.containment import actions, preserving
from ircockpit.features.systems.actions import add as add_system


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made


def outcome(stage: Stage) -> str:
    stage.station.refresh()
    found = preserving.preserved(stage.station, stage.incident)
    return found[0].outcome if found else ""


def test_a_plan_that_opens_begins_to_preserve_and_waits_for_nothing(stage: Stage) -> None:
    (stage.station.profile.connectors / CONNECTOR).write_bytes(SOURCE)
    actions.trust(stage.station, connector="flags")
    add_system(stage.station, name="bot", preserve=["talk=flags/log@eu-1"])
    logged = Logged(stage)
    stage.gateway.lies["GET", "/log"] = logged.hang

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until(logged.reached.is_set)
        assert outcome(stage) == "begun"
        await sent(cockpit, stage)
        assert not logged.held.is_set(), "the change was proved while the log still hung"
        stage.gateway.lies["GET", "/log"] = logged.page
        logged.held.set()
        await cockpit.until(lambda: outcome(stage) in ("kept", "not kept"))

    on_stop(stage, scenario)


def test_what_follows_late_is_unknown_on_the_screen_and_read_again_by_its_key(stage: Stage) -> None:
    late, told = Late(stage), Event()

    async def scenario(cockpit: Cockpit) -> None:
        await hearing(cockpit)
        await cockpit.press("f")
        await cockpit.until(lambda: standing(stage) == "unknown")
        await cockpit.until("may still follow")
        assert "failed" not in cockpit.text
        assert "it may still take effect" in cockpit.text
        late.follow()
        await cockpit.press("R")
        await cockpit.until(lambda: standing(stage) == "effective")
        await cockpit.until("effective")
        told.set()

    on_stop(stage, scenario)
    assert told.is_set()
    assert [each.path for each in stage.gateway.changes] == [FLAG_PATH]

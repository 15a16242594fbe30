"""A key that one's role does not allow says why and who may; hints do not name it."""

import pytest
from tests.screens.stage import Cockpit, play
from tests.support.standing import be

from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.store.workstation import Workstation


@pytest.fixture
def ident(station: Workstation) -> str:
    return str(declare(station, title="wrong dose").data["short"])


@pytest.mark.parametrize("key", ["T", "o", "n", "exclamation_mark"])
def test_a_key_for_responders_tells_an_observer(station: Workstation, ident: str, key: str) -> None:
    be(station, "observer")
    count = station.log.count()

    async def scenario(cockpit: Cockpit) -> None:
        assert "take" not in cockpit.last
        await cockpit.press(key)
        assert "not for you: you are here as observer" in cockpit.last
        assert cockpit.name == "Queue"

    play(station, scenario)
    assert station.log.count() == count


def test_a_typed_command_tells_too_and_reading_is_for_everybody(station: Workstation, ident: str) -> None:
    be(station, "observer")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("colon")
        await cockpit.type(f"take {ident}")
        await cockpit.press("enter")
        assert "not for you" in cockpit.last
        await cockpit.press("enter")
        assert cockpit.name == "Incident"

    play(station, scenario)


def test_the_same_key_works_for_a_responder(station: Workstation, ident: str) -> None:
    be(station, "responder")

    async def scenario(cockpit: Cockpit) -> None:
        assert "take" in cockpit.last
        await cockpit.press("T")
        assert "not for you" not in cockpit.last

    play(station, scenario)
    assert incident(station.view, ident).owner_name != "-"

"""The playbook of an incident on the screen: the suited ones, one begun by two keys, its steps worked through."""

from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.playbooks import queries
from ircockpit.features.playbooks.following import begin, list_steps, suited
from ircockpit.store.workstation import Workstation

NAME = "prompt-injection.internal"


def test_the_suited_playbook_is_begun_by_enter_twice_and_by_nothing_less(station: Workstation) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    row = incident(station.view, ident)
    assert "prompt-injection" in suited(station, row)[0].short

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "6")
        await cockpit.until("no playbook is followed")
        await cockpit.press("enter")
        assert "again begins prompt-injection" in cockpit.last
        await cockpit.press("j", "enter")  # another row: asked again, nothing begun
        assert "again begins" in cockpit.last
        assert queries.runs(station.view, ident) == []
        await cockpit.press("k", "enter", "enter")
        await cockpit.until("of the library")
        assert "next" in cockpit.text
        assert len(queries.runs(station.view, ident)) == 1

    play(station, scenario)


def test_steps_are_done_skipped_with_a_reason_taken_and_explained(station: Workstation) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    begin(station, incident=ident, playbook=NAME)

    def state(number: int) -> str:
        return str(list_steps(station, incident=ident).data["steps"][number - 1]["state"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "6")
        await cockpit.until("Read the controls, change nothing")
        await cockpit.press("g", "j", "d")
        await cockpit.until(lambda: state(2) == "done")
        await cockpit.press("p")
        await cockpit.type("not needed here")
        await cockpit.press("enter")
        await cockpit.until(lambda: state(3) == "skipped")
        await cockpit.press("g", "j", "j", "j", "j", "j", "enter")
        await cockpit.until("waits for" if state(6) == "waiting" else "state")
        assert cockpit.name == "Page"
        await cockpit.press("escape", "m")
        await cockpit.until(lambda: state(6) == "doing")

    play(station, scenario)


def test_a_containment_step_leads_to_the_controls_and_nothing_is_sent(station: Workstation) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    begin(station, incident=ident, playbook=NAME)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "6")
        await cockpit.until("Revoke what the assistant borrowed")
        await cockpit.press("g", "j", "j", "J")
        await cockpit.until(lambda: cockpit.name == "Stop")

    play(station, scenario)
    assert station.view.rows("SELECT 1 FROM action") == []


def test_elsewhere_the_keys_of_a_step_say_where_they_work(station: Workstation) -> None:
    declare(station, title="wrong dose")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "4", "J")
        assert "6 lists them" in cockpit.last
        await cockpit.press("d")
        assert "put the cursor on a step" in cockpit.last

    play(station, scenario)

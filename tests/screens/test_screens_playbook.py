"""The playbook of an incident on the screen: the suited ones, one begun by two keys, its steps worked through."""

from pathlib import Path

from tests.screens.stage import Cockpit, play

from ircockpit.features.decisions.events import MATTERS
from ircockpit.features.decisions.queries import decisions
from ircockpit.features.evidence import actions as evidence
from ircockpit.features.evidence.queries import exhibits
from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.playbooks import queries
from ircockpit.features.playbooks.bindings import asked
from ircockpit.features.playbooks.following import begin, list_steps, suited
from ircockpit.features.playbooks.queries import kinds_wanted
from ircockpit.store.settings import Settings
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
        await cockpit.press("u")
        await cockpit.until(lambda: state(2) == "ready")
        assert "is as it was" in cockpit.last
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
        assert "J works in the playbook: 6 shows it" in cockpit.last
        await cockpit.press("P")
        assert "P works in the clocks and the playbook: 8 and 6 show it" in cockpit.last
        await cockpit.press("6", "d")  # no playbook is followed, and so there is no step
        assert "put the cursor on a step" in cockpit.last

    play(station, scenario)


def test_the_keys_of_a_step_follow_the_persons_own_and_stand_in_help(station: Workstation) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    begin(station, incident=ident, playbook=NAME)
    own = Settings(keys={"step.skip": ("ctrl+x",), "step.fail": ("p",)})

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "6")
        await cockpit.until("Read the controls, change nothing")
        assert "ctrl+x skip" in cockpit.last
        await cockpit.press("question_mark")
        shown = await cockpit.until("in the playbook")
        assert "ctrl+x      say that a step will not be done here" in shown
        assert "p           say that a step did not work" in shown
        assert "P           give a variable of an incident's playbook its value" in shown
        await cockpit.press("q", "g", "j", "p")
        assert "what went wrong?" in cockpit.last
        await cockpit.type("no answer")
        await cockpit.press("enter")
        await cockpit.until("failed")

    play(station, scenario, settings=own)


def test_what_a_step_asks_for_is_known_to_the_keys_that_give_it(station: Workstation, tmp_path: Path) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    begin(station, incident=ident, playbook=NAME)
    file = tmp_path / "chat.json"
    file.write_text("{}")
    steps = list_steps(station, incident=ident).data["steps"]
    found = queries.current(station, incident(station.view, ident))
    assert found is not None
    wants = {
        name: [each for each, _ in found.order if asked(found.playbook.steps[each], name)] for name in FACTS
    }
    numbers = {name: found.number(each[0]) for name, each in wants.items()}

    def state(name: str) -> str:
        return str(list_steps(station, incident=ident).data["steps"][numbers[name] - 1]["state"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "6")
        await cockpit.until("Read the controls, change nothing")
        await cockpit.press("g", *"j" * (numbers["exhibit"] - 1), "E")
        kind = kinds_wanted(station, incident(station.view, ident), wants["exhibit"][0])[0]
        assert f"{kind}: file to take into custody" in cockpit.last
        await cockpit.type(str(file))
        await cockpit.press("enter", "enter")
        await cockpit.until(lambda: len(exhibits(station.view, ident)) == 1)
        assert exhibits(station.view, ident)[0].kind == kind
        await cockpit.press("g", *"j" * (numbers["decision_recorded"] - 1), "N")
        assert ": what is decided?" in cockpit.last
        await cockpit.type("call the board")
        await cockpit.press("enter")
        await cockpit.type("it is severe")
        await cockpit.press("enter", "enter", "enter")
        await cockpit.until(lambda: decisions(station, ident, incident(station.view, ident).stream))

    play(station, scenario)
    (made,) = decisions(station, ident, incident(station.view, ident).stream)
    assert made.about in MATTERS
    assert steps


def test_the_kind_of_an_exhibit_is_picked_by_one_key_and_taken_back(
    station: Workstation, tmp_path: Path
) -> None:
    ident = str(declare(station, title="prompt injection by mail").data["id"])
    begin(station, incident=ident, playbook=NAME)
    file = tmp_path / "chat.json"
    file.write_text("{}")
    evidence.add(station, file=str(file), incident=ident)
    wanted = kinds_wanted(station, incident(station.view, ident))

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "5")
        await cockpit.until("chat.json")
        await cockpit.press("w")
        shown = await cockpit.until("of which kind is E1?")
        assert f"1 {wanted[0].replace('_', ' ')}: the playbook asks for it" in shown
        await cockpit.press("1")
        await cockpit.until(lambda: exhibits(station.view, ident)[0].kind == wanted[0])
        await cockpit.press("u")
        await cockpit.until(lambda: exhibits(station.view, ident)[0].kind == "")

    play(station, scenario)


FACTS = ("exhibit", "decision_recorded")

"""The action items on their screen: given by a decision, taken, moved and finished by keys, looked through, and shown whole."""

from tests.screens.stage import Cockpit, play
from tests.support.hub import declare

from ircockpit.features.decisions import actions, queries
from ircockpit.store.workstation import Workstation

LONG = "have a pharmacist check the ten commonest leaflets against what the bot says, and sign each of them"


def test_a_decision_is_made_from_the_queue_and_its_item_is_worked_through(station: Workstation) -> None:
    declare(station, "wrong dose")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("wrong dose")
        await cockpit.press("N")
        for words in ("stop the bot", "4,000 people", "dashboard", LONG):
            keys = ["space" if letter == " " else "comma" if letter == "," else letter for letter in words]
            await cockpit.press(*keys, "enter")
        await cockpit.until("on record")
        await cockpit.press("A")
        text = await cockpit.until("1 action item")
        assert "nobody" in text
        assert "each of them" in text, "the whole stands below the list"
        assert "stop the bot" in text, "and the decision it follows from"
        await cockpit.press("T")
        await cockpit.until("1 yours")
        await cockpit.press("M")
        await cockpit.until("due when?")
        await cockpit.press("2", "h", "enter")
        await cockpit.until("due in")
        await cockpit.press("C")
        await cockpit.until("no action item is open")
        await cockpit.press("q")
        assert cockpit.name == "Queue"

    play(station, scenario)
    (row,) = queries.tasks(station, over=True)
    assert (row.owner, row.state) == (station.me, "done")


def test_they_are_looked_through_and_lead_to_their_incident(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    for todo in ("count refunds", "call the vendor"):
        actions.add_task(station, incident=ident, todo=todo)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("wrong dose")
        await cockpit.press("A")
        await cockpit.until("2 action items, 0 yours")
        await cockpit.press("slash", *"vendor", "enter")
        text = await cockpit.until("1 action item, 0 yours, matching vendor")
        assert "refunds" not in text
        await cockpit.press("escape")
        await cockpit.until("2 action items")
        await cockpit.press("enter")
        await cockpit.until("1 overview")
        assert cockpit.name == "Incident"

    play(station, scenario)


def test_what_was_said_of_an_item_is_taken_back_where_it_was_said(station: Workstation) -> None:
    ident = declare(station, "wrong dose")
    item = str(actions.add_task(station, incident=ident, todo=["call the clinic"], to="me").data["short"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("A")
        await cockpit.until("call the clinic")
        await cockpit.press("C")
        await cockpit.until(lambda: queries.task(station.view, item).state == "done")
        await cockpit.press("u")
        await cockpit.until(lambda: queries.task(station.view, item).state == "open")
        assert "call the clinic" in cockpit.text

    play(station, scenario)

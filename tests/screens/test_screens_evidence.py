"""The exhibits of an incident on the screen: taken in, shown whole, and brought from a real hub, with where each file is."""

from pathlib import Path

from tests.screens.stage import Cockpit, play
from tests.support.hub import LocalHub, join, station, sync

from ircockpit.features.evidence.actions import add
from ircockpit.features.incidents.actions import declare


def test_a_file_is_taken_in_and_shown_whole(tmp_path: Path) -> None:
    chat = tmp_path / "chat.txt"
    chat.write_text("five hundred milligrams")
    with station(tmp_path / "a") as who:
        declare(who, title="wrong dose")

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "5", "F")
            assert "nothing was taken into custody yet: E takes in a file" in cockpit.last
            await cockpit.press("E")
            await cockpit.type(str(chat))
            await cockpit.press("enter")
            await cockpit.type("support desk")
            await cockpit.press("enter")
            await cockpit.until("1 exhibit, 23 B")
            assert "chat.txt" in cockpit.text
            await cockpit.press("enter")
            assert "support desk" in cockpit.text
            assert "23 bytes" in cockpit.text

        play(who, scenario)


def test_a_colleagues_file_is_brought_here_by_a_key(tmp_path: Path) -> None:
    a, b = station(tmp_path / "a"), station(tmp_path / "b")
    hub = LocalHub(tmp_path / "hub", a)
    hub.start(a)
    join(hub, b, "Bo")
    chat = tmp_path / "chat.txt"
    chat.write_text("five hundred milligrams")
    ident = str(declare(a, title="wrong dose").data["id"])
    add(a, file=str(chat), incident=ident)
    sync(a)

    async def sent(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "5")
        await cockpit.until("here and at hub")

    async def fetched(cockpit: Cockpit) -> None:
        await cockpit.until("wrong dose")
        await cockpit.press("enter", "4", "F")
        assert "5 lists them" in cockpit.last
        await cockpit.press("5")
        await cockpit.until("not here")
        await cockpit.press("F")
        await cockpit.until("here and at hub")

    play(a, sent)
    play(b, fetched)
    for each in (a, b):
        each.close()
    hub.close()

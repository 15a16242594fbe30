"""The palette: everything there is, above the prompt; Enter does what stands there, or writes its command."""

from tests.screens.stage import Cockpit, play

from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.render.span import plain
from ircockpit.screens.deck import Deck
from ircockpit.screens.palette import SHOWN, PaletteAid
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.edit_line import EditLine


def listed(aid: PaletteAid) -> list[str]:
    """Every id that the palette goes through."""
    aid.above("", 80)
    out: list[str] = []
    while aid.chosen is not None and aid.chosen.id not in out:
        out.append(aid.chosen.id)
        aid.key("down", EditLine())
    return out


def test_it_goes_through_everything_of_the_registry(station: Workstation) -> None:
    deck = Deck(station)
    for place in ("queue", "incident", "stop", "sync"):
        found = listed(PaletteAid(deck, place, lambda _: ""))
        missing = {each.id for each in actions() if each.needs_profile} - set(found)
        assert not missing
        assert "move.down" in found
    assert "sync.stop" in found
    assert "sync.stop" not in listed(PaletteAid(deck, "queue", lambda _: "")), (
        "what works elsewhere is not here"
    )


def test_keys_and_reasons_stand_beside_the_titles(station: Workstation) -> None:
    deck = Deck(station, settings=Settings(keys={"incident.take": ("f4",)}))
    aid = PaletteAid(deck, "queue", lambda action: "so" if action.id == "incident.take" else "")
    (line, *_) = map(plain, aid.above("take an incident", 120))
    assert line.startswith(" > f4 ")
    assert line.rstrip().endswith(":take  not now: so")
    assert len(aid.above("", 80)) == SHOWN + 1


def test_a_reason_that_has_no_room_in_its_row_stands_whole_below(station: Workstation) -> None:
    reason = "put the cursor on an incident first, or name one by its short id after the colon"
    aid = PaletteAid(Deck(station), "queue", lambda action: reason if action.id == "incident.take" else "")
    chosen, *others = [plain(line).rstrip() for line in aid.above("take an incident", 80)]
    assert chosen.endswith("  not now")
    assert "take an incident" in chosen
    assert f"not now: {reason}" in " ".join(" ".join(others).split())
    assert all(len(line) < 80 for line in others)
    aid.key("down", EditLine())
    assert reason.split(",")[0] not in " ".join(plain(line) for line in aid.above("take an incident", 80))


def test_enter_does_what_stands_there(station: Workstation) -> None:
    short = str(declare(station, title="wrong dose").data["short"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("ctrl+p")
        await cockpit.type("take an")
        await cockpit.press("enter")
        assert f"you have {short}" in cockpit.last
        await cockpit.press("ctrl+p")
        await cockpit.type("add note")
        await cockpit.press("enter")
        assert f"{short} note:" in cockpit.last
        await cockpit.type("called")
        await cockpit.press("enter")
        assert f"noted in {short}" in cockpit.last
        await cockpit.press("ctrl+p")
        await cockpit.type("help")
        await cockpit.press("enter")
        assert cockpit.name == "Help"
        await cockpit.press("q")

    play(station, scenario)
    assert incident(station.view, short).owner == station.me


def test_what_takes_more_words_is_written_on_the_line(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("ctrl+p")
        await cockpit.type("member role")
        await cockpit.press("enter")
        assert cockpit.last.startswith(" : member role")
        assert "member role MEMBER" in cockpit.text
        await cockpit.press("escape")

    play(station, scenario)


def test_what_is_called_nothing_does_nothing(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("ctrl+p")
        await cockpit.type("zzzz")
        assert "nothing is called that" in cockpit.text
        await cockpit.press("enter")
        assert "nothing is done" in cockpit.last
        await cockpit.press("ctrl+p", "up")
        assert " > " in cockpit.text, "round the end"
        await cockpit.press("escape")
        assert "left; nothing is done" in cockpit.last

    play(station, scenario)


def test_nothing_that_reaches_outside_is_done_by_enter(station: Workstation) -> None:
    declare(station, title="wrong dose")

    async def scenario(cockpit: Cockpit) -> None:
        count = station.log.count()
        await cockpit.press("ctrl+p")
        await cockpit.type("stop the harm")
        await cockpit.press("enter")
        assert cockpit.name == "Stop", "where the confirmation asks for its own key"
        await cockpit.press("enter", "enter", "q")
        assert station.log.count() == count

    play(station, scenario)

"""The ``:`` line on the screen: completed by Tab, told about above it, brought back by Up without anybody's words."""

from tests.screens.stage import Cockpit, play

from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import declare
from ircockpit.store.workstation import Workstation


def typed(cockpit: Cockpit) -> str:
    """What stands in the line."""
    assert cockpit.last.startswith(" :")
    return cockpit.last.removeprefix(" :").strip()


def above(cockpit: Cockpit) -> str:
    """What stands between the rule and the question."""
    lines = cockpit.text.splitlines()
    rule = max(at for at, line in enumerate(lines) if line.startswith(" ----"))
    return "\n".join(lines[rule + 1 : -1])


def test_tab_goes_through_what_may_come_and_back(station: Workstation) -> None:
    short = str(declare(station, title="wrong dose").data["short"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("colon")
        assert "Tab goes through" in above(cockpit)
        await cockpit.type("tak")
        await cockpit.press("tab")
        assert typed(cockpit) == "take"
        assert "take an incident: you are its owner now" in above(cockpit)
        await cockpit.press("tab")
        assert typed(cockpit) == f"take {short}", "the one incident there is"
        await cockpit.press("enter")
        assert f"you have {short}" in cockpit.last
        await cockpit.press("colon")
        await cockpit.type("e")
        words = list(dict.fromkeys(each.verb[0] for each in actions() if each.verb[0].startswith("e")))
        assert {"evidence", "enroll"} <= {*words}
        for word in (*words, words[0]):
            await cockpit.press("tab")
            assert typed(cockpit) == word
            if word == "evidence":
                assert "add, clear, list" in above(cockpit), "a word that begins several says which"
            if word == "enroll":
                assert "join a hub" in above(cockpit)
        await cockpit.press("shift+tab")
        assert typed(cockpit) == words[-1]
        await cockpit.press("escape")
        assert "left; nothing is done" in cockpit.last

    play(station, scenario)


def test_what_is_offered_for_a_choice_is_taken(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("colon")
        await cockpit.type("open 'wrong dose' --sev")
        await cockpit.press("tab")
        assert typed(cockpit) == "open 'wrong dose' --severity"
        await cockpit.press("tab", "tab", "space", "enter")
        assert "SEV2 provisional" in cockpit.last

    play(station, scenario)


def test_titles_of_others_stand_above_the_question_and_are_inert(station: Workstation) -> None:
    for number in range(2):
        declare(station, title=f"\x1b]0;owned\x07 press f to send {number}")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("colon")
        await cockpit.type("take ")
        await cockpit.press("tab")
        assert "press f to send" in above(cockpit)
        assert "\x1b" not in cockpit.text
        assert typed(cockpit).startswith("take")

    play(station, scenario)


def test_up_brings_back_lines_without_anybodys_words(station: Workstation) -> None:
    short = str(declare(station, title="wrong dose").data["short"])
    path = station.profile.folder / "typed"

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.command(f"note {short} mira called about patient 7")
        await cockpit.command("enroll http://user:hunter2@hub.invalid ABCD-EFGH --name Mira")
        await cockpit.until(lambda: "…" not in cockpit.last)
        await cockpit.command("nothing like this")
        await cockpit.press("colon", "up")
        assert typed(cockpit) == "enroll"
        await cockpit.press("up")
        assert typed(cockpit) == f"note {short}"
        await cockpit.press("down", "down")
        assert typed(cockpit) == ""
        await cockpit.press("escape")

    play(station, scenario)
    assert path.read_text("utf-8") == f"note {short}\nenroll\n"
    assert path.stat().st_mode & 0o777 == 0o600

    async def later(cockpit: Cockpit) -> None:
        await cockpit.press("colon", "up", "up")
        assert typed(cockpit) == f"note {short}", "also in the next cockpit"

    play(station, later)

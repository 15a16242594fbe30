"""Help of a place: its keys with people's own, why not beside what is not possible, and a search in it."""

from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import Entry, keymap, keys_of, label
from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import close, declare, give, queue, reopen, take
from ircockpit.render.span import plain
from ircockpit.screens.help import help_lines
from ircockpit.screens.keywords import PLACES
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation

ENTRIES: tuple[Entry, ...] = (*actions(), *GESTURES)


def unnamed(lines: list[str], place: str, own: dict[str, tuple[str, ...]]) -> list[str]:
    """Keys that work in a place and that these lines of help do not name with what they do."""
    return [
        f"{label(key)} {entry.id}"
        for key, entry in keymap(ENTRIES, place, own).items()
        if not any(label(key) in line.split() and entry.title in line for line in lines)
    ]


@pytest.mark.parametrize("place", PLACES)
def test_every_key_of_a_place_is_in_its_help_also_ones_own(place: str) -> None:
    own = {"incident.note": ("N", "ctrl+n"), "move.down": ("e",)}
    for keys in ({}, own):
        lines = [plain(line) for line in help_lines(ENTRIES, place, keys)]
        assert unnamed(lines, place, keys) == []
    assert unnamed([plain(line) for line in help_lines(ENTRIES, place)], place, own), (
        "another key would be missed"
    )


def test_a_line_too_long_goes_on_below_its_title() -> None:
    lines = [plain(line) for line in help_lines(ENTRIES, "queue", width=77)]
    assert max(map(len, lines)) <= 77
    assert sum(line.startswith(" " * 12) for line in lines) > 1


def test_a_search_leaves_what_shows_all_its_words(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("question_mark", "slash")
        await cockpit.type("EXHIBIT evidence")
        assert "list an incident's exhibits" in cockpit.text
        assert "answer the triage questions" not in cockpit.text
        assert "help queue / EXHIBIT evidence" in cockpit.text
        await cockpit.press("enter", "escape")
        assert cockpit.name == "Help"
        assert "answer the triage questions" in cockpit.text
        await cockpit.press("slash")
        await cockpit.type("zzz")
        assert 'nothing here shows "zzz"; Esc clears' in cockpit.text
        await cockpit.press("escape", "q")
        assert cockpit.name == "Queue"

    play(station, scenario)


def test_a_page_of_a_command_is_searched_too(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("D")
        await cockpit.until("log.db")
        await cockpit.press("slash")
        await cockpit.type("file modes")
        assert "file modes" in cockpit.text
        assert "log.db" not in cockpit.text
        await cockpit.press("escape")
        assert "log.db" in cockpit.text

    play(station, scenario)


def test_what_is_not_possible_says_why_when_asked_and_when_pressed(station: Workstation) -> None:
    ident = str(declare(station, title="wrong dose").data["short"])

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        for key, reason in (
            ("B", "nobody owns it"), ("X", "nobody disagrees about anything here"), ("O", "it is open"),
            ("R", "nothing is in force here"), ("U", "nothing is in force here"),
        ):  # fmt: skip
            count = station.log.count()
            await cockpit.press(key)
            assert f"not now: {reason}" in cockpit.last
            assert station.log.count() == count
            await cockpit.press("question_mark")
            assert f"not now: {reason}" in " ".join(cockpit.text.split())
            await cockpit.press("q")
        assert "T take" in cockpit.last
        await cockpit.press("T")
        assert f"you have {ident}" in cockpit.last
        await cockpit.press("T")
        assert "not now: it is yours already" in cockpit.last
        await cockpit.press("j")
        assert "T take" in cockpit.last, "the hint bar stands still"
        await cockpit.press("B")
        assert f"{ident} has no owner now" in cockpit.last, "what is possible is done"

    play(station, scenario)


def test_the_handlers_leave_alone_what_the_rules_forbid(station: Workstation) -> None:
    ident = str(declare(station, title="wrong dose").data["short"])
    count = station.log.count()
    assert "nobody owns" in give(station, incident=ident).said
    assert "open already" in reopen(station, incident=ident, why="again").said
    assert station.log.count() == count
    take(station, incident=ident)
    close(station, incident=ident, why="over")
    count = station.log.count()
    assert "yours already" in take(station, incident=ident).said
    assert "closed already" in close(station, incident=ident, why="over").said
    assert station.log.count() == count
    reopen(station, incident=ident, why="again")
    assert queue(station).data["incidents"][0]["status"] == "open"


def test_with_the_cursor_on_nothing_help_says_what_is_needed(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("question_mark")
        assert "not now: put the cursor on an incident first" in " ".join(cockpit.text.split())

    play(station, scenario)


def test_own_keys_are_what_help_shows(station: Workstation, tmp_path: Path) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("ctrl+g", "slash")
        await cockpit.type("add a note")
        (line,) = (line for line in cockpit.text.splitlines() if "add a note" in line and ":note" in line)
        assert keys_of(cockpit.app.deck.entry("incident.note"), cockpit.app.deck.keys) == ("f4",)
        assert "f4" in line.split()

    play(station, scenario, Settings(keys={"incident.note": ("f4",), "help.show": ("ctrl+g",)}))

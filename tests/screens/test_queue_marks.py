"""Marks, what acts do with them, saved views, jump letters, counts, and the detail: by their keys."""

import pytest
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_queue import owner, signals, two

from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import declare, note
from ircockpit.features.incidents.queries import incident, incidents
from ircockpit.features.intake.queries import group
from ircockpit.features.queue.views import saved
from ircockpit.screens.marking import BULK, CONFIRMED
from ircockpit.store.workstation import Workstation
from ircockpit.widgets.split import LEAST_COLUMNS, columns_beside

__all__ = ("signals", "two")


@pytest.fixture
def many(station: Workstation) -> list[str]:
    """Short ids of thirty incidents, the first on top."""
    made = [str(declare(station, title=f"number {n:02}", severity="SEV2").data["id"]) for n in range(30)]
    return [
        row.short for row in incidents(station.view, made[::-1])
    ]  # as they are now: one may have become longer


def line(cockpit: Cockpit, words: str) -> str:
    return next(each for each in cockpit.text.splitlines() if words in each)


def test_nothing_that_reaches_the_outside_acts_on_marks() -> None:
    reach = {action.id: action.danger.value for action in actions()}
    assert {reach[ident] for ident in BULK} == {"record"}
    named = {action.id: action for action in actions()}
    assert all(named[ident].undo for ident in BULK if ident not in CONFIRMED)


def test_marks_are_counted_and_taken_as_one_act_that_is_undone(station: Workstation, many: list[str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("space", "j", "space")
        assert "2 marked" in cockpit.text.splitlines()[1]
        assert line(cockpit, "number 29").startswith("*  SEV2")
        await cockpit.press("j", "m")
        assert "4 marked" in cockpit.text
        await cockpit.press("T")
        await cockpit.until("4 rows taken; u takes it back")
        assert "marked" not in cockpit.text.splitlines()[1]
        assert [owner(station, short) for short in many[:6]] == ["mira", "-", "mira", "mira", "mira", "-"]
        await cockpit.press("u")
        await cockpit.until("taken back: owner of 4 rows is as before")
        assert {owner(station, short) for short in many} == {"-"}

    play(station, scenario)


def test_what_one_key_does_not_undo_is_asked_with_count_and_names(
    station: Workstation, many: list[str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("asterisk")
        assert "30 marked" in cockpit.text
        await cockpit.press("C")
        assert "30 marked: why is it over?" in cockpit.last
        await cockpit.type("false alarm")
        await cockpit.press("enter")
        assert "close an incident: 30 times" in cockpit.text
        assert many[5] in cockpit.text.partition("close an incident")[2]
        assert "and 24 more" in cockpit.text
        assert "why: false alarm" in cockpit.text
        await cockpit.press("n")
        assert {incident(station.view, short).status for short in many} == {"open"}
        await cockpit.press("C")
        await cockpit.type("false alarm")
        await cockpit.press("enter")
        await cockpit.pilot.pause(0.3)  # the confirmation is deaf for a moment
        await cockpit.press("f")
        await cockpit.until("30 rows closed")
        assert {incident(station.view, short).status for short in many} == {"closed"}
        assert "nothing is open" in cockpit.text

    play(station, scenario)


def test_what_failed_is_told_by_name_and_stays_marked(
    station: Workstation, two: tuple[str, str], signals: str
) -> None:
    station.append(
        [
            station.set_field(
                incident(station.view, two[0]).stream,
                "incident.set",
                incident(station.view, two[0]).ident,
                "status",
                "closed",
            )
        ]
    )
    from tests.features.containment.test_containment_queries import put

    row = incident(station.view, two[1])
    put(station, (row.ident, row.stream), "halt", "approved", "sent", "effective")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("asterisk")
        assert "2 marked" in cockpit.text
        await cockpit.press("C")
        await cockpit.type("over")
        await cockpit.press("enter")
        assert "close an incident: 1 time" in cockpit.text, "signals cannot be closed"
        await cockpit.pilot.pause(0.3)
        await cockpit.press("f")
        await cockpit.until(f"0 rows closed; not {two[1]}: halt")
        assert "2 marked" in cockpit.text
        await cockpit.press("r", "d")
        await cockpit.type("a test")
        await cockpit.press("enter")
        await cockpit.pilot.pause(0.3)
        await cockpit.press("f")
        await cockpit.until("1 row reviewed; u takes it back")
        assert group(station.view, signals).state == "dismissed"
        await cockpit.press("escape")
        assert "marked" not in cockpit.text.splitlines()[1]

    play(station, scenario)


def test_a_stop_is_about_the_row_under_the_cursor_whatever_is_marked(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("space", "exclamation_mark")
        assert cockpit.name == "Stop"
        assert f" {two[1]} " in cockpit.text.splitlines()[0] + " "

    play(station, scenario)


def test_marks_that_a_filter_hides_are_said_and_not_acted_on(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("asterisk", "slash")
        await cockpit.type("sev:3")
        await cockpit.press("enter")
        assert "2 marked (1 not shown)" in cockpit.text
        await cockpit.press("T")
        await cockpit.until("1 row taken")
        assert (owner(station, two[0]), owner(station, two[1])) == ("-", "mira")

    play(station, scenario)


def test_a_filter_that_asks_nothing_says_what_is_possible_and_the_last_result_stays(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("sev:1")
        assert "low one" not in cockpit.text
        await cockpit.type(" foo:2")
        assert "no field here is called foo; there are sev, owner" in cockpit.text.splitlines()[1]
        assert "top one" in cockpit.text
        assert "low one" not in cockpit.text
        await cockpit.press("enter")
        assert cockpit.text.splitlines()[1].startswith(" / sev:1 ")

    play(station, scenario)


def test_a_letter_goes_to_its_row_and_does_nothing_else(station: Workstation, many: list[str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        count = station.log.count()
        await cockpit.press("apostrophe")
        labels = [row[0] for row in cockpit.text.splitlines()[2:] if "number" in row and "SEV2" in row]
        assert labels[:9] == list("asdfghjkl")
        await cockpit.press(labels[4])
        assert line(cockpit, " > ").startswith(" > SEV2")
        assert "number 25" in line(cockpit, " > ")
        await cockpit.press("apostrophe", "T")
        assert "no row was called that" in cockpit.last
        assert station.log.count() == count

    play(station, scenario)


def test_a_number_before_a_key_moves_so_many_rows(station: Workstation, many: list[str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("1", "2")
        assert "12 times" in cockpit.last
        await cockpit.press("j")
        assert "number 17" in line(cockpit, " > ")
        await cockpit.press("3", "k", "j")
        assert "number 19" in line(cockpit, " > ")
        await cockpit.press("5", "escape", "j")
        assert "number 18" in line(cockpit, " > ")
        await cockpit.press("g", "g")
        assert "number 29" in line(cockpit, " > ")

    play(station, scenario)


def test_a_view_is_chosen_by_its_key_and_saved_under_a_name(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("w")
        assert "3 SEV1-2: sev:1,2" in cockpit.text
        await cockpit.press("3")
        assert "low one" not in cockpit.text
        await cockpit.press("W")
        await cockpit.type("my night")
        await cockpit.press("enter")
        assert "my night is saved" in cockpit.last
        await cockpit.press("escape")
        assert "low one" in cockpit.text
        await cockpit.press("w", "6")
        assert "low one" not in cockpit.text

    play(station, scenario)
    assert [(each.name, each.filter) for each in saved(station)] == [("my night", "sev:1,2")]


def test_the_detail_goes_and_comes_and_stands_beside_where_there_is_room(
    station: Workstation, two: tuple[str, str]
) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("provisional")
        await cockpit.press("d")
        await cockpit.until(lambda: "provisional" not in cockpit.text)
        await cockpit.press("d")
        await cockpit.until("provisional")
        await cockpit.pilot.resize_terminal(140, 30)
        await cockpit.until(lambda: " | " in line(cockpit, " > "))
        await cockpit.until(lambda: "severity" in cockpit.text)
        await cockpit.press("j")
        await cockpit.until(lambda: two[1] in line(cockpit, "SEV1~").partition(" | ")[2])

    play(station, scenario)


def test_titles_and_detail_can_be_read_at_every_width(station: Workstation) -> None:
    title = "Pharmacy bot told a patient the wrong dose"
    declare(station, title=title, severity="SEV1", impact="4,000 people")

    async def scenario(cockpit: Cockpit) -> None:
        for width in range(100, 301, 10):
            await cockpit.pilot.resize_terminal(width, 40)
            await cockpit.until(lambda: title[:38] in line(cockpit, " > ").partition(" | ")[0])
            room = columns_beside(width)
            assert room == 0 or (room >= LEAST_COLUMNS and width - room >= 96), width
            await cockpit.until("impact   4,000 people")

    play(station, scenario)


def test_coming_back_finds_filter_and_cursor_as_they_were(station: Workstation, two: tuple[str, str]) -> None:
    for words in ("first call", "second call", "third call"):
        note(station, incident=two[0], text=words)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        await cockpit.type("sev:1")
        await cockpit.press("enter", "enter")
        await cockpit.press("slash")
        await cockpit.type("what:note")
        await cockpit.press("enter", "j")
        await cockpit.until(lambda: "second call" in line(cockpit, ">  12:"))
        await cockpit.press("escape", "slash")  # the filter of an incident is its own
        await cockpit.type("what:note")
        await cockpit.press("enter", "q")
        assert cockpit.name == "Queue"
        assert cockpit.text.splitlines()[1].startswith(" / sev:1 ")
        await cockpit.press("enter")
        await cockpit.until("timeline / what:note  3 of")
        await cockpit.until(lambda: "second call" in line(cockpit, ">  12:"))

    play(station, scenario)


def test_tab_completes_a_filter_and_the_list_follows(station: Workstation, two: tuple[str, str]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("slash")
        assert "sev:" in cockpit.text
        assert "! before one means its opposite" in cockpit.text
        await cockpit.type("se")
        await cockpit.press("tab")
        assert cockpit.last.startswith(" / sev:")
        assert "sev: 1 to 4" in cockpit.text
        await cockpit.press("tab")
        await cockpit.until(lambda: "low one" not in cockpit.text)
        assert cockpit.last.startswith(" / sev:1")
        await cockpit.press("tab", "tab")
        await cockpit.until(lambda: "low one" in cockpit.text and "top one" not in cockpit.text)
        assert cockpit.last.startswith(" / sev:3")
        await cockpit.press("enter")
        assert "low one" in cockpit.text

    play(station, scenario)

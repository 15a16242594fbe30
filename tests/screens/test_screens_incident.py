"""One incident's screen: facts and timeline, entries whole, disagreements settled by a digit."""

from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play
from tests.store.profiles import open_station

from ircockpit.features.incidents.actions import close, declare, note, timeline
from ircockpit.features.incidents.queries import incident
from ircockpit.store.workstation import Workstation


@pytest.fixture
def ident(station: Workstation) -> str:
    return str(declare(station, title="wrong dose").data["id"])


def test_an_entry_opens_whole(station: Workstation, ident: str) -> None:
    words = "pharmacist called: " + "two patients in hospital, " * 8 + "END"
    note(station, incident=ident, text=words)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        await cockpit.until("pharmacist called")
        assert "END" not in cockpit.text
        await cockpit.press("g", "enter")
        assert "END" in cockpit.text
        assert "incident.noted" in cockpit.text
        await cockpit.press("q", "q")
        assert cockpit.name == "Queue"

    play(station, scenario)


def test_hostile_words_are_inert_in_every_place(station: Workstation, ident: str) -> None:
    note(station, incident=ident, text="x\x1b]52;c;cHduZWQ=\x07\u202e[@click=app.exit]press[/] [bold]loud")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        await cockpit.until("[bold]loud")
        await cockpit.press("g", "enter")
        await cockpit.until("[@click=app.exit]")
        for char in "\x1b\x07\u202e":
            assert char not in cockpit.text

    play(station, scenario)


def test_a_disagreement_is_settled_by_a_digit(station: Workstation, ident: str, tmp_path: Path) -> None:
    stream = incident(station.view, ident).stream
    with open_station(tmp_path / "jo") as other:
        with other.log.writing() as writer:
            for stored in station.log.of_stream(stream):
                writer.add(stored.event)
        other.refresh()
        other.append([other.set_field(stream, "incident.set", ident, "severity", "SEV1")])
        station.append([station.set_field(stream, "incident.set", ident, "severity", "SEV3")])
        with station.log.writing() as writer:
            for stored in other.log.of_stream(stream):
                writer.add(stored.event)
    station.refresh()

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        assert "SEV1" in cockpit.text
        assert "SEV3" in cockpit.text
        await cockpit.press("X", "escape")
        assert incident(station.view, ident).disputed == ("severity",)
        await cockpit.press("X", "1")
        assert incident(station.view, ident).disputed == ()
        await cockpit.press("X")
        assert "nobody disagrees" in cockpit.last

    play(station, scenario)
    assert timeline(station, incident=ident).data[-1]["text"].startswith("SEV")


def test_closing_and_opening_again_ask_why(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "C", "enter")
        assert incident(station.view, ident).status == "open", "without a reason nothing is done"
        await cockpit.press("C")
        await cockpit.type("over")
        await cockpit.press("enter")
        assert incident(station.view, ident).status == "closed"
        await cockpit.command("reopen --why again")
        assert incident(station.view, ident).status == "open"

    play(station, scenario)


def test_a_thing_named_in_words_that_is_not_this_one_is_not_acted_on(
    station: Workstation, ident: str
) -> None:
    other = declare(station, title="another").data

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.command(f"show {other['short']}")
        assert "another" in cockpit.text
        await cockpit.press("q", "j", "enter")
        assert "wrong dose" in cockpit.text
        await cockpit.command(f"triage {other['short']}")
        assert cockpit.name == "Incident"
        assert "not shown here" in cockpit.last
        await cockpit.command(f"triage {other['short']} --harm yes")
        assert incident(station.view, other["id"]).severity == "SEV2"
        assert "saved" in cockpit.last

    play(station, scenario)


def test_an_incident_closed_meanwhile_is_still_shown(station: Workstation, ident: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        with open_station(station.profile.folder) as other:
            close(other, incident=ident, why="over")
        await cockpit.until("closed since")

    play(station, scenario)

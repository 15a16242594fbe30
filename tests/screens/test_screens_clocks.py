"""The tab of the legal clocks: keys record, what must not be done stands on top, an alarm takes no key."""

from pathlib import Path

from tests.screens.stage import Cockpit, play
from tests.support.hub import declare

from ircockpit.features.clocks import actions
from ircockpit.features.clocks.boards import board
from ircockpit.features.clocks.due import HEARD, Bell
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.incidents.queries import incident as row_of
from ircockpit.store.workstation import Workstation

GDPR = "eu-gdpr-33-1"


def running(station: Workstation, time: str = "2020-01-01T10:00Z") -> str:
    """An incident whose first GDPR clock runs, or has run out."""
    ident = declare(station, "leak")
    for question, word in (
        ("gdpr_role", "controller"),
        ("personal_data_breach", "yes"),
        ("risk_to_persons", "likely"),
    ):
        actions.fact(station, incident=ident, fact=question, answer=word)
    actions.anchor(station, incident=ident, name="aware", time=time)
    return ident


def bell(station: Workstation) -> Bell:
    """One that has looked at every clock."""
    made = Bell(station)
    while made.look():
        pass
    return made


def test_a_clock_is_shown_whole_and_keys_record_what_it_wants(station: Workstation) -> None:
    ident = running(station)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "8")
        text = await cockpit.until("GDPR Art. 33(1)")
        row = next(line for line in text.splitlines() if "GDPR Art. 33(1)" in line)
        assert "over by" in row
        assert "overdue" in row
        assert "confirm with counsel" in text
        for _ in range(20):  # alarms are said first, each once; the next key shows the hints again
            await cockpit.press("g")
            if "w when" in cockpit.last:
                break
        for word in ("w when", "b answer", "p filed"):
            assert word in cockpit.last
        await cockpit.press("enter")
        assert "72 hours" in " ".join((await cockpit.until("eur-lex")).split())
        await cockpit.press("q", "p")
        await cockpit.until("sent when?")
        await cockpit.press("enter")
        await cockpit.until("under which reference?")
        await cockpit.type("A 17")
        await cockpit.press("enter")
        await cockpit.until("after its target")

    play(station, scenario)
    (filing,) = board(station, row_of(station.view, ident)).kept.filings
    assert (filing.clock, filing.reference) == (GDPR, "A 17")


def test_an_event_is_picked_and_a_question_is_answered_by_a_digit(station: Workstation) -> None:
    ident = declare(station, "leak")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "8")
        await cockpit.until("EU AI Act Art. 73(2)")
        await cockpit.press("w")
        await cockpit.until("became aware")
        await cockpit.press("2")
        await cockpit.until("when was it?")
        await cockpit.type("2020-01-01T10:00Z")
        await cockpit.press("enter")
        await cockpit.until("how is that known?")
        await cockpit.type("phone")
        await cockpit.press("enter")
        await cockpit.until("on record")
        await cockpit.press("b")
        await cockpit.until("Are we the provider")
        await cockpit.press("2")
        await cockpit.until("ai_act_provider: no")

    play(station, scenario)
    kept = board(station, row_of(station.view, ident)).kept
    assert kept.record.facts == {"ai_act_provider": "no"}
    assert [each.why for each in kept.anchors if each.name == "aware"] == ["phone"]


def test_what_must_not_be_done_stands_on_top_and_keeps_a_file_out(station: Workstation) -> None:
    ident = declare(station, "material")
    actions.fact(station, incident=ident, fact="child_abuse_material", answer="yes")

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until(lambda: cockpit.app._bell is not None)
        await cockpit.press("enter")
        await cockpit.until("Possibly illegal material")
        await cockpit.press("3")
        await cockpit.until("Possibly illegal material")
        await cockpit.press("q", "8")
        await cockpit.until("copied, forwarded, printed")
        await cockpit.press("E")
        assert "not now" in cockpit.last

    play(station, scenario)
    assert not station.view.rows("SELECT 1 FROM exhibit")


def test_an_alarm_is_said_once_on_this_device(station: Workstation) -> None:
    ident = running(station)
    rulebook(station.profile.folder)
    first = bell(station).ring()
    assert row_of(station.view, ident).short in first
    assert "time is over" in first
    rest = bell(station)
    while said := rest.ring():
        assert said != first
    assert bell(station).ring() == ""
    assert (station.profile.folder / HEARD).exists()
    running(station, "2020-02-01T10:00Z")
    assert bell(station).ring(), "control: another one is heard"


def test_an_alarm_waits_while_a_question_stands_and_takes_no_key(station: Workstation) -> None:
    ident = running(station)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("time is over")
        await cockpit.press("n")
        await cockpit.until(" note")
        running(station, "2020-02-01T10:00Z")
        app = cockpit.app
        app._bell = bell(station)
        app._ring()
        await cockpit.type("bank called")
        await cockpit.press("enter")
        await cockpit.until(lambda: station.view.rows("SELECT 1 FROM entry WHERE type='incident.noted'"))
        assert "time is over" not in cockpit.last
        app._ring()
        assert "time is over" not in cockpit.last, "what was said about the note stands"
        await cockpit.press("j")
        app._ring()
        assert "time is over" in cockpit.last
        await cockpit.press("enter")
        await cockpit.until("[1 overview]")
        assert "clocks" in cockpit.text

    play(station, scenario)
    assert station.view.rows("SELECT 1 FROM entry WHERE type='incident.noted' AND ent=?", (ident,))


def test_the_queue_names_the_next_due_clock_of_the_row(station: Workstation, tmp_path: Path) -> None:
    del tmp_path
    declare(station, "untouched")
    running(station)

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until(lambda: cockpit.app._bell is not None)
        await cockpit.press("g")
        seen = set()
        for _ in range(2):
            await cockpit.until("impact")
            seen.add("GDPR Art. 33(1) over by" in cockpit.text)
            await cockpit.press("j")
            await cockpit.pilot.pause(0.2)
        seen.add("GDPR Art. 33(1) over by" in cockpit.text)
        assert seen == {True, False}

    play(station, scenario)

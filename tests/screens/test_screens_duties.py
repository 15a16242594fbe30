"""Roles on the screen: taken and handed over by digit, the checklist ticked by a key, the call recorded; all by keyboard."""

from pathlib import Path

from tests.screens.stage import Cockpit, play
from tests.support.hub import station
from tests.support.idle import drive, frame
from textual.pilot import Pilot

from ircockpit.core.ids import random_uuid
from ircockpit.features.incidents.actions import declare
from ircockpit.features.incidents.queries import incident
from ircockpit.features.response.queries import duties, mine
from ircockpit.features.systems.actions import add
from ircockpit.inert.foreign import only_safe
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.theme import look
from ircockpit.store.workstation import Draft, Workstation


def opened(who: Workstation) -> str:
    add(who, name="bot", escalate=["Ann Lee=pager 7/15", "Bo"])
    return str(declare(who, title="wrong dose", system="bot").data["id"])


def test_a_role_is_taken_by_a_digit_and_its_checklist_ticked(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        ident = opened(who)

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "7")
            await cockpit.until("0 of 10 roles held, none yours")
            assert "level 1: Ann Lee, pager 7 by" in cockpit.text
            await cockpit.press("plus")
            assert "which role do you take?" in cockpit.last
            await cockpit.press("escape")
            assert "1 of 10" not in cockpit.text, "nothing was taken"
            await cockpit.press("plus", "0")
            await cockpit.until("1 of 10 roles held, yours: scribe")
            await cockpit.press("K")
            await cockpit.until("0 of 6 done, yours")
            await cockpit.press("enter")
            assert "c says that it is done" in cockpit.last
            assert "0 of 6 done" in cockpit.text
            await cockpit.press("c")
            await cockpit.until("1 of 6 done, yours")
            await cockpit.press("c")
            await cockpit.until("0 of 6 done, yours")
            await cockpit.press("q")
            await cockpit.until("[7 people]")

        play(who, scenario)
        assert [each.role for each in mine(who, incident(who.view, ident))] == ["scribe"]


def test_without_a_role_every_checklist_is_there(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        opened(who)

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "K")
            await cockpit.until("of every role: you have none here")
            assert "AI/ML engineer" in cockpit.text

        play(who, scenario)


def test_a_role_is_handed_over_by_digits(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        ident = opened(who)
        bo = random_uuid()
        who.append([Draft(who.identity.org_stream, "person.named", bo, ({"name": "Bo"},))])

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "7", "plus", "1")
            await cockpit.until("yours: incident commander")
            await cockpit.press("equals_sign", "1")
            await cockpit.type("Zacharias")
            await cockpit.press("enter")
            await cockpit.until("nobody here is called")
            await cockpit.press("ctrl+u")
            await cockpit.type("Bo")
            await cockpit.press("enter")
            await cockpit.until("handed to Bo, not taken")

        play(who, scenario)
        (first, *_) = duties(who, incident(who.view, ident))
        assert [each.user for each in first.offered] == [bo]


def test_a_call_is_recorded_and_a_role_shown_whole(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        opened(who)

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.until("not stated  call level 1 by ")
            await cockpit.press("enter")
            await cockpit.until("call     level 1: Ann Lee")
            await cockpit.press("o")
            assert "what did they say?" in cockpit.last
            await cockpit.type("voicemail")
            await cockpit.press("enter")
            await cockpit.until("call     level 2: Bo")
            assert "called level 1, Ann Lee" in cockpit.text
            await cockpit.press("7", "enter")
            await cockpit.until("answers for")
            assert "may approve" in cockpit.text
            assert "Say aloud and here that you lead" in cockpit.text

        play(who, scenario)


def test_safe_summaries_keep_roles_and_times_and_no_names(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        opened(who)

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "7", "z")
            await cockpit.until("safe summaries alone")
            assert "incident commander" in cockpit.text
            assert "level 1" in cockpit.text
            assert "Ann" not in cockpit.text
            await cockpit.press("z")
            await cockpit.until("Ann Lee")

        try:
            play(who, scenario)
        finally:
            only_safe(False)


def test_everything_fits_into_80_by_24(tmp_path: Path) -> None:
    with station(tmp_path / "a") as who:
        opened(who)
        app = CockpitApp(look({"TERM": "xterm-256color"}), Deck(who))

        async def run(pilot: Pilot[CockpitApp]) -> None:
            cockpit = Cockpit(pilot, app)
            await cockpit.press("enter", "7")
            await cockpit.until("scribe")
            assert "wrote here" in cockpit.text, "roles and people stand on one screen"
            await cockpit.press("plus")
            for digit, title in (("1", "incident commander"), ("9", "partner contact"), ("0", "scribe")):
                assert f" {digit} {title}" in cockpit.text
            await cockpit.press("1", "K")
            await cockpit.until("Hand the role over before you err")
            assert all(len(line) <= 80 for line in frame(app).splitlines())

        drive(app, run, (80, 24))

"""Everybody an incident reached on the screen: a list taken in, filtered, marked, told, taken back, and stopped halfway."""

from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play
from tests.support.hub import station

from ircockpit.features.impact import actions
from ircockpit.features.impact.queries import rows, summary
from ircockpit.features.impact.rules import Count
from ircockpit.features.incidents.actions import declare
from ircockpit.screens import impact as screen


async def accept(cockpit: Cockpit) -> None:
    """The question is deaf at first: the key is pressed until it is heard."""
    for _ in range(200):
        await cockpit.press("f")
        if not cockpit.app.screen.bar.asking:  # type: ignore[attr-defined]
            return
        await cockpit.pilot.pause(0.8)
    raise AssertionError(f"never heard: {cockpit.text}")


def test_a_list_is_taken_in_and_what_became_of_them_is_said(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "user_id,country\n" + "".join(f"u-{n},{'DE' if n < 3 else 'US'}\n" for n in range(8))
    )
    with station(tmp_path / "a") as who:
        ident = str(declare(who, title="wrong dose").data["id"])

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "I")
            await cockpit.until("nobody is recorded yet")
            assert cockpit.name == "Impact"
            await cockpit.press("t")
            assert "nobody is recorded yet" in cockpit.last
            await cockpit.press("i")
            await cockpit.type(str(tmp_path / "p.csv"))
            await cockpit.press("enter")
            await cockpit.until("id=user_id jurisdiction=country")
            await cockpit.press("enter")
            await cockpit.until("8 read, 8 new")
            assert summary(who.view, ident).people == Count(), "shown, and not recorded"
            await accept(cockpit)
            await cockpit.until("8 recorded for")
            await cockpit.press("slash")
            await cockpit.type("country:de")
            await cockpit.press("enter")
            await cockpit.until("3 of 8 rows")
            await cockpit.press("asterisk")
            await cockpit.until("3 marked")
            await cockpit.press("t")
            assert "3 people are now" in cockpit.text
            await cockpit.press("2")
            await cockpit.type("letter sent")
            await cockpit.press("enter")
            await cockpit.until("3 people become told")
            assert summary(who.view, ident).by_state == {"open": Count(8)}
            await accept(cockpit)
            await cockpit.until("3 of 3 are told")
            assert summary(who.view, ident).by_state == {"open": Count(5), "told": Count(3)}
            await cockpit.press("enter")
            await cockpit.until("letter sent")
            await cockpit.press("q", "u")
            await cockpit.until("taken back: state of 3 rows")
            assert summary(who.view, ident).by_state == {"open": Count(8)}
            await cockpit.press("escape", "escape")
            await cockpit.until(lambda: cockpit.name == "Incident")
            assert "reached" in cockpit.text

        play(who, scenario)


def test_one_is_added_by_keys_and_the_row_under_the_cursor_is_settled_without_a_question(
    tmp_path: Path,
) -> None:
    with station(tmp_path / "a") as who:
        ident = str(declare(who, title="wrong dose").data["id"])

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "I", "a")
            await cockpit.type("jo@b.example")
            await cockpit.press("enter")
            await cockpit.type("DE")
            await cockpit.press("enter")
            await cockpit.until("a keyed hash in place of what looked like e-mail address")
            await cockpit.press("t", "5")
            await cockpit.type("a test address")
            await cockpit.press("enter")
            await cockpit.until("1 of 1 are mistaken")
            assert summary(who.view, ident).empty

        play(who, scenario)


def test_escape_stops_a_long_act_and_what_is_recorded_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "PAUSE_S", 3600.0)  # the second step never comes by itself
    with station(tmp_path / "a") as who:
        ident = str(declare(who, title="wrong dose").data["id"])
        (tmp_path / "p.csv").write_text("user_id\n" + "".join(f"u-{n}\n" for n in range(screen.AT_ONCE * 4)))

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "I", "i")
            await cockpit.type(str(tmp_path / "p.csv"))
            await cockpit.press("enter", "enter")
            await cockpit.until("400 read, 400 new")
            await accept(cockpit)
            await cockpit.until("Esc stops")
            await cockpit.press("t")
            await cockpit.press("escape")
            await cockpit.until("stopped:")
            assert len(rows(who.view, ident)) == screen.AT_ONCE

        play(who, scenario)
        done = actions.take_in(who, incident=ident, file=str(tmp_path / "p.csv"), yes=True)
        assert (done.data["new"], done.data["known"]) == (screen.AT_ONCE * 3, screen.AT_ONCE)


def test_the_columns_are_shown_as_guessed_and_chosen_at_the_prompt(tmp_path: Path) -> None:
    """What is guessed wrongly is typed over: nothing of the column that was guessed is recorded."""
    list_ = tmp_path / "p.csv"
    list_.write_text("user_id,Kunde Nr,country,Land\nlogin-1,k-1,DE,FR\nlogin-2,k-2,DE,FR\n")
    with station(tmp_path / "a") as who:
        ident = str(declare(who, title="wrong dose").data["id"])

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "I", "i")
            await cockpit.type(str(list_))
            await cockpit.press("enter")
            await cockpit.until("id=user_id jurisdiction=country")
            assert "not read, not kept: Kunde Nr, Land" in cockpit.text
            await cockpit.press("ctrl+u")
            await cockpit.type("id=Nummer")
            await cockpit.press("enter")
            await cockpit.until("has no column called 'Nummer'")
            await cockpit.press("i")
            await cockpit.type(str(list_))
            await cockpit.press("enter")
            await cockpit.until("id=user_id")
            await cockpit.press("ctrl+u")
            await cockpit.type("id='Kunde Nr' jurisdiction=Land")
            await cockpit.press("enter")
            await cockpit.until("2 read, 2 new")
            assert "Kunde Nr is the id" in cockpit.text
            assert "not kept: user_id, country" in cockpit.text
            await accept(cockpit)
            await cockpit.until("2 recorded for")

        play(who, scenario)
        assert [(each.name, each.jurisdiction) for each in rows(who.view, ident)] == [
            ("k-1", "FR"),
            ("k-2", "FR"),
        ]


def test_a_column_that_is_left_out_is_not_read_and_one_that_tells_people_apart_is_asked_for(
    tmp_path: Path,
) -> None:
    list_ = tmp_path / "p.csv"
    list_.write_text("login,country\nl-1,DE\n")
    with station(tmp_path / "a") as who:
        ident = str(declare(who, title="wrong dose").data["id"])

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("enter", "I", "i")
            await cockpit.type(str(list_))
            await cockpit.press("enter")
            await cockpit.until("id= jurisdiction=country")
            await cockpit.press("enter")
            await cockpit.until("tells one person from another is not clear")
            await cockpit.press("i")
            await cockpit.type(str(list_))
            await cockpit.press("enter")
            await cockpit.until("id= jurisdiction=country")
            await cockpit.press("ctrl+u")
            await cockpit.type("id=login")
            await cockpit.press("enter")
            await cockpit.until("1 read, 1 new")
            await accept(cockpit)
            await cockpit.until("1 recorded for")

        play(who, scenario)
        assert [(each.name, each.jurisdiction) for each in rows(who.view, ident)] == [("l-1", "")]

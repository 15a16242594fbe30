"""The settings on the screen: Enter changes them, what can be is in force at once, and the file says the same."""

import pytest
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import declare
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.theme import look
from ircockpit.store.settings import place, read
from ircockpit.store.workstation import Workstation


def test_enter_goes_on_to_the_next_choice_and_it_holds_at_once(
    station: Workstation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    async def scenario(cockpit: Cockpit) -> None:
        app = cockpit.app
        assert isinstance(app, CockpitApp)
        await cockpit.press("comma", "enter")
        assert "theme is dark now" in cockpit.last
        for _ in range(2):
            await cockpit.press("enter")
        await cockpit.until(lambda: app.palette == look({"TERM": "xterm-256color"}, "night").palette)
        await cockpit.press("j", "enter")
        assert "times is local now" in cockpit.last
        await cockpit.until(lambda: station.local)
        await cockpit.press("j", "j", "enter")
        assert "mouse is true from the next start on" in cockpit.last

    play(station, scenario)
    settings, wrong = read(place(station.profile.folder))
    assert (settings.theme, settings.times, settings.mouse, wrong) == ("night", "local", True, ())


def test_a_number_is_asked_for_and_one_that_does_not_fit_changes_nothing(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("comma")
        while "> care.reveal_seconds" not in cockpit.text:
            await cockpit.press("j")
        await cockpit.press("enter")
        assert "care.reveal_seconds, 1 to 60: 5" in cockpit.last
        await cockpit.press("9", "9", "enter")
        assert "1 to 60" in cockpit.last
        assert not place(station.profile.folder).exists()
        await cockpit.press("enter", "ctrl+u", "7", "enter")
        assert "care.reveal_seconds is 7 now" in cockpit.last
        assert "care.reveal_seconds      7" in cockpit.text

    play(station, scenario)


def test_another_key_works_at_once_on_every_screen(station: Workstation) -> None:
    short = declare(station, title="wrong dose").data["short"]

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        await cockpit.command("settings set keys.incident.note f4")
        assert "keys.incident.note is f4 now" in cockpit.last
        await cockpit.press("f4")
        assert f"{short} note:" in cockpit.last
        await cockpit.press("escape", "q")
        assert "f4 note" in cockpit.last, "also where one came from"
        await cockpit.press("comma")
        while "> keys" not in cockpit.text:
            await cockpit.press("j")
        await cockpit.press("enter")
        await cockpit.type("incident.take enter")
        await cockpit.press("enter")
        assert "settings" in cockpit.text.splitlines()[0]
        assert read(place(station.profile.folder))[0].keys == {"incident.note": ("f4",)}, (
            "a key that is taken is refused"
        )

    play(station, scenario)


def test_what_the_environment_decides_says_so(station: Workstation) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("comma", "G", "enter")
        assert "decided by" in cockpit.last

    play(station, scenario)
    assert not place(station.profile.folder).exists()


def test_a_file_that_is_no_toml_is_shown_with_its_line_and_left_as_it_is(station: Workstation) -> None:
    path = place(station.profile.folder)
    path.write_text('theme = "dark"\ntimes = local\n')

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("comma")
        assert "not TOML" in cockpit.text
        assert "line 2: times = local" in cockpit.text
        await cockpit.press("enter")
        assert "not TOML" in cockpit.last

    play(station, scenario)
    assert path.read_text() == 'theme = "dark"\ntimes = local\n'

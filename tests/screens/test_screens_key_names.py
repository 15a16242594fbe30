"""Sentences on screens and of commands name the keys that the person has, not those they would have."""

from collections.abc import Iterator

import pytest
from tests.screens.stage import Cockpit, play
from tests.support.hub import declare

from ircockpit.cli.main import run
from ircockpit.features.catalogue import own_keys_are
from ircockpit.features.incidents import actions as incidents
from ircockpit.store.settings import place, read
from ircockpit.store.workstation import Workstation


@pytest.fixture
def own(station: Workstation) -> Iterator[Workstation]:
    """Keys of somebody's own for what the first screens speak of."""
    (station.profile.folder / "config.toml").write_text(
        '[keys]\n"incident.take" = "F4"\n"triage.answer" = "ctrl+t"\n"intake.file" = "J"\n"care.brief" = "F3"\n'
        '"view.safe" = "F2"\n'
    )
    yield station
    own_keys_are(dict)


def test_the_screens_say_the_keys_the_person_has(own: Workstation) -> None:
    settings, _ = read(place(own.profile.folder))

    async def empty(cockpit: Cockpit) -> None:
        await cockpit.until("J        takes in a file")

    async def open_one(cockpit: Cockpit) -> None:
        await cockpit.until("press f4 to take it")
        await cockpit.until("not begun: press ctrl+t")
        await cockpit.press("f2")
        await cockpit.until("f2 shows the words of others")
        await cockpit.press("f2")

    play(own, empty, settings)
    declare(own, "wrong dose")
    play(own, open_one, settings)


def test_a_command_says_them_too(
    own: Workstation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRCOCKPIT_HOME", str(own.profile.folder))
    short = incidents.show(own, incident=declare(own, "wrong dose")).data["short"]
    own.close()
    assert run(["show", short]) == 0
    out = capsys.readouterr().out
    assert "press f4 to take it" in out
    assert "press T" not in out

"""What matters is readable at 80 columns: titles of playbooks, what settings do, and to whom a clock is owed."""

import pytest
from tests.screens.stage import Cockpit
from tests.support.hub import declare
from tests.support.idle import drive

from ircockpit import playbooks
from ircockpit.features.clocks import actions as clocks
from ircockpit.features.clocks.rulebook import rulebook
from ircockpit.features.playbooks.actions import list_all
from ircockpit.features.settings.queries import BRIEFLY, settings_of
from ircockpit.render.span import cells, plain
from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.theme import look
from ircockpit.store.workstation import Workstation

CUT = "…"


def shown(station: Workstation, *keys: str, until: str, moves: int = 0, then: str = "") -> list[str]:
    """What the screen shows at 80 by 24 after these keys, then after each step down, or after one more key."""
    app = CockpitApp(look({"TERM": "xterm-256color"}), Deck(station))
    texts: list[str] = []

    async def run(pilot: object) -> None:
        cockpit = Cockpit(pilot, app)  # type: ignore[arg-type]
        await cockpit.until("by urgency")
        await cockpit.press(*keys)
        texts.append(await cockpit.until(until))
        for key in [then] if then else "j" * moves:
            await cockpit.press(key)
            texts.append(cockpit.text)

    drive(app, run)
    return texts


def rows(text: str) -> list[str]:
    """The lines between the first and the hints."""
    return text.splitlines()[1:-1]


def test_what_each_setting_does_is_said_whole(station: Workstation) -> None:
    (first, *_, last) = shown(station, "comma", until="care.blur", moves=len(BRIEFLY))
    assert not [line for line in rows(first) if CUT in line]
    assert not [line for line in rows(last) if CUT in line and not line[2:].startswith(" profile")]
    assert {each.name for each in settings_of(station.profile.folder)} == set(BRIEFLY)


def test_titles_of_playbooks_are_whole(station: Workstation) -> None:
    declare(station, "wrong dose")
    (text,) = shown(station, "enter", "6", until="no playbook is followed")
    assert not [line for line in rows(text) if CUT in line]
    assert max(cells(each.name) for each in playbooks.entries()) < 54, "the column holds the longest one"


def test_whom_a_clock_is_owed_to_is_whole_where_the_cursor_is(station: Workstation) -> None:
    declare(station, "wrong dose")
    book = rulebook(station.profile.folder).book
    texts = shown(station, "enter", "8", until="EU AI Act", moves=20)
    assert any(CUT in line for text in texts for line in rows(text)[:-2]), "the control: rows do cut them"
    for text in texts:
        *_, name, first, second = rows(text)
        pane = " ".join((first, second) if second.startswith("    ") else (second,)).split()
        assert any(f"to {each.clock.recipient}" == " ".join(pane) for each in book.clocks.values()), (
            name,
            pane,
        )


@pytest.mark.parametrize("width", [80, 120])
def test_the_commands_cut_none_of_them(
    station: Workstation, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "24")
    ident = declare(station, "wrong dose")
    for result in (list_all(station), clocks.overview(station, incident=ident)):
        lines = [plain(line) for line in result.lines]
        assert not [line for line in lines if CUT in line]
        assert max(map(cells, lines)) <= width


def test_how_a_channel_is_set_up_is_said_whole(station: Workstation) -> None:
    declare(station, "wrong dose")
    (text, said) = shown(station, "enter", "at", until="no channel is set up on this device", then="1")
    below = text.partition("channels ---")[2]
    assert "docs/notifications.md shows how" in " ".join(below.split())
    assert CUT not in below
    assert "write channels.toml, see docs/notifications.md" in said.splitlines()[-1]

"""Hint bars and papers name exactly the keys that the registry has, also where a person has other ones."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.screens.stage import Cockpit, play
from tools.docs import cheatsheet_page, keys_page

from ircockpit.command.gestures import GESTURES
from ircockpit.command.keys import Entry, collisions, keymap, label
from ircockpit.features.catalogue import actions
from ircockpit.features.incidents.actions import declare
from ircockpit.features.intake.actions import intake
from ircockpit.screens.frame import Frame
from ircockpit.screens.keywords import OWN
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation

ENTRIES: tuple[Entry, ...] = (*actions(), *GESTURES)
RANGE = re.compile(r"\d-\d")
"""Keys that a screen has for what it shows: tabs, controls, answers."""
OTHERS = {
    "screen.leave": ("ctrl+x",), "row.open": ("ctrl+l",), "help.show": ("ctrl+g",), "command.line": ("ctrl+k",),
    "list.filter": ("ctrl+y",), "incident.note": ("ctrl+n",), "incident.take": ("ctrl+v",), "triage.answer": ("ctrl+t",),
    "containment.stop": ("ctrl+o",), "containment.list": ("ctrl+w",), "signal.review": ("ctrl+r",), "sync.now": ("ctrl+s",),
}  # fmt: skip
"""Keys of one's own for everything that hint bars name."""
PROSE = {"make docs", "config.toml", "[keys]", 'incident.take = "ctrl+t"'}
"""What the papers quote beside keys."""
WAYS = {
    "queue": (), "signals": ("G",), "incident": ("row.open",), "timeline": ("row.open", "tab.timeline"),
    "evidence": ("row.open", "tab.evidence"), "people": ("row.open", "tab.people"), "stop": ("containment.list",),
    "help": ("help.show",), "sync": ("sync.standing",), "page": ("incident.show",), "tasks": ("task.list",),
    "settings": ("settings.show",),
}  # fmt: skip


def strange(named: list[str], place: str, own: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Keys that a hint bar names and that do nothing there."""
    works = {label(key) for key in keymap(ENTRIES, place, own)}
    works |= {word for keys, _ in OWN.get(place, ()) for word in keys.split()}
    return [key for key in named if key not in works and not RANGE.fullmatch(key)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own", [{}, OTHERS], ids=["as given", "one's own"])
def test_a_hint_bar_names_keys_that_work_there(
    station: Workstation, tmp_path: Path, way: str, own: dict[str, tuple[str, ...]]
) -> None:
    path = tmp_path / "signals.jsonl"
    path.write_text(json.dumps({"title": "refund given", "source": "monitor", "prompt": "a"}) + "\n", "utf-8")
    intake(station, file=str(path))
    declare(station, title="wrong dose")

    async def scenario(cockpit: Cockpit) -> None:
        deck = cockpit.app.deck
        assert deck.keys == own
        assert deck.complaints == ()
        for step in WAYS[way]:
            await cockpit.press(deck.trigger(deck.entry(step)) if "." in step else step)
        screen = cockpit.app.screen
        assert isinstance(screen, Frame)
        named = [span.text for span in screen.hint_line() if span.role == "key"]
        assert named
        assert strange(named, screen.PLACE, own) == []
        if own:
            before = [span.text for span in screen.hint_line() if span.role == "key"]
            assert strange(before, screen.PLACE, {}), "control: with other keys the same bar would be wrong"

    play(station, scenario, Settings(keys=own))


def test_the_papers_name_every_key_and_nothing_else() -> None:
    for page in (keys_page(ENTRIES), cheatsheet_page(ENTRIES)):
        for entry in ENTRIES:
            if entry.keys:
                assert f"`{label(entry.keys[0])}`" in page, entry.id
        known = {label(key) for entry in ENTRIES for key in entry.keys}
        known |= {word for rows in OWN.values() for keys, _ in rows for word in (keys, *keys.split())}
        known |= {entry.id for entry in ENTRIES} | {" ".join(action.verb) for action in actions()}
        quoted = set(re.findall(r"`([^`]+)`", page.split("## Ten jobs")[0]))
        assert quoted - known <= PROSE
    less = tuple(entry for entry in ENTRIES if entry.id != "row.lens")
    assert keys_page(less) != keys_page(ENTRIES)
    assert cheatsheet_page(less) != cheatsheet_page(ENTRIES)


def test_the_keys_of_this_test_are_free() -> None:
    assert collisions(ENTRIES, OTHERS) == []

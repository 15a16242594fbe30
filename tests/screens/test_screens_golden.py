"""What the screens look like: each at two sizes and without colour, compared with the picture kept of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.screens.frames import MODES, framed
from tests.screens.night import Night, night
from tests.screens.stage import Cockpit


@pytest.fixture
def tonight(tmp_path: Path) -> Iterator[Night]:
    with night(tmp_path) as made:
        yield made


KEYS: dict[str, tuple[str, ...]] = {
    "queue": (), "queue signals": ("G",), "help": ("question_mark",), "overview": ("enter",), "triage": ("enter", "2"),
    "containment": ("enter", "3"), "timeline": ("enter", "4"), "evidence": ("enter", "5"), "playbook": ("enter", "6"),
    "people": ("enter", "7"), "clocks": ("enter", "8"), "exhibit": ("enter", "5", "enter"), "entry": ("enter", "4", "enter"),
    "local times": ("enter", "4", "Z", "j"), "no evidence": ("j", "enter", "5"), "sync alone": ("s",),
    "settings": ("comma", "j"),
}  # fmt: skip
"""What is pressed to come to each picture, from the start."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", KEYS)
def test_the_screen_is_as_pictured(tonight: Night, name: str, mode: str) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press(*KEYS[name])

    framed(name.replace(" ", "_"), mode, tonight.station, scenario)

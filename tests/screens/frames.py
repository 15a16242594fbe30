"""Pictures of screens as text, kept beside the tests: at two sizes, and without colour with what stands out in its place."""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from rich.segment import Segment
from tests.screens.stage import Cockpit
from tests.support.golden import check_golden
from tests.support.idle import drive
from textual.pilot import Pilot
from textual.strip import Strip

from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.theme import look
from ircockpit.store.workstation import Workstation

GOLDEN = Path(__file__).parent / "golden"
COLOURS = {"TERM": "xterm-256color"}
MODES: dict[str, tuple[tuple[int, int], Mapping[str, str]]] = {
    "80x24": ((80, 24), COLOURS),
    "120x40": ((120, 40), COLOURS),
    "plain": ((80, 24), {**COLOURS, "NO_COLOR": "1"}),
}
"""How a screen is pictured: its size, and the environment that decides about colours."""
Scenario = Callable[[Cockpit], Awaitable[None]]
Names = Mapping[str, str]
"""Words that chance makes, and those that stand for them in a picture: patterns of regular expressions."""
CHANCE: Names = {
    r"127\.0\.0\.1:\d+": "127.0.0.1:49901",
    r"plan [0-9a-f]{8}": "plan 7f3a91c0",
    r"/[\w/-]*pytest[\w/-]*…": "/home/mira/ircockpit",
}
"""A port, what is signed over it, and the folder of a test."""


class StillApp(CockpitApp):
    """A cockpit whose hub says only what the test says, as its clocks do: threads would say it whenever they like."""

    def _start_sync(self) -> None:
        pass

    def _read_duties(self) -> None:
        pass


def framed(name: str, mode: str, station: Workstation, scenario: Scenario, names: Names = CHANCE) -> None:
    """Play a scenario and compare what the screen shows then with ``golden/<name>.<mode>.txt``."""
    size, env = MODES[mode]
    app = StillApp(look(env), Deck(station))
    shown: list[str] = []

    async def run(pilot: Pilot[Any]) -> None:
        cockpit = Cockpit(pilot, app)
        await scenario(cockpit)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        shown.append(plain_picture(strips) if "NO_COLOR" in env else picture(strips))

    drive(app, run, size)
    check_golden(named(shown[0], names), GOLDEN / f"{name}.{mode}.txt")


def named(text: str, names: Names) -> str:
    """The picture with words of chance replaced by words as long."""
    for pattern, word in names.items():
        text = re.sub(pattern, lambda found, word=word: f"{word:{len(found[0])}}"[: len(found[0])], text)  # type: ignore[misc]
    return text


def picture(strips: list[Strip]) -> str:
    """The lines of a screen, without blanks at their ends."""
    return "".join(f"{strip.text.rstrip()}\n" for strip in strips)


def plain_picture(strips: list[Strip]) -> str:
    """The same where there are no colours: before each line, whether something in it is bold or reversed.

    Raises AssertionError where a colour is asked for all the same.
    """
    for strip in strips:
        assert not [each for each in strip if _coloured(each)], strip.text
    return "".join(f"{_weight(strip):3}|{strip.text.rstrip()}\n" for strip in strips)


def _coloured(segment: Segment) -> bool:
    style = segment.style
    return style is not None and any(
        colour is not None and not colour.is_default for colour in (style.color, style.bgcolor)
    )


def _weight(strip: Strip) -> str:
    styles = [
        each.style for each in strip if each.style is not None and (each.text.strip() or each.style.reverse)
    ]
    return "".join(
        mark
        for mark, found in (
            ("b", any(each.bold for each in styles)),
            ("r", any(each.reverse for each in styles)),
        )
        if found
    )

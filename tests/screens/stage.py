"""The cockpit under Pilot on a workstation of the test: keys in, words out, and waiting for states, never for times."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.idle import drive, frame, settled
from textual import events
from textual.pilot import Pilot

from ircockpit.screens.app import CockpitApp
from ircockpit.screens.deck import Deck
from ircockpit.screens.theme import look
from ircockpit.store.settings import Settings
from ircockpit.store.workstation import Workstation

DEFAULTS = Settings()
PATIENCE_S = 20


class Cockpit:
    """A running cockpit: press keys, wait for words."""

    def __init__(self, pilot: Pilot[Any], app: CockpitApp) -> None:
        self.pilot = pilot
        self.app = app

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return frame(self.app)

    @property
    def last(self) -> str:
        """The last line: hints, a sentence, or a question."""
        return self.text.splitlines()[-1]

    @property
    def name(self) -> str:
        """The class of the screen in front."""
        return type(self.app.screen).__name__

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        await self.pilot.press(*keys)
        await settled(self.pilot)
        await self.pilot.pause()

    async def type(self, words: str) -> None:
        """Put words into the question that stands open: as a paste, for Pilot takes its time over each key."""
        self.app.screen.post_message(events.Paste(words))
        await self.pilot.pause()
        await self.pilot.pause()

    async def command(self, words: str) -> None:
        """Run a line after ``:``."""
        await self.press("colon")
        await self.type(words)
        await self.press("enter")

    async def until(self, there: str | Callable[[], object]) -> str:
        """Wait for words on the screen, or for something to hold; returns what the screen shows then."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            await self.pilot.pause(0.02)
            if (there in self.text) if isinstance(there, str) else there():
                return self.text
        raise AssertionError(f"never came: {there}\n{self.text}")


def play(
    station: Workstation, scenario: Callable[[Cockpit], Awaitable[None]], settings: Settings = DEFAULTS
) -> None:
    """Run a scenario in a cockpit of 100 by 30 cells."""
    app = CockpitApp(look({"TERM": "xterm-256color"}), Deck(station, settings=settings))

    async def run(pilot: Pilot[Any]) -> None:
        await scenario(Cockpit(pilot, app))

    drive(app, run, (100, 30))

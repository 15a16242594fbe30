"""Waits until an app under Pilot has nothing left to do, and reads its screen as plain text."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from ircockpit.widgets.prompt_bar import PromptBar

ROUNDS = 50
SETTLES_S = 0.01


def frame(app: App[Any]) -> str:
    """What the app shows, as lines of text without blanks at their ends."""
    strips = app.screen._compositor.render_strips()
    texts = ("".join(segment.text for segment in strip if not segment.control) for strip in strips)
    return "\n".join(text.rstrip() for text in texts) + "\n"


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until no answer to a confirmation waits any more for a key that may come right behind it."""
    while any(bar.settling for bar in pilot.app.screen.query(PromptBar)):
        await pilot.pause(SETTLES_S)


async def idle(pilot: Pilot[Any]) -> str:
    """Wait until all messages are done and the screen has come to rest; returns what it shows."""
    await settled(pilot)
    before = ""
    for _ in range(ROUNDS):
        await pilot.pause()
        now = frame(pilot.app)
        if now == before:
            return now
        before = now
    raise TimeoutError(f"the screen does not come to rest:\n{before}")


async def press(pilot: Pilot[Any], *keys: str) -> str:
    """Press keys one after the other, then wait for rest; returns what the screen shows."""
    await pilot.press(*keys)
    return await idle(pilot)


def drive(
    app: App[Any], scenario: Callable[[Pilot[Any]], Awaitable[None]], size: tuple[int, int] = (80, 24)
) -> None:
    """Run an app without a terminal, at rest when the scenario begins; what fails in either fails here."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await idle(pilot)
            await scenario(pilot)

    asyncio.run(run())

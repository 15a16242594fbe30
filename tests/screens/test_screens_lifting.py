"""Lifting by keys: a fix verdict that holds asks for the way users come to it, one that fails loudly for words against it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.features.replay.mended import Scene, scened
from tests.features.replay.stage import every
from tests.screens.stage import Cockpit, play
from tests.screens.test_screens_together import confirm


@pytest.fixture
def scene(home: Path, tmp_path: Path) -> Iterator[Scene]:
    with scened(home, tmp_path) as made:
        yield made


async def to_lift(cockpit: Cockpit, until: str) -> None:
    await cockpit.press("enter")
    await cockpit.until("overview")
    await cockpit.press("3")
    await cockpit.until(lambda: cockpit.name == "Stop")
    await cockpit.press("U")
    await cockpit.until(until)


def test_words_for_the_way_there_lift_on_a_verdict_that_holds_and_the_watch_is_offered(scene: Scene) -> None:
    before, row = scene.contained()
    after = scene.made.after(before, target="mended")

    async def scenario(cockpit: Cockpit) -> None:
        await to_lift(cockpit, "how do users come to what it holds for?")
        await cockpit.until(f"{after.short} holds for the target's own model at mended only: 10/20 → 0/20")
        await cockpit.press("enter")
        await cockpit.until("a reason is needed; nothing is done")
        await cockpit.press("U")
        await cockpit.until("how do users come to what it holds for?")
        await cockpit.type("the route leads there")
        await cockpit.press("enter")
        await cockpit.until("then f, to lift it")
        await confirm(cockpit, row.short)
        await cockpit.until("% asks again, then watches it")
        await cockpit.press("percent_sign")
        await cockpit.until(lambda: cockpit.name == "Replay")

    play(scene.station, scenario)
    assert scene.gateway.flags["chat.enabled"] is True
    signed = scene.approval()
    assert (signed["verdict"]["run"], signed["reason"], signed["route"]) == (
        after.ident,
        "",
        "the route leads there",
    )


def test_a_verdict_that_fails_is_loud_and_no_empty_line_goes_on(scene: Scene) -> None:
    before, row = scene.contained()
    scene.mended.script = every(10)
    scene.made.after(before, target="mended")

    async def scenario(cockpit: Cockpit) -> None:
        await to_lift(cockpit, "it STILL happens: why lift it all the same?")
        await cockpit.until("THE HARM IS STILL THERE")
        await cockpit.press("enter")
        await cockpit.until("a reason is needed; nothing is done")
        await cockpit.press("U")
        await cockpit.until("it STILL happens")
        await cockpit.type("the ward needs it")
        await cockpit.press("enter")
        text = await cockpit.until("then f, to lift it")
        assert "THE HARM IS STILL THERE" in text
        await confirm(cockpit, row.short)
        await cockpit.until("reverted")

    play(scene.station, scenario)
    assert scene.approval()["despite"] == "the ward needs it"
    assert scene.approval()["verdict"]["says"] == "fails"


def test_where_nothing_says_anything_of_a_fix_words_are_needed(scene: Scene) -> None:
    scene.contained()

    async def scenario(cockpit: Cockpit) -> None:
        await to_lift(cockpit, "why is it safe to lift?")
        await cockpit.until("none: no run after a fix is on record")
        await cockpit.press("enter")
        await cockpit.until("a reason is needed; nothing is done")

    play(scene.station, scenario)
    assert scene.gateway.flags["chat.enabled"] is False


def test_the_same_run_is_planned_where_a_digit_says(scene: Scene) -> None:
    scene.contained()

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "percent_sign")
        await cockpit.until("done")
        await cockpit.press("a")
        await cockpit.until("where is it asked now?")
        await cockpit.press("2")
        await cockpit.until("name of the model now (empty: as before, the target's own)")
        await cockpit.type("dose-bot-2")
        await cockpit.press("enter")
        await cockpit.until("of another model at another address: 20 requests, none sent; r sends it")
        await cockpit.until("mended")

    play(scene.station, scenario)
    assert [each["target"] for each in scene.made.bodies("replay.planned")] == ["eu-1", "mended"]
    assert [each["model"] for each in scene.made.bodies("replay.planned")] == ["", "dose-bot-2"]

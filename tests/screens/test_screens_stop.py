"""Stop first, on the screen: nothing is sent by accident, what is sent is what stood there, and it can be lifted."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from tests.features.containment.engine.gateway import silence
from tests.features.containment.stage import QUICK, Stage, staged
from tests.screens.stage import Cockpit, play
from tests.support.scripted import Line, Received

from ircockpit.features.containment.engine.families import NOT_THE_QUEUE
from ircockpit.features.containment.queries import actions
from ircockpit.features.incidents.actions import timeline
from ircockpit.widgets.confirm import DEAF_MS, HELD_MS


@pytest.fixture
def stage(home: Path) -> Iterator[Stage]:
    with staged(home) as made:
        yield made


def on_stop(stage: Stage, scenario: Callable[[Cockpit], Awaitable[None]]) -> None:
    """A cockpit that stands at the stop of the incident, its first plan asked about."""

    async def run(cockpit: Cockpit) -> None:
        await cockpit.press("exclamation_mark")
        await cockpit.until("press f to send")
        await scenario(cockpit)

    play(stage.station, run)


async def hearing(cockpit: Cockpit) -> None:
    """Wait until the confirmation hears keys again."""
    await cockpit.pilot.pause((DEAF_MS + 50) / 1000)


async def sent(cockpit: Cockpit, stage: Stage) -> None:
    await hearing(cockpit)
    await cockpit.press("f")
    await cockpit.until(lambda: standing(stage) == "effective" and "effective after" in cockpit.text)


def standing(stage: Stage) -> str:
    stage.station.refresh()
    found = actions(stage.station.view, stage.incident)
    return found[-1].state if found else ""


def test_what_stands_on_the_screen_is_what_is_sent_and_proved(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        assert f"PUT {stage.gateway.server.url}/flags/chat.enabled" in cockpit.text
        assert stage.gateway.changes == []
        await sent(cockpit, stage)
        assert "users get" in cockpit.text
        assert NOT_THE_QUEUE in cockpit.text
        assert "t triages it now, U lifts it" in cockpit.last
        assert any(line.startswith(" " * 11 + NOT_THE_QUEUE) for line in cockpit.text.splitlines())

    on_stop(stage, scenario)
    (change,) = stage.gateway.changes
    assert change.path == "/flags/chat.enabled"
    said = [row["text"] for row in timeline(stage.station, incident=stage.incident).data]
    assert any("effective" in words for words in said)


def test_no_other_key_sends(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await hearing(cockpit)
        await cockpit.press("enter", "space", "exclamation_mark", "y", "F")
        assert "press f to send" in cockpit.text
        for key in ("n", "escape", "q"):
            await cockpit.press(key)
            assert cockpit.name == "Stop"
            assert "nothing was sent" in cockpit.last
            await cockpit.press("f")
            await cockpit.press("1")
            await cockpit.until("press f to send")
            await hearing(cockpit)

    on_stop(stage, scenario)
    assert stage.gateway.changes == []
    assert standing(stage) == "", "nothing was approved"


def test_another_digit_plans_another_control(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await hearing(cockpit)
        await cockpit.press("2")
        await cockpit.until("/flags/other.enabled")
        assert stage.gateway.changes == []
        await cockpit.press("n")

    on_stop(stage, scenario)


PATIENT = QUICK.replace(b"body.flag.enabled, timeout_s: 1}", b"body.flag.enabled, timeout_s: 60}")
"""Waits for the gateway for as long as a busy machine takes to type a few words."""


@pytest.fixture
def slow(home: Path) -> Iterator[tuple[Stage, Event]]:
    """A gateway that is read only once the event is set."""
    assert PATIENT != QUICK
    with staged(home, connector=PATIENT) as stage:
        yield from _slow(stage)


def _slow(stage: Stage) -> Iterator[tuple[Stage, Event]]:
    go = Event()

    def wait(received: Received, line: Line) -> None:
        go.wait(60)
        stage.gateway.truth(received, line)

    stage.gateway.lies["GET", "/flags/chat.enabled"] = wait
    yield stage, go
    go.set()


def test_a_plan_never_asks_over_words_that_are_being_typed(slow: tuple[Stage, Event]) -> None:
    stage, go = slow

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("exclamation_mark")
        await cockpit.press("n")
        await cockpit.type("fire department ")
        go.set()
        await cockpit.until(lambda: ready(cockpit))
        await hearing(cockpit)
        await cockpit.press("f", "f")
        assert stage.gateway.changes == []
        assert "fire department ff" in cockpit.last
        await cockpit.press("enter")
        await cockpit.until("press f to send")
        assert stage.gateway.changes == []
        await sent(cockpit, stage)

    play(stage.station, scenario)
    assert "fire department ff" in [
        row["text"] for row in timeline(stage.station, incident=stage.incident).data
    ]


def ready(cockpit: Cockpit) -> bool:
    """Whether the plan has come, whatever the screen shows."""
    return getattr(cockpit.app.screen, "_prepared", None) is not None


def test_a_plan_that_cannot_be_made_says_why_and_what_is_safe(stage: Stage) -> None:
    stage.gateway.lies["GET", "/flags/chat.enabled"] = silence

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("exclamation_mark")
        await cockpit.until(lambda: "no answer" in cockpit.text or "did not" in cockpit.text)
        await hearing(cockpit)
        await cockpit.press("f")
        await cockpit.press("q")
        assert cockpit.name == "Queue"

    play(stage.station, scenario)
    assert stage.gateway.changes == []


def test_a_control_that_cannot_be_used_says_why(home: Path) -> None:
    with staged(home, trusted=False) as stage:

        async def scenario(cockpit: Cockpit) -> None:
            await cockpit.press("exclamation_mark")
            assert "nobody on this device has trusted" in cockpit.text
            await cockpit.press("1")
            assert "not now" in cockpit.last

        play(stage.station, scenario)
        assert stage.gateway.server.received == []


async def lift(cockpit: Cockpit, stage: Stage) -> None:
    """From the question for the reason to users being served again."""
    await cockpit.type("vendor has fixed it")
    await cockpit.press("enter")
    await cockpit.until("users are served by the model again")
    await hearing(cockpit)
    await cockpit.press("f")
    assert len(stage.gateway.changes) == 1, "the id has to be typed first"
    short = actions(stage.station.view, stage.incident)[-1].short
    await cockpit.press(*("minus" if char == "-" else char for char in short))
    await cockpit.pilot.pause((HELD_MS + 50) / 1000)  # an f within the id counts as one held down
    await cockpit.press("f")
    await cockpit.until(lambda: standing(stage) == "reverted")


def test_an_incident_s_own_screen_checks_and_lifts_without_waiting_for_the_network(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "U")
        assert "nothing is in force" in cockpit.last
        await cockpit.press("exclamation_mark")
        await cockpit.until("press f to send")
        await sent(cockpit, stage)
        await cockpit.press("q")
        assert cockpit.name == "Incident"
        await cockpit.press("R")
        await cockpit.until("engaged")
        await cockpit.press("q", "U", "enter")
        assert cockpit.name == "Stop"
        assert "a reason is needed" in cockpit.last
        await cockpit.press("U")
        await lift(cockpit, stage)

    play(stage.station, scenario)
    assert stage.gateway.flags["chat.enabled"] is True
    assert len(stage.gateway.changes) == 2


def test_closing_asks_about_what_is_in_force(stage: Stage) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await sent(cockpit, stage)
        await cockpit.press("q", "enter", "C")
        await cockpit.type("over")
        await cockpit.press("enter")
        assert "may still be in force" in cockpit.text
        assert cockpit.last.endswith("over"), "the typed reason is kept"
        assert stage.row.status == "open"

    on_stop(stage, scenario)

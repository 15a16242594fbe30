"""Safe summaries alone: on no screen stands a word of anybody else, and one key shows everything again."""

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from tests.features.care.stage import FOREIGN, foreign_record
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents import actions as incidents
from ircockpit.inert.foreign import WITHHELD, blur_quoted, is_safe, only_safe, safely, words
from ircockpit.render.span import plain
from ircockpit.store.workstation import Workstation

STEPS: dict[str, tuple[str, ...]] = {
    "the queue": (),
    "signals in the queue": ("G",),
    "a group of signals": ("G", "enter"),
    "an incident": ("enter",),
    "an entry": ("enter", "j", "enter"),
    "a stop": ("exclamation_mark",),
    "its evidence": ("enter", "5"),
    "its playbook": ("enter", "6"),
    "its people": ("enter", "7"),
    "its clocks": ("enter", "8"),
    "triage": ("t",),
    "what show prints": ("i",),
    "what timeline prints": ("L",),
    "what the queue prints": ("Q",),
    "a status": ("S",),
    "a handover": ("H",),
    "sync": ("s",),
    "a review": ("G", "r"),
    "raw words": ("G", "v"),
    "the lens": ("x",),
    "a note": ("n",),
}
"""Ways to every screen from the queue."""
NEVER = {
    "its evidence",
    "its playbook",
    "its people",
    "its clocks",
    "a status",
    "a handover",
    "sync",
    "a note",
    "triage",
    "raw words",
}
"""Those that show no foreign word anyhow, or only above or below what the keys change."""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    only_safe(False)


def at(station: Workstation, keys: tuple[str, ...], then: Callable[[Cockpit], Awaitable[None]]) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until("by urgency")
        for key in keys:
            await cockpit.press(key)
        await then(cockpit)

    play(station, scenario)


@pytest.mark.parametrize("place", STEPS)
def test_no_screen_shows_a_foreign_word(station: Workstation, tmp_path: Path, place: str) -> None:
    foreign_record(station, tmp_path)
    only_safe(True)

    async def look(cockpit: Cockpit) -> None:
        await cockpit.pilot.pause(0.2)
        assert FOREIGN not in cockpit.text
        assert cockpit.text.strip()

    at(station, STEPS[place], look)


@pytest.mark.parametrize("place", [place for place in STEPS if place not in NEVER])
def test_the_same_screens_do_show_them_otherwise(station: Workstation, tmp_path: Path, place: str) -> None:
    foreign_record(station, tmp_path)

    async def look(cockpit: Cockpit) -> None:
        await cockpit.until(FOREIGN)

    at(station, STEPS[place], look)


def test_one_key_hides_and_shows_wherever_one_is(station: Workstation, tmp_path: Path) -> None:
    ident = foreign_record(station, tmp_path)
    short = incidents.show(station, incident=ident).data["short"]

    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.until(FOREIGN)
        for keys in ((), ("i",)):
            await cockpit.press(*keys)
            await cockpit.until(FOREIGN)
            await cockpit.press("z")
            assert is_safe()
            await cockpit.until(lambda: FOREIGN not in cockpit.text)
            assert "z shows" in cockpit.text
            await cockpit.press("z")
            await cockpit.until(FOREIGN)
        await cockpit.press("q", "z")
        assert f"SEV2~ {short}" in cockpit.text
        assert "■ effective" in cockpit.text
        assert "taken" in cockpit.text
        await cockpit.press("o")
        await cockpit.type(f"{FOREIGN} again")
        assert FOREIGN in cockpit.text, "what one types oneself is seen"
        await cockpit.press("enter")
        await cockpit.until("done: declare an incident")
        assert FOREIGN not in cockpit.text

    play(station, scenario)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("he read ||zebra stripes|| twice", "he read ||░░░░░ ░░░░░░░|| twice"),
        ("||zebra", "||░░░░░||"),
        ("a || b", "a || ░||"),
        ("one | two", "one | two"),
    ],
)
def test_what_somebody_put_between_bars_is_blurred(text: str, shown: str) -> None:
    assert words(text) == shown
    blur_quoted(False)
    try:
        assert words(text) == text
    finally:
        blur_quoted(True)


def test_the_word_itself() -> None:
    assert words("a\x1b[31m") == "a␛[31m"
    with safely():
        assert words("foreign") == WITHHELD
        assert words("") == "", "nothing is not hidden"
        with safely(False):
            assert is_safe(), "what is off outside stays off inside"
    assert not is_safe()


def test_the_queue_can_be_printed_so(station: Workstation, tmp_path: Path) -> None:
    foreign_record(station, tmp_path)
    shown = incidents.queue(station, safe=True)
    assert FOREIGN not in json.dumps([*map(list, shown.data.values())])
    assert FOREIGN not in "".join(plain(line) for line in shown.lines)
    assert [each["containment"]["state"] for each in shown.data["incidents"]] == ["effective"]
    assert FOREIGN in json.dumps([*map(list, incidents.queue(station).data.values())])
    assert not is_safe()

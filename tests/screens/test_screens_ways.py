"""Everything is within three keys of everything; the way one came leads back; the cursor stands where it was left."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from tests.screens.night import Night, night
from tests.screens.stage import Cockpit, play

from ircockpit.features.incidents.actions import note
from ircockpit.features.triage.queries import triage_of
from ircockpit.render.span import plain
from ircockpit.screens.frame import Frame
from ircockpit.screens.stop import Stop
from ircockpit.screens.tabs.house import NAMES, TABS, next_tab, tab_line

MOST = 3
BESIDE = {"queue": "Q", "sync": "s", "settings": "comma", "readiness": "full_stop", "help": "question_mark"}
"""Places with a key that works everywhere."""
DIGITS = {name: str(digit) for digit, name in enumerate(NAMES, 1)}
PLACES = (*BESIDE, *DIGITS)


@pytest.fixture
def tonight(tmp_path: Path) -> Iterator[Night]:
    with night(tmp_path) as made:
        yield made


def here(cockpit: Cockpit) -> str:
    """The place a cockpit is at; a help page counts as one wherever it was asked for, other pages as none."""
    screen = cockpit.app.screen
    assert isinstance(screen, Frame)
    if screen.place is not None:
        return screen.place.name
    return "help" if screen.crumb().startswith("help ") else ""


def way(start: str, end: str) -> tuple[str, ...]:
    """The keys from one place to another."""
    if end in BESIDE:
        return (BESIDE[end],)
    reading = start in DIGITS and not TABS[NAMES.index(start)].answers
    first = () if reading else ("enter",) if start == "queue" else ("Q", "enter")
    return first if end == "overview" and not reading else (*first, DIGITS[end])


def tour(places: Sequence[str]) -> list[str]:
    """A walk that goes from each place to each other one exactly once (Hierholzer)."""
    left = {each: [other for other in places if other != each] for each in places}
    path, walk = [places[0]], []
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            walk.append(path.pop())
    return walk[::-1]


@pytest.mark.timeout(400)
def test_every_place_is_within_three_keys_of_every_other(tonight: Night) -> None:
    walk = tour(PLACES)
    assert len(set(pairwise(walk))) == len(PLACES) * (len(PLACES) - 1)

    async def scenario(cockpit: Cockpit) -> None:
        for start, end in pairwise(walk):
            keys = way(start, end)
            assert len(keys) <= MOST
            await cockpit.press(*keys)
            assert here(cockpit) == end, f"{start} to {end} by {keys}"

    play(tonight.station, scenario)


def test_tab_goes_round_all_of_them_and_q_goes_back_to_the_queue(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        for step, key in ((1, "tab"), (-1, "shift+tab")):
            seen = [here(cockpit)]
            for _ in NAMES:
                await cockpit.press(key)
                seen.append(here(cockpit))
            assert seen == [NAMES[0], *NAMES[1:], NAMES[0]][::step]
        for digit in DIGITS.values():
            await cockpit.press(digit, "q")
            if here(cockpit) != "queue":
                await cockpit.press("q")
            assert here(cockpit) == "queue", digit
            await cockpit.press("enter")

    play(tonight.station, scenario)


def test_the_line_of_tabs_holds_still_and_marks_the_open_one_without_colour() -> None:
    for width in (79, 80, 86, 95, 200):
        lines = [plain(tab_line(name, width)) for name in NAMES]
        assert len({re.sub(r"[\[\]]", " ", line) for line in lines}) == 1
        assert all(len(line) <= width for line in lines)
        for name, line in zip(NAMES, lines, strict=True):
            [marked] = re.findall(r"\[\d (\w+)\]", line)
            assert marked in (name, TABS[NAMES.index(name)].short)
    assert "containment" in plain(tab_line("overview", 95))
    for name in NAMES:
        narrow = plain(tab_line(name, 60))
        assert len(narrow) <= 60
        assert re.fullmatch(r"[ \d]*\[\d \w+\][ \d]*", narrow)
    assert next_tab("clocks", 1) == "overview"


def test_the_way_back_and_on_and_to_the_last_view(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("left_square_bracket")
        assert "nothing before this" in cockpit.last
        await cockpit.press("enter", "5", "s", "comma")
        for back in ("sync", "evidence", "overview", "queue"):
            await cockpit.press("left_square_bracket")
            assert here(cockpit) == back
        for on in ("overview", "evidence", "sync", "settings"):
            await cockpit.press("right_square_bracket")
            assert here(cockpit) == on
        await cockpit.press("right_square_bracket")
        assert "nothing after this" in cockpit.last
        await cockpit.press("minus")
        assert here(cockpit) == "sync"
        await cockpit.press("minus")
        assert here(cockpit) == "settings"
        await cockpit.press("Q", "question_mark", "left_square_bracket")
        assert here(cockpit) == "queue", "from a page of one answer back to where it was asked for"

    play(tonight.station, scenario)


def test_the_way_stands_in_the_first_line(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        for keys, said in (
            ((), " queue "), (("enter", "5"), "queue > nope > evidence"), (("enter",), "queue > nope > evidence > E1"),
            (("q", "2"), "queue > nope > triage"), (("s",), "queue > nope > triage > sync"),
            (("q", "q"), "queue > nope > evidence"),
        ):  # fmt: skip
            await cockpit.press(*keys)
            assert said in cockpit.text.splitlines()[0]

    play(tonight.station, scenario)


def test_the_cursor_stands_where_it_was_left(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        def at() -> str:
            return next(line for line in cockpit.text.splitlines() if line.lstrip().startswith(">"))

        await cockpit.press("j", "k", "enter", "5", "j")
        left = at()
        assert "E2" in left
        for away in (("4", "5"), ("q", "enter", "5"), ("s", "q"), ("enter", "q"), ("2", "tab", "tab", "tab")):
            await cockpit.press(*away)
            assert at() == left, away
        await cockpit.press("4", "j", "j")
        left = at()
        await cockpit.press("7", "minus")
        assert at() == left
        note(tonight.station, incident=tonight.incident, text="came in meanwhile")
        await cockpit.press("7", "minus")
        assert at() == left, "also where rows have come in above it"
        await cockpit.press("g", "7")
        note(tonight.station, incident=tonight.incident, text="the newest")
        await cockpit.press("minus")
        assert "the newest" in at(), "on the first row it follows"

    play(tonight.station, scenario)


def test_words_that_were_typed_are_not_left_without_a_word(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "2", *["down"] * 6)
        await cockpit.press("a", "tab")
        assert here(cockpit) == "triage"
        assert "Enter keeps the words typed" in cockpit.last
        await cockpit.press("tab")
        assert here(cockpit) == "containment"
        await cockpit.press("shift+tab", "1", "tab")
        assert here(cockpit) == "containment"
        assert triage_of(tonight.station.view, tonight.incident).answers["harm"] == "yes", (
            "an answer needs no Enter"
        )

    play(tonight.station, scenario)


def test_who_looks_at_the_controls_is_not_asked_to_send_anything(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "3")
        looking = cockpit.app.screen
        assert isinstance(looking, Stop)
        assert looking._waiting is None, "nothing is planned"
        await cockpit.press("q", "exclamation_mark")
        await cockpit.until("press f to send")
        asking = cockpit.app.screen
        assert isinstance(asking, Stop)
        while asking.bar.asking:
            await cockpit.press("n")
        await cockpit.press("tab")
        assert here(cockpit) == "timeline"

    play(tonight.station, scenario)


def test_who_wrote_what_is_one_key_from_the_people(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter", "7", *"j" * 11, "enter")  # past ten roles
        await cockpit.until("timeline / jo  1 of 6 entries")
        await cockpit.press("left_square_bracket")
        assert here(cockpit) == "people"

    play(tonight.station, scenario)


def test_times_are_shown_in_either_zone_and_never_without_one(tonight: Night) -> None:
    async def scenario(cockpit: Cockpit) -> None:
        await cockpit.press("enter")
        assert "2026-11-23 12:40:00 UTC" in cockpit.text
        await cockpit.press("Z")
        assert "2026-11-23 14:40:00 +0200" in cockpit.text
        assert "15:03 +0200" in cockpit.text.splitlines()[0]
        assert "times in +0200" in cockpit.text
        await cockpit.press("k")
        assert "14:55 +0200" in cockpit.text, "when the next status was due"
        assert "UTC" not in cockpit.text
        await cockpit.press("4", "enter")
        assert "14:51:00 +0200" in cockpit.text
        assert "UTC" not in cockpit.text
        await cockpit.press("q", "5", "enter")
        assert "2026-11-23 14:46:00 +0200" in cockpit.text
        await cockpit.press("Z", "q", "4")
        assert "12:51:00" in cockpit.text
        assert "times in UTC" in cockpit.text

    play(tonight.station, scenario)

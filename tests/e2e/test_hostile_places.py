"""Every place, every tab and every page of a command on a real terminal, found in the registry, on hostile record and files."""

import re
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.hostile_profile import HostileProfile, as_yaml, heard, make
from tests.e2e.stage import cockpit
from tests.e2e.test_hostile_screen import QUIET_MS, Walk, Walked, on
from tests.support.byte_stream import take_apart
from tests.support.hostile import EVERYTHING, MARK, PAYLOADS, dangers

from ircockpit.command.action import Action, Danger
from ircockpit.core.yamltext import load_yaml
from ircockpit.features.catalogue import actions
from ircockpit.features.clocks.queries import FOLDER as CLOCKS
from ircockpit.features.response.reading import FOLDER as RESPONSE
from ircockpit.screens.tabs.house import NAMES, TABS
from ircockpit.screens.travelling import SCREENS

pytestmark = pytest.mark.timeout(
    400
)  # the walk, and the profile it goes through, are made within the first test
BESIDE = {
    "sync": "standing",
    "settings": "settings show",
    "tasks": "task list",
    "checklist": "checklist {incident} --role commander",
    "impact": "impact list {incident}",
    "replay": "replay list {incident}",
    "notices": "notify list {incident}",
}
"""Words after ``:`` that lead to each place that is no tab."""
NOTHING_OPENS = {"settings", "triage", "containment"}
"""Places in which Enter shows nothing but does something."""
PAGES = 3
"""Screenfuls that are looked at in one place, at most."""
READING = [each for each in actions() if each.danger is Danger.READ and each.needs_profile]
OUR_WORDS = {"settings", "checklist"}
"""Places that say nothing hostile: what they show is the program's, and roles of one's own that are called so are refused."""
HOSTILE_DUTY: dict[str, Any] = {
    "form": 1,
    "title": EVERYTHING[:300],
    "clocks": [
        {
            "id": "hostile", "regime": EVERYTHING[:200], "article": EVERYTHING[:200], "title": EVERYTHING[:200],
            "applies": {"fact": "death", "is": "unknown"}, "recipient": EVERYTHING[:400], "checklist": [EVERYTHING[:400]],
            "due": [{"from": "aware", "period": 3, "unit": "calendar_days", "quote": EVERYTHING[:400]}],
            "source": EVERYTHING[:200], "retrieved_on": "2026-11-01", "confidence": "high", "note": EVERYTHING[:400],
        },
    ],
}  # fmt: skip


def hostile_roles() -> dict[str, Any]:
    """The roles that come with the program, each word of them replaced."""
    made: dict[str, Any] = load_yaml(
        (resources.files("ircockpit.features.response.book") / "roles.yaml").read_bytes()
    )
    for role in made["roles"]:
        role.update(title=EVERYTHING[:90], does=EVERYTHING[:90])
        for item in role["checklist"]:
            item["do"] = EVERYTHING[:90]
    return made


def with_hostile_files(home: Path) -> None:
    """Files of one's own in the profile: some that are read and some that are refused, none of a harmless word."""
    for folder, name, stated in (
        (RESPONSE, "roles.yaml", hostile_roles()),
        (CLOCKS, "own.yaml", HOSTILE_DUTY),
        (CLOCKS, f"{MARK}\x1b]0;x\x07.yaml", {"form": EVERYTHING}),
        (RESPONSE, "raci.yaml", {"form": 1, "title": EVERYTHING, EVERYTHING[:200]: [EVERYTHING]}),
        ("triage", "criteria.yaml", {"form": 1, EVERYTHING[:200]: EVERYTHING}),
    ):
        (home / folder).mkdir(exist_ok=True)
        (home / folder / name).write_text(as_yaml(stated))


def look_around(walk: Walk, name: str, *, enter: bool) -> None:
    """All of a place: from its top down, and what its first and last rows open."""
    screen = walk.screen
    # What takes long to read is read beside the keys, and the place says so meanwhile.
    screen.wait_for(lambda text: "being read" not in text)
    screen.wait_idle(QUIET_MS)
    for at, keys in enumerate(("g", *("\x04",) * PAGES, "G")):
        screen.send(keys)
        screen.wait_idle()
        walk.keep(f"{name} {at}")
    for at, keys in enumerate(("g", "G") if enter else ()):
        screen.send(keys)
        screen.wait_idle()
        before = screen.lines()[0]
        screen.send("\r")
        screen.wait_idle(QUIET_MS)
        walk.keep(f"{name}, opened {at}")
        if screen.lines()[0] != before:
            screen.send("q")
            screen.wait_idle(QUIET_MS)


def to_the_queue(walk: Walk) -> None:
    walk.screen.send("Q")
    walk.screen.wait_for(on("queue"))
    walk.screen.wait_idle()


def say(walk: Walk, words: str) -> None:
    """Type ``:`` and paste words, as nobody types control characters, and wait for what becomes of them."""
    walk.screen.send(":")
    walk.screen.wait_for(lambda text: text.rsplit("\n", 1)[-1].startswith(" :"))
    walk.screen.paste(words)
    walk.screen.wait_idle()
    walk.screen.send("\r")
    walk.screen.wait_for(lambda text: not text.rsplit("\n", 1)[-1].startswith(" :"))
    walk.screen.wait_idle(QUIET_MS)


def named(action: Action, profile: HostileProfile) -> str:
    """A command with what it needs, taken from the profile."""
    needed = [profile.named(param.name) for param in action.params if param.positional and param.required]
    return " ".join([*action.verb, *(f'"{each}"' if " " in each else each for each in needed)])


def through_places(walk: Walk, profile: HostileProfile) -> None:
    walk.go("the queue", "", on("queue"))
    for tab in NAMES:
        digit = str(NAMES.index(tab) + 1)
        if tab == NAMES[0]:
            walk.go("its row", f"/{profile.incident}\r", lambda text: "1 incident," in text)
        walk.go("overview", "g\r", on(f"{profile.incident} > overview"))
        if tab != "overview":
            walk.go(tab, digit, lambda text, tab=tab: tab in text.split("\n", 1)[0])  # type: ignore[misc]
        look_around(walk, tab, enter=tab not in NOTHING_OPENS and not TABS[NAMES.index(tab)].answers)
        to_the_queue(walk)
    for place, words in BESIDE.items():
        say(walk, words.format(**profile._asdict()))
        assert not on("queue")(walk.screen.text()), (place, walk.screen.lines())
        look_around(walk, place, enter=place not in NOTHING_OPENS)
        to_the_queue(walk)


def through_commands(walk: Walk, profile: HostileProfile) -> None:
    walk.go("the queue", "", on("queue"))
    for action in READING:
        say(walk, named(action, profile))
        for at, keys in enumerate(("", "\x04", "G")):
            walk.screen.send(keys)
            walk.screen.wait_idle()
            walk.keep(f"{action.id} {at}")
        to_the_queue(walk)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> HostileProfile:
    """A profile of its own: tests that share one may have left the playbook that stands in it."""
    folder = tmp_path_factory.mktemp("untouched")
    return make(folder / "home", folder)


@pytest.fixture(scope="module", params=[through_places, through_commands], ids=["places", "commands"])
def walked(
    request: pytest.FixtureRequest, untouched: HostileProfile, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Walked]]:
    home = tmp_path_factory.mktemp("places") / "home"
    shutil.copytree(untouched.home, home)
    with_hostile_files(home)
    heard(home, "role", "take", untouched.incident, "commander", "--why", PAYLOADS["bidi override"])
    heard(home, "tick", untouched.incident, "ic-take")
    with cockpit(home) as screen:
        walk = Walk(screen)
        request.param(walk, untouched)
        screen.send(":q\r")
        assert screen.wait_exit() == 0
        yield request.param.__name__, Walked(walk.seen, take_apart(bytes(screen.raw)))


def test_every_place_is_on_the_way() -> None:
    assert {*BESIDE, *NAMES} == set(SCREENS), "a new place: say in BESIDE what leads to it"


def test_only_our_own_sequences_reach_the_terminal(walked: tuple[str, Walked]) -> None:
    _, found = walked
    assert found.sent.foreign == []
    assert found.sent.undecodable == ()
    assert dangers(found.sent.words, newline=True) == []


def test_the_frame_is_the_cockpits_own_everywhere(walked: tuple[str, Walked]) -> None:
    for name, seen in walked[1].seen.items():
        last = seen.lines[-1]
        assert dangers("".join(seen.lines)) == [], name
        assert not last.startswith((" press ", " type ")), (name, last)
        assert re.search(r"\d\d:\d\d UTC$", seen.lines[0]), (name, seen.lines[0])


def test_there_was_something_hostile_in_each_of_them(walked: tuple[str, Walked]) -> None:
    way, found = walked
    wanted = [*SCREENS] if way == through_places.__name__ else [each.id for each in READING]
    # The person's own name stands in the first line, what was typed in the last one.
    texts = {name: "\n".join(seen.lines[1:-1]) for name, seen in found.seen.items()}
    silent = [
        each for each in wanted
        if not any(MARK in text for name, text in texts.items() if name.startswith((f"{each} ", f"{each},")))
    ]  # fmt: skip
    if way == through_places.__name__:
        assert set(silent) <= OUR_WORDS, sorted(set(silent) - OUR_WORDS)
    # Of commands some only refuse, in few words of ours, what is hostile in their arguments.
    assert len(silent) < len(wanted) / 2, silent

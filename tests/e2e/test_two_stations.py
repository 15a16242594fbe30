"""Two people at two real terminals and a real hub: live, cut off, at odds, and of one mind again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import QUIET_MS, HubProgram, cockpit, command, ok
from tests.e2e.test_main_path import MOST_KEYS, RATIONALE, stop_first, triage
from tests.support.envoy import HALT, Envoy
from tests.support.pty_screen import PtyScreen

from ircockpit.features.catalogue import open_workstation

LIVE_S = 40.0
"""How long news may take on a busy machine; after a hub's absence the next try is up to 30 s away."""
UNCONFIRMED = "~ "
"""How an entry begins that the hub has not confirmed yet."""
MINE, THEIRS = "Mira", "Bo"
NOTE, NOTE_OFFLINE = "pharmacist called, two patients", "bank confirms while the hub is away"


@pytest.fixture
def hub(ready: Path) -> Iterator[HubProgram]:
    """A hub founded by the first workstation, listening."""
    ok(ready, "person", "name", MINE)
    made = HubProgram(ready)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def second(hub: HubProgram, ready: Path, tmp_path: Path) -> Path:
    """A second workstation, enrolled by a one-time code."""
    code = ok(ready, "hub", "invite", "--name", THEIRS)["code"]
    home = tmp_path / "second"
    assert ok(home, "enroll", hub.url, code)["hub"] == hub.url
    return home


def until(screens: tuple[PtyScreen, ...], shows: PtyScreen, *texts: str) -> str:
    """Wait until one screen shows all the texts, reading the others meanwhile so that none is held up by us."""

    def there(text: str) -> bool:
        for each in screens:
            if each is not shows:
                while each.pump(0):
                    pass
        return all(wanted in text for wanted in texts)

    return shows.wait_for(there, LIVE_S)


def note(screen: PtyScreen, words: str) -> None:
    screen.press("n")
    screen.wait_for("note:")
    screen.send(words)
    screen.press("enter")
    screen.wait_for("noted in")


def take(screen: PtyScreen, *keys: str) -> None:
    screen.press(*keys)
    screen.wait_for(lambda text: "you have" in text)


def answer_reach(screen: PtyScreen, digit: str) -> None:
    screen.press("t")
    screen.wait_for("Who is reached?")
    screen.wait_idle(QUIET_MS)
    screen.press("down", digit)  # a form that is filled in begins at its first question
    screen.wait_for("saved")
    screen.press("escape")
    screen.wait_for(" timeline ")


def settle(screen: PtyScreen, field: str, version: str) -> None:
    """Settle the first disagreement for a version, by the digit that stands before it."""
    screen.press("X")
    asked = screen.wait_for(f"which {field} holds")
    found = re.search(rf"(\d) \S+: {version}", asked)
    assert found, asked
    screen.press(found[1])
    screen.wait_for(lambda text: f"disagree {field}" not in text)


def canonical(home: Path) -> bytes:
    with open_workstation(home) as station:
        return station.view.dump()


def test_two_people_live_apart_and_together(
    ready: Path, hub: HubProgram, second: Path, served: Envoy
) -> None:
    with cockpit(ready) as mine, cockpit(second) as theirs:
        both = (mine, theirs)
        until(both, theirs, "to review", "143x", "hub live")
        stopped = stop_first(mine)
        assert served.final_value(HALT) == "100"
        until(both, theirs, "SEV2", "■ effective")  # no key was pressed there
        theirs.press("g")
        theirs.wait_idle(QUIET_MS)
        theirs.press("enter")
        until(both, theirs, " timeline ", "halt", "effective")

        triaged = triage(mine, "133123")
        until(both, theirs, "SEV1", RATIONALE, f"owner    {MINE}")
        mine.press("q")
        mine.wait_for("by urgency")
        mine.press("enter")
        mine.wait_for(" timeline ")
        note(theirs, NOTE)
        until(both, mine, NOTE, THEIRS)

        hub.kill()
        for each in both:
            until(both, each, "hub offline")
        take(theirs, "T")
        take(mine, "B", "T")
        answer_reach(mine, "1")
        answer_reach(theirs, "2")
        note(mine, NOTE_OFFLINE)
        hub.start()
        for each in both:
            until(both, each, "hub live", "disagree owner", "disagree reach", NOTE_OFFLINE)
            each.wait_idle(QUIET_MS)  # the last bytes of the frame may still be on their way
            for field, versions in (("owner", (MINE, THEIRS)), ("reach", ("few", "hundreds"))):
                line = next(line for line in each.lines() if f"{field}: " in line)
                for author, version in zip((MINE, THEIRS), versions, strict=True):
                    assert f"{author} says {version}" in line, each.text()

        settle(mine, "owner", THEIRS)
        until(both, theirs, f"owner    {THEIRS}")
        while "disagree severity" in theirs.text():
            settle(theirs, "severity", "SEV1")
        settle(theirs, "reach", "hundreds")
        for each in both:
            until(both, each, "hub live")
            each.wait_for(lambda text: "disagree" not in text and UNCONFIRMED not in text, LIVE_S)
        for each in both:
            each.press("q")
            each.wait_for("by urgency")
            each.press("q")
            assert each.wait_exit() == 0
    for home in (ready, second):
        assert ok(home, "sync")["unconfirmed"] == 0
    print(  # noqa: T201 - the count is what the test is for
        f"\nkeys from the top signal to effective: {stopped} (at most {MOST_KEYS}); triaged: {stopped + triaged}"
    )
    assert stopped <= MOST_KEYS
    check_records(ready, second)


def check_records(first: Path, second: Path) -> None:
    """Nothing is lost on either side, and both sides hold the same picture."""
    for home in (first, second):
        done = command(home, "verify")
        assert done.code == 0, done
    incident = next(row for row in ok(second, "queue")["incidents"] if row["severity"] == "SEV1")
    for home in (first, second):
        shown = ok(home, "show", incident["short"])
        assert (shown["owner_name"], shown["disputed"]) == (THEIRS, [])
        assert (shown["triage"]["reach"], shown["triage"]["rationale"]) == ("hundreds", RATIONALE)
        said = [row["text"] for row in ok(home, "timeline", incident["short"])]
        assert [words for words in said if words in (NOTE, NOTE_OFFLINE)] == [NOTE, NOTE_OFFLINE]
    assert canonical(first) == canonical(second)

"""Whole runs of playbooks at real terminals of 80 by 24: two alone, one by two people who are apart and merge."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.stage import HubProgram, cockpit, command, joined, ok
from tests.support.pty_screen import PtyScreen

NEXT = re.compile(r"(\d+) of (\d+), (?:all is over|next(?: for you)?: (\d+) )")
MOST_ACTS = 60


def head(screen: PtyScreen) -> re.Match[str]:
    """How far it is, as the second line under the tabs says."""
    text = screen.wait_for(lambda shown: NEXT.search(shown) is not None)
    found = NEXT.search(text)
    assert found is not None
    return found


def open_playbook(screen: PtyScreen) -> None:
    screen.wait_for("by urgency")
    screen.wait_idle()
    screen.press("enter")
    screen.wait_for("[1 overview]")
    screen.press("6")
    screen.wait_for("[6 playbook]")
    screen.wait_idle()


def say(screen: PtyScreen, line: str, heard: str) -> None:
    """A line after ``:``, and what the program says to it."""
    screen.press(":")
    screen.wait_idle()
    screen.send(line)
    screen.wait_idle()
    screen.press("enter")
    screen.wait_for(heard)
    screen.wait_idle()


def work(screen: PtyScreen, short: str, until: int = MOST_ACTS) -> int:
    """Say that one step after the other is done, as the cursor stands on the next one; returns how many were."""
    for acts in range(until):
        found = head(screen)
        if found[3] is None:
            return acts
        number = found[3]
        screen.press("d")
        screen.wait_for(f"{short}/{number} is done")
        screen.wait_idle()
        if head(screen)[3] == number:
            # The watch asks for another round: the watch is over once somebody says so.
            say(screen, f"playbook set {short} watch_open false", "is false")
    return until


@pytest.mark.parametrize("name", ["prompt-injection.internal", "unbounded-use.customer-facing"])
def test_a_whole_playbook_is_worked_through_at_a_terminal(home: Path, name: str) -> None:
    short = str(ok(home, "open", "odd words in a mail", "--severity", "SEV3")["short"])
    ok(home, "playbook", "start", short, name)
    with cockpit(home) as screen:
        open_playbook(screen)
        assert "of the library" in screen.text()
        say(screen, f"playbook set {short} watch_open true", "is true")
        acts = work(screen, short)
        assert head(screen)[3] is None, screen.text()
        assert acts > 10
        assert all(len(line) <= 80 for line in screen.lines())
        screen.press("1")
        screen.wait_for("all is over")
        screen.press("q")
        screen.wait_for("by urgency")
        screen.press("q")
        assert screen.wait_exit() == 0
    run = ok(home, "playbook", "steps", short)
    assert run["over"]
    assert run["done"] == run["of"]
    assert command(home, "verify").code == 0


@pytest.fixture
def hub(home: Path) -> Iterator[HubProgram]:
    """A hub of the first workstation's."""
    ok(home, "person", "name", "Mira")
    made = HubProgram(home)
    made.start()
    yield made
    made.kill()


def test_two_people_apart_work_through_one_playbook_and_merge(
    home: Path, hub: HubProgram, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    joined(hub, home, other)
    short = str(ok(home, "open", "refunds nobody asked for", "--severity", "SEV2")["short"])
    for place in (home, other, home):
        ok(place, "sync")
    hub.kill()
    for place in (home, other):
        ok(place, "playbook", "start", short, "agent-misuse.customer-facing")
    with cockpit(home) as mine, cockpit(other) as theirs:
        for each in (mine, theirs):
            each.wait_for("by urgency")
            each.wait_idle()
        for each in (mine, theirs):
            each.press("g")
            open_playbook(each)
        assert work(mine, short, 4) == 4
        number = head(theirs)[3]
        theirs.press("p")
        theirs.wait_for("why is it skipped?")
        theirs.wait_idle()
        theirs.send("no controls on this side")
        theirs.press("enter")
        theirs.wait_for(f"{short}/{number} is skipped")
        theirs.wait_idle()
        for each in (mine, theirs):
            each.press("q")
            each.wait_for("by urgency")
            each.press("q")
            assert each.wait_exit() == 0
    hub.start()
    for place in (home, other, home):
        ok(place, "sync")
    ours, yours = (ok(place, "playbook", "steps", short) for place in (home, other))
    states = [[(step["state"], step["disputed"]) for step in run["steps"]] for run in (ours, yours)]
    assert states[0] == states[1]
    assert ["state"] in [
        disputed for _, disputed in states[0]
    ]  # one did what the other skipped: shown, not decided
    assert ours["done"] >= 4
    hub.kill()
    with cockpit(home) as mine:
        mine.press("g")
        open_playbook(mine)
        mine.wait_for("(!)")
        mine.press("k", "k", "k", "k", "k", "k", "k", "k")
        mine.wait_idle()
        say(mine, f"playbook done {short}/{number}", f"{short}/{number} is done")
        mine.wait_for(lambda text: "(!)" not in text)
        work(mine, short)
        assert head(mine)[3] is None, mine.text()
    assert ok(home, "playbook", "steps", short)["over"]

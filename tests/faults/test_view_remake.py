"""A view that has to be made anew holds up no key: the screen goes on with the old one, and what is written is kept."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.e2e.stage import PROGRAM, cockpit, surroundings
from tests.support.crowd import long_record
from tests.support.pty_screen import PtyScreen

from ircockpit.core.errors import ExitCode
from ircockpit.features.catalogue import open_workstation
from ircockpit.store.workstation import Workstation

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="elsewhere: no list of child processes"
)

ENTRIES = 4000
LONG = 200_000
ABOUT = "view anew:"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def profile(home: Path) -> Path:
    long_record(home, ENTRIES)
    return home


def put_in_doubt(station: Workstation) -> str:
    """What was counted counts no more: no view can follow that by adding to it. The id of the entry."""
    found = station.view.rows(
        "SELECT event_id FROM entry WHERE type='incident.noted' AND doubt='' ORDER BY arrival DESC LIMIT 1"
    )
    with station.log.writing() as writer:
        writer.put_in_doubt(str(found[0][0]), "no certificate of its device is known")
    return str(found[0][0])


def doubt_in(view: Path, event: str) -> list[tuple[object, ...]]:
    """What the view on disk says of an entry."""
    import sqlite3

    db = sqlite3.connect(f"file:{view}?mode=ro", uri=True)
    try:
        return db.execute("SELECT doubt<>'' FROM entry WHERE event_id=?", (event,)).fetchall()
    finally:
        db.close()


def children(of: int) -> list[int]:
    """Processes that a process, or any thread of it, has started."""
    listed = (task / "children" for task in Path(f"/proc/{of}/task").iterdir())
    return [int(each) for path in listed if path.exists() for each in path.read_text().split()]


class Held:
    """The process that makes the view, stopped where it is until it may go on."""

    def __init__(self, screen: PtyScreen) -> None:
        end = time.monotonic() + 60
        while not (found := children(screen.process.pid)):
            assert time.monotonic() < end
            screen.pump(0.01)
        self.pid = found[0]
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it, where it is still there."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def held_up(profile: Path) -> Iterator[tuple[PtyScreen, Held, str]]:
    """A cockpit whose view is being made anew, and does not get on."""
    with cockpit(profile) as screen:
        screen.wait_for("filter")
        with open_workstation(profile, beside=True) as station:
            event = put_in_doubt(station)
        held = Held(screen)
        try:
            yield screen, held, event
        finally:
            held.go_on()


def test_keys_and_notes_go_on_while_a_view_is_made_anew(
    profile: Path, held_up: tuple[PtyScreen, Held, str]
) -> None:
    screen, held, event = held_up
    screen.wait_for(ABOUT)
    screen.press("s")
    shown = screen.wait_for("in a new one; this one stays until then")
    assert f"of {ENTRIES + 6:,} entries" in shown
    screen.press("q")
    screen.wait_for("filter")
    screen.press("enter")
    screen.wait_for("title")
    screen.press("n")
    screen.wait_for(lambda text: " n note" not in text.splitlines()[-1])
    screen.paste("pharmacist called meanwhile")
    screen.wait_for("pharmacist called meanwhile")
    screen.press("enter")
    screen.wait_for("noted")
    screen.wait_for("pharmacist called meanwhile")
    assert doubt_in(profile / "view.db", event) == [(0,)], "the old view still"
    held.go_on()
    screen.wait_for(lambda text: ABOUT not in text, timeout=60)
    screen.wait_for("pharmacist called meanwhile")
    assert doubt_in(profile / "view.db", event) == [(1,)]
    with open_workstation(profile) as station:
        found = "SELECT count(*) FROM entry WHERE body LIKE '%called meanwhile%'"
        assert station.view.rows(found) == [(1,)]
        dump = station.view.dump()
        station.remake_view()
        assert station.view.dump() == dump


def test_a_stop_does_not_wait_for_it(profile: Path) -> None:
    """Whatever runs beside the screen opens the profile on the old view too."""
    with open_workstation(profile) as station:
        put_in_doubt(station)
    began = time.monotonic()
    with open_workstation(profile, beside=True) as station:
        beside = time.monotonic() - began
        assert station.view.due
    began = time.monotonic()
    with open_workstation(
        profile
    ) as station:  # control: whoever does not leave it makes it, and waits for it
        assert not station.view.due
        assert time.monotonic() - began > beside


def test_it_can_be_left_and_the_old_view_stays(profile: Path, held_up: tuple[PtyScreen, Held, str]) -> None:
    screen, held, event = held_up
    screen.wait_for(ABOUT)
    screen.press("s")
    screen.wait_for("X stop it")
    screen.press("X")
    held.go_on()
    screen.wait_for(lambda text: ABOUT not in text)
    screen.wait_for("the old view stays")
    assert doubt_in(profile / "view.db", event) == [(0,)]
    assert not (profile / "view.db.new").exists(), "what was half made holds words of the record"


def test_quitting_waits_for_nothing(held_up: tuple[PtyScreen, Held, str], say: Say) -> None:
    screen, held, _ = held_up
    screen.wait_for(ABOUT)
    screen.press("q")
    began = time.monotonic()
    assert screen.wait_exit() == 0
    say(f"left in {1000 * (time.monotonic() - began):.0f} ms while the view was being made")
    assert Path(f"/proc/{held.pid}").exists(), "it was still at it"


def test_killed_it_is_said_and_the_old_view_stays(
    profile: Path, held_up: tuple[PtyScreen, Held, str]
) -> None:
    screen, held, event = held_up
    screen.wait_for(ABOUT)
    os.kill(held.pid, signal.SIGKILL)
    screen.wait_for("ended half way")
    assert doubt_in(profile / "view.db", event) == [(0,)]
    with open_workstation(profile):  # the next start makes it
        assert doubt_in(profile / "view.db", event) == [(1,)]


def make_stale(profile: Path) -> None:
    """As another version of the program leaves it."""
    import sqlite3

    db = sqlite3.connect(profile / "view.db")
    db.execute("UPDATE meta SET value='another' WHERE key='mark'")
    db.commit()
    db.close()


def test_a_view_of_another_version_is_made_before_the_screen_with_a_key_that_leaves(profile: Path) -> None:
    make_stale(profile)
    with cockpit(profile) as screen:
        screen.wait_for("making the view anew", early=True)
        assert max(map(len, screen.lines())) <= 80
        screen.send("q")
        assert screen.wait_exit() == ExitCode.OK
        assert "the view is made at the next start" in screen.text()
    with cockpit(profile) as screen:
        screen.wait_for("filter", timeout=60)
        assert "title" in screen.text()


def test_ctrl_c_leaves_it_too(profile: Path) -> None:
    make_stale(profile)
    with cockpit(profile) as screen:
        screen.wait_for("making the view anew", early=True)
        screen.send("\x03")
        assert screen.wait_exit() == ExitCode.INTERRUPTED
        assert "Traceback" not in screen.text()
    with subprocess.Popen(
        [*PROGRAM, "queue", "--json"], env=surroundings(profile), stdout=subprocess.PIPE
    ) as done:
        assert b"title" in done.communicate(timeout=60)[0]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_keys_are_answered_while_a_long_view_is_made_anew(home: Path, say: Say) -> None:
    long_record(home, LONG)
    with cockpit(home) as screen:
        screen.wait_for("filter")
        before = answered(screen, lambda: False, 20)
        with open_workstation(home, beside=True) as station:
            put_in_doubt(station)
        screen.wait_for(ABOUT, timeout=60)
        during = answered(screen, lambda: ABOUT not in screen.lines()[0], 10_000)
        say(
            f"{LONG:,} entries: {len(during)} keys answered meanwhile, median {during[len(during) // 2] * 1000:.0f} ms,"
            f" worst {during[-1] * 1000:.0f} ms; without it {before[len(before) // 2] * 1000:.0f} ms"
        )
        assert len(during) > 20, "the screen stood still"
        # Of the same run, on whatever machine: the view's making may cost a key some of its time, not seconds.
        assert during[len(during) // 2] < 5 * before[len(before) // 2] + 0.1


def answered(screen: PtyScreen, over: Callable[[], bool], most: int) -> list[float]:
    """Seconds from a key to the screen it opens, sorted."""
    took: list[float] = []
    while len(took) < most and not over():
        for key, place in (("s", " queue > sync"), ("q", " queue ")):
            began = time.monotonic()
            screen.press(key)
            screen.wait_for(lambda text, place=place: text.startswith(place))  # type: ignore[misc]
            took.append(time.monotonic() - began)
    return sorted(took)

"""Several windows and commands on one profile, and commands that are told to end in the middle."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.plain import plain
from tests.e2e.stage import PROGRAM, QUIET_MS, Done, cockpit, command, ok, surroundings
from tests.support.pty_screen import PtyScreen

from ircockpit.core.errors import ExitCode

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: signals are those of a POSIX system")

NOTES = 4


def at_timeline(screen: PtyScreen) -> None:
    screen.wait_for("wrong dose")
    screen.wait_idle(QUIET_MS)
    screen.press("enter")
    screen.wait_for("timeline")
    screen.wait_idle(QUIET_MS)


def note(screen: PtyScreen, text: str) -> None:
    """A note in a window, until that window says it is on the record."""
    screen.press("n")
    screen.wait_for("note:")
    screen.send(text)
    screen.press("enter")
    screen.wait_for(lambda shown: "note:" not in shown and text in shown)


def test_two_windows_and_commands_see_each_other_and_never_lock(home: Path) -> None:
    ident = ok(home, "open", "wrong dose")["short"]
    wanted = []
    with cockpit(home) as left, cockpit(home) as right:
        at_timeline(left)
        at_timeline(right)
        beside = subprocess.Popen(
            ["sh", "-c", 'for n in 0 1 2 3; do "$@" "by command $n" || exit 9; done', "sh",
             *PROGRAM, "note", ident],
            env=surroundings(home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        for number in range(NOTES):
            for name, screen in (("left", left), ("right", right)):
                wanted.append(f"{name} window {number}")
                note(screen, wanted[-1])
            for screen in (left, right):
                screen.wait_for(lambda shown: all(text in shown for text in wanted[-2:]))
        _, err = beside.communicate(timeout=60)
        assert beside.returncode == 0, err
        wanted += [f"by command {number}" for number in range(NOTES)]
        for screen in (left, right):
            screen.wait_for(f"by command {NOTES - 1}")
            assert b"locked" not in screen.raw
            assert b"held by another program" not in screen.raw
            os.kill(screen.process.pid, signal.SIGTERM)
            assert screen.wait_exit() == ExitCode.TERMINATED
    said = [row["text"] for row in ok(home, "timeline", ident)]
    assert sorted(text for text in said if "window" in text or "by command" in text) == sorted(wanted)
    assert command(home, "verify").code == ExitCode.OK


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of signals that takes seconds to be taken in."""
    path = tmp_path_factory.mktemp("many") / "many.jsonl"
    rows = (f'{{"title": "finding {number}", "detector": "d{number % 50}"}}\n' for number in range(3_000))
    path.write_text("".join(rows))
    return path


@pytest.fixture
def taking(home: Path, many: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """An intake that has made its first signals durable and is not through yet."""
    ok(home, "queue")
    with subprocess.Popen(
        [*PROGRAM, "intake", str(many)],
        env=surroundings(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        while program.poll() is None and not ok(home, "queue")["to_review"]:
            continue
        yield program
        program.kill()


CODES = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.HUNG_UP,
}


@pytest.mark.parametrize("number", CODES)
def test_an_intake_that_is_ended_keeps_what_it_took_and_goes_on(
    taking: "subprocess.Popen[bytes]", home: Path, many: Path, number: signal.Signals
) -> None:
    taking.send_signal(number)
    out, err = taking.communicate(timeout=30)
    done = Done(taking.returncode, out, err)
    assert done.code == CODES[number]
    assert "what was acknowledged is kept" in plain(done)
    kept = sum(row["count"] for row in ok(home, "queue")["to_review"])
    assert 0 < kept < 3_000
    assert [path.name for path in (home / "blobs" / "tmp").iterdir()] == []
    if number is signal.SIGTERM:  # once is enough for the long part
        again = ok(home, "intake", str(many))
        assert (again["found"], again["added"]) == (3_000, 3_000 - kept)
        assert command(home, "verify").code == ExitCode.OK


def test_a_signal_that_was_ignored_stays_ignored(home: Path) -> None:
    """``nohup`` works: a sync that watches outlives the terminal it was started from."""
    script = 'trap "" HUP; "$@" & P=$!; kill -HUP $P; sleep 0.3; kill -HUP $P; wait $P'
    done = command(home, "open", "wrong dose", before=("sh", "-c", script, "sh"))
    assert done.code == ExitCode.OK, done
    assert len(ok(home, "queue")["incidents"]) == 1


def test_a_watching_sync_ends_with_a_word(home: Path) -> None:
    ok(home, "queue")
    done = command(home, "sync", "--watch")
    assert done.code == ExitCode.OK
    assert "joined no hub" in plain(done)

"""A machine that was suspended: what ends after a time has ended by then, and the next round is due at once."""

import json
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from tests.support.hub import DirectTransport
from tests.support.pty_screen import PATIENCE_S
from tests.sync.conftest import Team

from ircockpit.core.clock import SystemClock, elapsed_s
from ircockpit.features.containment.engine.plan import Expiry
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.sync.state import Link
from ircockpit.sync.transport import Headers, Reply
from ircockpit.sync.worker import SyncWorker

DAY_S = 86_400
QUARTER_US = 15 * 60 * 1_000_000
LATER = """
import json, sys, time
from ircockpit.core.clock import SystemClock
from ircockpit.features.containment.engine.plan import Expiry

clock = SystemClock()
if sys.argv[1] == "awake":  # the control: a clock that leaves out the time asleep
    clock.mono_us = lambda: time.monotonic_ns() // 1000
clock.wall_us = lambda: int(sys.argv[2])  # put back by who wants the approval to go on
print(json.dumps([clock.mono_us(), Expiry(*json.loads(sys.argv[3])).over(clock)]))
"""


@pytest.fixture
def slept(need_program: Callable[[str, str], str]) -> Callable[..., tuple[int, bool]]:
    """Clock and verdict of a process that believes the machine slept for a day since it was started."""
    unshare = need_program("unshare", "apt install util-linux")
    asleep = (unshare, "--user", "--map-root-user", "--time", "--boottime", str(DAY_S))
    if subprocess.run([*asleep, "true"], capture_output=True, check=False).returncode:
        pytest.skip("elsewhere: no time namespace may be made here")

    def later(clock: str, wall_us: int, expiry: Expiry) -> tuple[int, bool]:
        words = [*asleep, sys.executable, "-c", LATER, clock, str(wall_us), json.dumps(expiry)]
        mono, over = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
        return mono, over

    return later


def test_an_approval_does_not_outlive_a_night_asleep(slept: Callable[..., tuple[int, bool]]) -> None:
    clock = SystemClock()
    now = clock.wall_us()
    expiry = Expiry.after(clock, QUARTER_US)
    before = clock.mono_us()
    mono, over = slept("as it is", now, expiry)
    assert mono - before > (DAY_S - 60) * 1_000_000
    assert over


def test_a_clock_that_sleeps_too_would_prolong_it(slept: Callable[..., tuple[int, bool]]) -> None:
    """The control."""
    now_us = time.monotonic_ns() // 1000
    clock = SystemClock()
    expiry = Expiry(clock.wall_us() + QUARTER_US, now_us + QUARTER_US, clock.boot())
    assert slept("awake", clock.wall_us(), expiry)[1] is False


class Counting(DirectTransport):
    """Counts how often the hub is asked for its heads."""

    heads = 0

    def send(self, method: str, path: str, body: bytes | None = None, headers: Headers = ()) -> Reply:
        reply = super().send(method, path, body, headers)
        Counting.heads += path.startswith("/v1/heads")
        return reply


def test_a_round_begins_as_soon_as_the_machine_is_awake(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = 0.0
    monkeypatch.setattr("ircockpit.sync.worker.POLL_S", DAY_S)  # no round comes by itself meanwhile
    monkeypatch.setattr("ircockpit.sync.worker.elapsed_s", lambda: elapsed_s() + asleep)
    monkeypatch.setattr("ircockpit.sync.worker.SyncWorker._listen", lambda *_: None)
    worker = SyncWorker(
        team.b.profile,
        copy_gate_of,
        lambda _: None,
        transport=lambda _: Counting(lambda: team.hub.hub),
        clock=team.b.clock,
    )
    worker.start()
    try:
        _until(lambda: worker.state.link is Link.LIVE)
        before = Counting.heads
        asleep = DAY_S + 1.0
        _until(lambda: Counting.heads > before)
    finally:
        worker.stop(10)


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)

"""Workstations and a real hub over a link that tears: once it is whole again everything arrives, and once only."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Say
from tests.e2e.plain import plain
from tests.e2e.stage import HubProgram, command, ok
from tests.support.fault_proxy import KINDS, TornLink
from tests.support.hub import declare, ids, station

from ircockpit.core.errors import ExitCode
from ircockpit.features.evidence.queries import copy_gate_of
from ircockpit.store import history
from ircockpit.store.workstation import Draft, Workstation
from ircockpit.sync.alarms import alarms
from ircockpit.sync.transport import HttpTransport
from ircockpit.sync.worker import SyncWorker

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere: signals are those of a POSIX system")

CYCLES = 20
MANY_CYCLES = 1000
TORN_S = 0.3
DRAIN_S = 60.0
"""Seconds after which, with the link whole again, everything has to be there."""


class Stage:
    """A hub as a process, a torn link before it, and two workstations behind that link with a cockpit's worker each."""

    def __init__(self, folder: Path, seed: int, request_s: float) -> None:
        homes = folder / "a", folder / "b"
        ok(homes[0], "queue")
        self.hub = HubProgram(homes[0])
        self.hub.start()
        code = ok(homes[0], "hub", "invite", "--name", "Bo")["code"]
        ok(homes[1], "enroll", self.hub.url, code)
        self.link = TornLink(int(self.hub.url.rpartition(":")[2]), seed)
        self.link.__enter__()
        self.homes = homes
        self.people = [station(home) for home in homes]
        for who in self.people:
            who.identity = who.identity._replace(hub=self.link.url)
            who.profile.save_identity(who.identity)
        self.incident = declare(self.people[0], "wrong dose")
        self.stream = str(self.people[0].view.rows("SELECT stream FROM incident")[0][0])

        def transport(url: str) -> HttpTransport:
            return HttpTransport(url, request_s=request_s, silence_s=5.0)

        self.workers = [
            SyncWorker(who.profile, copy_gate_of, lambda _: None, transport=transport) for who in self.people
        ]
        for worker in self.workers:
            worker.start()

    def close(self) -> None:
        for worker in self.workers:
            worker.stop(5)
        for who in self.people:
            who.close()
        self.link.__exit__(None, None, None)
        self.hub.kill()

    def note(self, who: Workstation, text: str) -> None:
        who.append([Draft(self.stream, "incident.noted", self.incident, ({"text": text},))])

    def drained(self, every: int) -> bool:
        return all(who.log.unconfirmed_count() == 0 and who.log.count() == every for who in self.people)

    def drain(self) -> float:
        """Seconds until nobody waits for anything and all hold the same."""
        began = time.monotonic()
        while time.monotonic() - began < DRAIN_S:
            if self.drained(len(ids(self.people[0]) | ids(self.people[1]))):
                return time.monotonic() - began
            threading.Event().wait(0.02)
        states = [worker.state for worker in self.workers]
        raise AssertionError(f"not drained after {DRAIN_S:.0f} s: {states}")


@pytest.fixture
def stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stage]:
    seed, request_s = request.param
    made = Stage(tmp_path, seed, request_s)
    yield made
    made.close()


def cycle(stage: Stage, number: int) -> float:
    """Tear, write at both places, mend; seconds until all of it had arrived everywhere."""
    kinds = () if number % 3 else (KINDS[number // 3 % len(KINDS)],)
    stage.link.tear(*kinds)
    for each in range(3):
        for which, who in enumerate(stage.people):
            stage.note(who, f"{number} {which} {each}")
        threading.Event().wait(TORN_S / 3)
    stage.link.heal()
    return stage.drain()


def command_meanwhile(stage: Stage, number: int) -> None:
    """A person types the command while the link is torn: it says how it ended, in words."""
    stage.link.tear("reset", "cut short", "latency", "refused")
    stage.note(stage.people[1], f"by command {number}")
    done = command(stage.homes[1], "sync")
    plain(done)
    assert done.code in (ExitCode.OK, ExitCode.OFFLINE, ExitCode.REFUSED), done
    stage.link.heal()
    stage.drain()


def run(stage: Stage, cycles: int, say: Say) -> None:
    stage.drain()
    took: list[float] = []
    # On a busy machine fewer connections are made in a cycle: it goes on until every way of tearing was met.
    while (number := len(took)) < cycles or (number < 2 * cycles and not {*KINDS} <= stage.link.met.keys()):
        took.append(cycle(stage, number))
        if number % 10 == 0:
            command_meanwhile(stage, number)
    for who in stage.people:
        who.refresh()
    a, b = stage.people
    assert a.view.dump() == b.view.dump()
    assert ids(a) == ids(b)
    noted = [row[0] for row in a.view.rows("SELECT body FROM entry WHERE type='incident.noted'")]
    assert len(noted) == len(set(noted)) == len(took) * 6 + (len(took) + 9) // 10
    held = ok(stage.homes[1], "hub", "status")
    assert (held["events"], held["forks"], held["quarantined"]) == (len(ids(a)), 0, 0)
    for who in stage.people:
        assert alarms(who.log) == []
        for stream in who.log.streams():
            seqs = [seq for seq, _, _ in history.receipts(who.log, stream, 1)]
            assert seqs == list(range(1, len(seqs) + 1))
    say(f"{len(took)} torn cycles: drained in {max(took):.1f} s at most, {sum(took) / len(took):.1f} s on average; "
        f"connections {dict(stage.link.met)}")  # fmt: skip


@pytest.mark.timeout(600)  # each cycle may take its sixty seconds, on a machine that is busy
@pytest.mark.parametrize("stage", [(7, 0.5)], indirect=True)
def test_a_link_that_tears_loses_and_doubles_nothing(stage: Stage, say: Say) -> None:
    run(stage, CYCLES, say)
    assert {*KINDS, "whole"} <= stage.link.met.keys()


@pytest.mark.long
@pytest.mark.timeout(3600 * 6)
@pytest.mark.parametrize("stage", [(int.from_bytes(os.urandom(4)), 10.0)], indirect=True, ids=["any seed"])
def test_a_thousand_tears_lose_and_double_nothing(stage: Stage, say: Say) -> None:
    run(stage, MANY_CYCLES, say)

"""Each checker speaks up when what it watches over is broken, and not before."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from tests.sim.checks.acts import doubled
from tests.sim.checks.dense import dense
from tests.sim.checks.divergent import divergent
from tests.sim.checks.holes import holes
from tests.sim.checks.lost import lost
from tests.sim.checks.silent import silent
from tests.sim.checks.stalled import stalled
from tests.sim.checks.verified import unverified
from tests.sim.disk import Cut
from tests.sim.founding import founded
from tests.sim.network import tripwire
from tests.sim.seeds import machinery
from tests.sim.world import World

from ircockpit.sync.alarms import alarms
from ircockpit.sync.exhibits import RESETS


@pytest.fixture
def world() -> Iterator[World]:
    """A world that came to rest, in which a device saw the hub go back: the first such one."""
    with machinery() as folder:
        for seed in range(100):
            world = World(seed, folder)
            world.run()
            world.settle()
            if world.devices[-1].station.log.meta(RESETS):
                break
        yield world


def _in_log(statement: str) -> Callable[[World], object]:
    def spoil(world: World) -> None:
        log = world.devices[-1].disk.held("log.db")
        log.execute("PRAGMA foreign_keys=OFF")
        log.execute("DROP TRIGGER event_stays")
        log.execute(statement)

    return spoil


def _less_meant(world: World) -> None:
    world.acts = {op: count - 1 for op, count in world.acts.items()}


def _never_at_rest(world: World) -> None:
    world.at_rest = False


BROKEN = (
    (lost, lambda world: world.acknowledged.update({"0" * 64: "a"})),
    (lost, _in_log("INSERT INTO doubt SELECT arrival, 'none' FROM event WHERE n > 1")),
    (divergent, _in_log("UPDATE receipt SET event=zeroblob(32) WHERE seq=1")),
    (divergent, lambda world: world.devices[0].station.view.db.execute("DELETE FROM entity")),
    (stalled, _never_at_rest),
    (stalled, _in_log("DELETE FROM receipt WHERE seq=1")),
    (dense, _in_log("DELETE FROM receipt WHERE seq=1")),
    (lambda world: holes(world.devices[-1]), _in_log("DELETE FROM receipt WHERE seq=1")),
    (doubled, _less_meant),
    (silent, _in_log("INSERT INTO checkpoint SELECT stream, gen, size, text || 'x' FROM checkpoint")),
    (unverified, _in_log("DELETE FROM event WHERE arrival=2")),
)


@pytest.mark.parametrize(("check", "spoil"), BROKEN)
def test_a_checker_notices_what_it_watches_over(
    world: World, check: Callable[[World], list[str]], spoil: Callable[[World], object]
) -> None:
    assert check(world) == []
    spoil(world)
    assert check(world) != []


@pytest.mark.parametrize("commit", range(1, 5))
def test_that_the_hub_went_back_is_told_wherever_the_device_is_cut(commit: int) -> None:
    with machinery() as folder:
        world = World(0, folder)
        world.calm = True
        device = world.devices[0]
        device.engine().round()
        world.close()
        world.hub_disk.put_back(founded().hub, "hub.db")
        world.restart_hub()
        device.disk.held("log.db").trip = tripwire("after commit", commit, Cut)
        with suppress(Cut):
            device.engine().round()
        device.stop()
        assert alarms(device.station.log)[0].kind == "restored"

"""Everything gets through: once the faults have stopped, no outbox stays filled and no round says what hinders it."""

from tests.sim.world import World

from ircockpit.store import outbox


def stalled(world: World) -> list[str]:
    """A sentence for each device that still waits, or does not come to rest."""
    found = [] if world.at_rest else ["stalled: the devices do not come to rest"]
    for device in world.live():
        waiting = sum(each.events for each in outbox.waiting(device.station.log).values())
        if waiting:
            found.append(f"stalled: {device.name} waits for {waiting} receipts")
        if refused := device.engine().refused:
            found.append(f"stalled: the hub takes {len(refused)} events of {device.name} not")
    return [*found, *(f"stalled: {sentence}" for sentence in world.trouble)]

"""A lane forks only where a device was copied, or its lane mark went back too: else a new lane begins in time."""

from tests.sim.world import World


def forked(world: World) -> list[str]:
    """A sentence where two events stand at one place of a lane and nothing that happened explains it."""
    rows = world.hub_disk.held("hub.db").execute(
        "SELECT device, epoch, n, count(*) FROM event GROUP BY stream, device, epoch, n HAVING count(*) > 1"
    )
    return [
        f"forked: {count} events at {n} of lane {device[:8]} {epoch}"
        for device, epoch, n, count in rows
        if (device, epoch) not in world.forks_in
    ]

"""Whoever learns that a lane of theirs forked writes in another one."""

from tests.sim.world import World


def renewed(world: World) -> list[str]:
    """A sentence for each device that would go on in a lane in which two events claim one place."""
    found = []
    for device in world.live():
        device.station.follow()
        epoch = device.station.epoch()  # what it would write in next
        rows = device.disk.held("log.db").execute(
            "SELECT 1 FROM event WHERE device=? AND epoch=? GROUP BY stream, n HAVING count(*) > 1 LIMIT 1",
            (device.profile.identity().device, epoch),
        )
        if rows.fetchone():
            found.append(f"renewed: {device.name} would go on in a lane that has forked")
    return found

"""An act of a person takes effect once, however often it was repeated after a crash: no event of it is doubled."""

from tests.sim.world import World


def doubled(world: World) -> list[str]:
    """A sentence for each act of which a replica holds more than was meant; what is missing is for others to notice."""
    found = []
    for device in world.live():
        rows = device.disk.held("log.db").execute(
            "SELECT op, count(*) FROM event WHERE n > 1 GROUP BY op ORDER BY op"
        )
        found += [
            f"doubled: {device.name} holds {count} events of an act that makes {world.acts[op]}"
            for op, count in rows
            if op in world.acts and count > world.acts[op]
        ]
    return found

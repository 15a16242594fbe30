"""Nothing acknowledged may be lost: it stands on every replica in the end, and counts there.

Left out is only what the course itself destroyed: a disk that went back held the last copy of it.
"""

from tests.sim.world import World


def lost(world: World) -> list[str]:
    """A sentence for each acknowledged event that a replica lacks or leaves out of the picture."""
    wanted = world.acknowledged.keys() - world.excused - world.outside()
    found = [f"lost: the hub lacks {ident[:8]}" for ident in sorted(wanted - world.hub_events())]
    for device in world.live():
        found += [f"lost: {device.name} lacks {ident[:8]}" for ident in sorted(wanted - device.held())]
        rows = device.disk.held("log.db").execute(
            "SELECT id, reason, device, json_extract(CAST(envelope AS TEXT), '$.actor')"
            " FROM doubt JOIN event ON arrival=event ORDER BY arrival"
        )
        found += [
            f"lost: {device.name} does not count {ident.hex()[:8]}: {reason}"
            for ident, reason, author, actor in rows
            if not world.may_stay_out(author, actor, reason, ident.hex())
        ]
    return found

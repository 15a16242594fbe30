"""Whoever holds proof that the hub went back or forked its history has said so to the person at the device."""

from tests.sim.world import World

from ircockpit.sync.alarms import alarms
from ircockpit.sync.exhibits import RESETS


def silent(world: World) -> list[str]:
    """A sentence for each device that keeps such proof and has raised no alarm."""
    found = []
    for device in world.devices:
        log = device.station.log
        raised = {(each.kind, each.stream) for each in alarms(log)}
        contradicted = device.disk.held("log.db").execute(
            "SELECT stream FROM checkpoint GROUP BY stream, gen, size HAVING count(*) > 1"
        )
        found += [
            f"silent: {device.name} holds two checkpoints of one size that contradict each other"
            for (stream,) in contradicted
            if ("two-histories", stream) not in raised
        ]
        if log.meta(RESETS) and not any(kind == "restored" for kind, _ in raised):
            found.append(f"silent: {device.name} went back with the hub and does not say so")
    return found

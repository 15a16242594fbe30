"""Whoever holds proof that the hub went back or forked its history has said so to the person at the device."""

from tests.sim.world import World

from ircockpit.store.log import PRESENT
from ircockpit.sync.alarms import alarms

CONTRADICTED = "SELECT stream FROM checkpoint GROUP BY stream, gen, size HAVING count(*) > 1"
PUT_ASIDE = (
    "SELECT DISTINCT stream FROM receipt WHERE (stream, gen, seq) NOT IN"  # noqa: S608 - fixed text
    f" (SELECT r.stream, r.gen, r.seq FROM receipt r {PRESENT})"
)
"""Records of which a receipt was verified that is of no present history."""


def silent(world: World) -> list[str]:
    """A sentence for each record of a device of which it keeps such proof and has raised no alarm."""
    found = []
    for device in world.live():
        log = device.station.log
        raised = {(each.kind, each.stream) for each in alarms(log)}
        for what, proof in (("two-histories", CONTRADICTED), ("restored", PUT_ASIDE)):
            found += [
                f"silent: {device.name} holds proof of {what} of {stream[:8]} and does not say so"
                for (stream,) in log.db.execute(proof)
                if (what, stream) not in raised
            ]
    return found

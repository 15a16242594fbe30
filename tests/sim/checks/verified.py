"""What ``ircockpit verify`` finds on a replica is what happened to it, and nothing else."""

from tests.sim.town import Town
from tests.sim.world import World

from ircockpit.features.record.verification import Verifier, gone
from ircockpit.ledger.verify import Kind


def unverified(world: World) -> list[str]:
    """A sentence for each finding that the course of events does not explain."""
    explained = set()
    if any(world.counts[each] for each in ("device copied", "disk went back", "disk went back in part")):
        explained.add(Kind.FORK)
    if world.counts["hub went back"]:
        explained.add(Kind.HISTORY)
    if isinstance(world, Town) and world.liars:
        explained.add(Kind.LAMPORT)
    if world.outside():
        explained.add(Kind.MISSING)
    found = []
    for device in world.live():
        device.stop()  # at the next start a device asks for all certificates: one it knew the key by may have come late
        device.engine().round()
        log = device.station.log
        verifier = Verifier(log, device.station.identity)
        findings = [*gone(log), *(each for s in log.streams() for each in verifier.stream(s).findings)]
        found += [
            f"not verified: {device.name}: {each.kind}: {each.detail}"
            for each in findings
            if each.kind not in explained
        ]
    return found

"""Evidence is what was taken in, byte for byte, and called verified only where the hub holds it so."""

from hashlib import sha256

from tests.sim.town import Town
from tests.sim.world import World

from ircockpit.blobs.files import FileBlobs
from ircockpit.sync import exhibits


def spoiled(world: World) -> list[str]:
    """A sentence for each file that is not what its name says, or is called verified and is not at the hub."""
    if not isinstance(world, Town):
        return []
    found, hub = [], world.hub.folder.blobs
    places = [("the hub", hub), *((each.name, FileBlobs(each.profile.blobs)) for each in world.devices)]
    for name, blobs in places:
        found += [
            f"exhibits: {name} holds other bytes as {wanted[:8]}"
            for wanted in sorted(world.files)
            if blobs.has(wanted) and sha256(blobs.path(wanted).read_bytes()).hexdigest() != wanted
        ]
    for device in world.live():
        named = {
            sha for stored in device.station.log.since(0, 10_000) if (sha := exhibits.named_file(stored))
        }
        for wanted in sorted(named):
            if exhibits.at_hub(device.station.log, wanted) and not hub.has(wanted):
                found.append(f"exhibits: {device.name} calls {wanted[:8]} verified, and the hub lacks it")
            elif FileBlobs(device.profile.blobs).has(wanted) and not hub.has(wanted):
                found.append(f"exhibits: {device.name} has kept {wanted[:8]} from the hub")
    return found

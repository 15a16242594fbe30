"""All replicas agree: the same events, the same place for each in the hub's history, and the same picture, byte for byte."""

from tests.sim.device import Device
from tests.sim.world import World

Places = dict[tuple[str, int, int], str]
"""Event by stream, generation and seq."""


def divergent(world: World) -> list[str]:
    """A sentence for each replica that is not as the hub or the first device."""
    found = []
    hub, events = _hub_places(world), world.hub_events()
    picture = world.devices[0].station.view.dump()
    for device in world.devices:
        places = _places(device)
        found += [
            f"divergent: {device.name} has {places.get(at, 'none')[:8]} at {at}, the hub {hub.get(at, 'none')[:8]}"
            for at in sorted(hub.keys() | places.keys())
            if places.get(at) != hub.get(at)
        ]
        if odd := device.held() ^ events:
            found.append(
                f"divergent: {device.name} and the hub do not hold the same: {len(odd)} events apart"
            )
        if device.station.view.dump() != picture:
            found.append(f"divergent: {device.name} shows another picture than {world.devices[0].name}")
    return found


def _hub_places(world: World) -> Places:
    rows = world.hub_disk.held("hub.db").execute(
        "SELECT s.id, s.gen, e.seq, e.id FROM event e JOIN stream s ON s.num=e.stream"
    )
    return {(stream, gen, seq): ident.hex() for stream, gen, seq, ident in rows}


def _places(device: Device) -> Places:
    rows = device.disk.held("log.db").execute(
        "SELECT stream, gen, r.seq, event FROM receipt r JOIN cursor USING (stream, gen)"
    )
    return {(stream, gen, seq): ident.hex() for stream, gen, seq, ident in rows}

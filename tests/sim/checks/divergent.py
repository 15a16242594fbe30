"""All replicas agree: the same events, the same place for each in the hub's history, and the same picture, byte for byte."""

from tests.sim.checks.places import on_device, on_hub
from tests.sim.world import World


def divergent(world: World) -> list[str]:
    """A sentence for each replica that is not as the hub or the first device."""
    found: list[str] = []
    if not (live := world.live()):
        return found
    hub, events = set(on_hub(world)), world.hub_events()
    picture = live[0].station.view.dump()
    for device in live:
        if odd := hub ^ set(on_device(device)):
            first = min(odd)
            found.append(
                f"divergent: {device.name} and the hub place {len(odd)} differently, first at {first.seq}"
            )
        if odd_events := device.held() ^ events:
            found.append(
                f"divergent: {device.name} and the hub do not hold the same: {len(odd_events)} events apart"
            )
        if device.station.view.dump() != picture:
            found.append(f"divergent: {device.name} shows another picture than {live[0].name}")
    return found

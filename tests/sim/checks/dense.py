"""Histories have no holes: the numbers of every stream run from 1 to its head, on the hub and on every device."""

from collections import Counter

from tests.sim.checks.places import on_device, on_hub
from tests.sim.world import World


def dense(world: World) -> list[str]:
    """A sentence for each stream of a replica whose numbers are not 1, 2, 3 up to the head."""
    placed = Counter(place.stream for place in on_hub(world))
    heads = {
        stream: (gen, last)
        for stream, gen, last in world.hub_disk.held("hub.db").execute(
            "SELECT s.id, s.gen, max(seq) FROM event e JOIN stream s ON s.num=e.stream GROUP BY s.num"
        )
    }
    found = [
        f"not dense: the hub has {placed[stream]} of {last}"
        for stream, (_, last) in heads.items()
        if placed[stream] != last
    ]
    for device in world.live():
        held = Counter(place.stream for place in on_device(device))
        cursors = device.disk.held("log.db").execute("SELECT stream, gen, seq FROM cursor WHERE seq > 0")
        found += [
            f"not dense: {device.name} stands at {gen}/{seq} with {held[stream]} receipts, the hub at {heads.get(stream)}"
            for stream, gen, seq in cursors
            if held[stream] != seq or heads.get(stream) != (gen, seq)
        ]
    return found

"""Histories have no holes: the numbers of every stream run from 1 to its head, on the hub and on every device."""

from tests.sim.world import World


def dense(world: World) -> list[str]:
    """A sentence for each stream of a replica whose numbers are not 1, 2, 3 up to the head."""
    heads = {
        stream: (gen, held, last)
        for stream, gen, held, last in world.hub_disk.held("hub.db").execute(
            "SELECT s.id, s.gen, count(*), max(seq) FROM event e JOIN stream s ON s.num=e.stream GROUP BY s.num"
        )
    }
    found = [f"not dense: the hub has {held} of {last}" for _, held, last in heads.values() if held != last]
    for device in world.devices:
        rows = device.disk.held("log.db").execute(
            "SELECT c.stream, c.gen, c.seq, count(r.seq), coalesce(max(r.seq), 0) FROM cursor c"
            " LEFT JOIN receipt r ON r.stream=c.stream AND r.gen=c.gen GROUP BY c.stream"
        )
        for stream, gen, cursor, held, last in rows:
            if not cursor == held == last or heads.get(stream, (gen, 0, 0)) != (gen, held, last):
                found.append(
                    f"not dense: {device.name} stands at {gen}/{cursor} with {held} receipts up to {last},"
                    f" the hub at {heads.get(stream)}"
                )
    return found

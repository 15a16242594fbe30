"""What a device calls confirmed is a whole prefix of a history, at every moment: receipts 1, 2, 3 up to its cursor."""

from tests.sim.device import Device


def holes(device: Device) -> list[str]:
    """A sentence for each stream whose receipts are not exactly those the cursor speaks of."""
    rows = device.disk.held("log.db").execute(
        "SELECT c.stream, c.seq, count(r.seq), coalesce(max(r.seq), 0) FROM cursor c"
        " LEFT JOIN receipt r ON r.stream=c.stream AND r.gen=c.gen GROUP BY c.stream, c.seq"
        " HAVING count(r.seq) <> c.seq OR coalesce(max(r.seq), 0) <> c.seq"
    )
    return [
        f"a hole: {device.name} stands at {cursor} of {stream[:8]} with {held} receipts up to {last}"
        for stream, cursor, held, last in rows
    ]

"""What a device calls confirmed is a whole prefix of a history, at every moment: receipts 1, 2, 3 up to its cursor."""

from tests.sim.device import Device


def holes(device: Device) -> list[str]:
    """A sentence for each stream whose receipts are not exactly those the cursor speaks of, each at its own place."""
    rows = device.disk.held("log.db").execute(
        "SELECT c.stream, c.seq, count(r.seq), coalesce(max(r.seq), 0),"
        " coalesce(sum(json_extract(CAST(r.raw AS TEXT), '$.seq') <> r.seq), 0) AS moved FROM cursor c"
        " LEFT JOIN receipt r ON r.stream=c.stream AND r.gen=c.gen GROUP BY c.stream, c.seq"
        " HAVING count(r.seq) <> c.seq OR coalesce(max(r.seq), 0) <> c.seq OR moved > 0"
    )
    return [
        f"a hole: {device.name} stands at {cursor} of {stream[:8]} with {held} receipts up to {last}, {moved} not theirs"
        for stream, cursor, held, last, moved in rows
    ]

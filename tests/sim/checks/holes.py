"""What a device calls confirmed is a whole prefix of a history, at every moment: receipts 1, 2, 3 up to its cursor."""

from tests.sim.device import Device

from ircockpit.store.log import PRESENT


def holes(device: Device) -> list[str]:
    """A sentence for each stream whose receipts are not exactly those the cursor speaks of, each at its own place."""
    rows = device.disk.held("log.db").execute(
        "SELECT c.stream, c.seq, count(p.seq), coalesce(max(p.seq), 0), coalesce(sum(p.moved), 0) FROM cursor c"  # noqa: S608
        " LEFT JOIN (SELECT r.stream, r.seq, json_extract(CAST(r.raw AS TEXT), '$.seq') <> r.seq AS moved"
        f" FROM receipt r {PRESENT}) p ON p.stream=c.stream GROUP BY c.stream, c.seq"
        " HAVING count(p.seq) <> c.seq OR coalesce(max(p.seq), 0) <> c.seq OR sum(p.moved) > 0"
    )
    return [
        f"a hole: {device.name} stands at {cursor} of {stream[:8]} with {held} receipts up to {last}, {moved} not theirs"
        for stream, cursor, held, last, moved in rows
    ]

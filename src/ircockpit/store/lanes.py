"""The lanes a device has written, as the log holds them."""

from typing import NamedTuple

from ircockpit.store.log import Log
from ircockpit.store.sqlite import told


class Head(NamedTuple):
    """The last event of one lane."""

    stream: str
    epoch: str
    n: int
    event_id: str


def heads_of(log: Log, device: str, limit: int) -> list[Head]:
    """The heads of a device's lanes, the newest first."""
    with told(log.path):
        rows = log.db.execute(
            "SELECT stream, epoch, n, id FROM event WHERE arrival IN"
            " (SELECT max(arrival) FROM event WHERE device=? GROUP BY stream, epoch) ORDER BY arrival DESC LIMIT ?",
            (device, limit),
        ).fetchall()
    return [Head(stream, epoch, n, bytes(ident).hex()) for stream, epoch, n, ident in rows]


def written_by(log: Log, device: str) -> int:
    """How many events of a device are held."""
    with told(log.path):
        return int(log.db.execute("SELECT count(*) FROM event WHERE device=?", (device,)).fetchone()[0])

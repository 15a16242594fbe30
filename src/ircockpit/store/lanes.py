"""The lanes a device has written, as the log holds them."""

from typing import NamedTuple

from ircockpit.store.log import Log
from ircockpit.store.sqlite import told

COPIED = "copied"
"""Kind of the alarm that a device writes in two places."""


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


def forked(log: Log, device: str, epoch: str) -> bool:
    """Whether two events of this device claim one place in a lane of this epoch: nothing more may be written there."""
    with told(log.path):
        # Two such events never come in without the alarm, and hardly any log has one: only then are lanes read.
        if not log.db.execute("SELECT 1 FROM alarm WHERE kind=? LIMIT 1", (COPIED,)).fetchone():
            return False
        sql = "SELECT 1 FROM event WHERE device=? AND epoch=? GROUP BY stream, n HAVING count(*) > 1 LIMIT 1"
        return log.db.execute(sql, (device, epoch)).fetchone() is not None

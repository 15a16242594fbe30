"""Alarms of synchronisation: kept with the log for good, and shown until a person has read them."""

from typing import NamedTuple

from ircockpit.store.log import Log
from ircockpit.store.logwriter import LogWriter
from ircockpit.store.sqlite import told


class Alarm(NamedTuple):
    """Something a person must know about; nothing was lost."""

    kind: str
    """``copied`` device, ``restored`` hub, ``two-histories`` of the hub, ``refused`` page."""
    stream: str
    text: str
    at: int
    """µs since 1970 on this device's clock."""


def alarms(log: Log) -> list[Alarm]:
    """Those nobody has read yet, oldest first."""
    with told(log.path):
        rows = log.db.execute("SELECT kind, stream, text, at FROM alarm WHERE NOT seen ORDER BY num")
        return [Alarm(*row) for row in rows]


def raise_alarm(log: Log, alarm: Alarm, *, once: bool = False) -> bool:
    """Keep an alarm; ``False`` where the same one is unread already.

    With ``once`` also where it was read: what is proved for good is told one time.
    """
    with log.writing() as writer:
        return add_alarm(log, writer, alarm, once=once)


def add_alarm(log: Log, _: LogWriter, alarm: Alarm, *, once: bool = False) -> bool:
    """The same within a step under way: what gave reason to it and the alarm are durable together."""
    sql = "SELECT 1 FROM alarm WHERE kind=? AND stream=? AND text=? AND (NOT seen OR ?) LIMIT 1"
    if log.db.execute(sql, (*alarm[:3], once)).fetchone():
        return False
    log.db.execute("INSERT INTO alarm (kind, stream, text, at) VALUES (?,?,?,?)", alarm)
    return True


def clear_alarms(log: Log) -> int:
    """A person has read them all; returns how many there were."""
    with log.writing():
        return int(log.db.execute("UPDATE alarm SET seen=1 WHERE NOT seen").rowcount)

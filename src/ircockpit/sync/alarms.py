"""Alarms of synchronisation: kept with the log until a person has read them."""

import json
from typing import NamedTuple

from ircockpit.store.log import Log, LogWriter

KEY = "alarms"
MOST = 50


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
    return [Alarm(*each) for each in json.loads(log.meta(KEY) or "[]")]


def raise_alarm(log: Log, alarm: Alarm) -> bool:
    """Keep an alarm; ``False`` where the same one is there already."""
    with log.writing() as writer:
        return add_alarm(log, writer, alarm)


def add_alarm(log: Log, writer: LogWriter, alarm: Alarm) -> bool:
    """The same within a step under way: what gave reason to it and the alarm are durable together."""
    known = alarms(log)  # read inside: two processes may raise one at once
    if any((each.kind, each.stream, each.text) == (alarm.kind, alarm.stream, alarm.text) for each in known):
        return False
    writer.set_meta(KEY, json.dumps([*known, alarm][-MOST:]))
    return True


def clear_alarms(log: Log) -> int:
    """A person has read them all; returns how many there were."""
    with log.writing() as writer:
        known = alarms(log)
        writer.set_meta(KEY, "[]")
    return len(known)

"""A whole stream as it lies in the log, for whoever goes through a million events: plain tuples, next to no objects."""

from collections.abc import Iterator
from typing import Any

from ircockpit.store.log import Log
from ircockpit.store.sqlite import told

_AT_ONCE = 500
Bare = tuple[Any, Any, Any, Any, Any, Any, Any, list[tuple[Any, Any, Any]]]
"""Id, device, epoch, n and lam as the log's columns say; envelope and signature; leaf, salt and data of the parts.

Nothing of it is looked at here: where somebody wrote into the file, a column may hold anything.
"""


def scan(log: Log, stream: str) -> Iterator[Bare]:
    """The events of a stream lane by lane, in the order of their places."""
    with told(log.path):
        asked = log.db.execute(
            "SELECT e.arrival, id, device, epoch, n, lam, envelope, sig, leaf, salt, data"
            " FROM event e LEFT JOIN part p ON p.event=e.arrival WHERE stream=?"
            " ORDER BY device, epoch, n, e.arrival, i",
            (stream,),
        )
        last, found = None, None
        while some := asked.fetchmany(_AT_ONCE):
            for arrival, *event, leaf, salt, data in some:
                if arrival == last and found is not None:
                    found[7].append((leaf, salt, data))
                    continue
                if found is not None:
                    yield found
                last, found = arrival, (*event, [] if leaf is None else [(leaf, salt, data)])
        if found is not None:
            yield found

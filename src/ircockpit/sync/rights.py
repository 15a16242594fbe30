"""What the hub says this device may read, kept with the log; and the records that are no longer for it."""

from collections.abc import Iterable

from ircockpit.core.scopes import PRIVILEGED
from ircockpit.store import erasing
from ircockpit.store.log import Log
from ircockpit.sync.client import HubClient, event_wire
from ircockpit.sync.page import Arrival


def note(log: Log, client: HubClient, since: str) -> str:
    """Keep role and rights as the hub told them with its heads; where to go on listing from.

    That is ``since``, or the beginning where the rights have changed: what was not told before may be now.
    """
    said = (client.role, client.reads)
    if not client.role or said == (log.meta(erasing.ROLE), log.meta(erasing.WIDEST)):
        return since
    with log.writing() as writer:
        writer.set_meta(erasing.ROLE, client.role)
        writer.set_meta(erasing.WIDEST, client.reads)
    return ""


def kept_back(log: Log, client: HubClient, stream: str) -> bool:
    """Whether the hub tells this device nothing of a stream for lack of the right, rather than for a loss."""
    return client.reads != PRIVILEGED and erasing.is_privileged(log, stream)


def give_fuller(log: Log, client: HubClient, stream: str, arrivals: Iterable[Arrival]) -> None:
    """Send the hub the words of events that it handed out without them and that are held here.

    A hub that was put back may be given an event first by somebody from whom its words are withheld. Where it
    only withholds them from this device it has them, and nothing changes.
    """
    for arrival in arrivals:
        if all(part.data is not None for part in arrival.event.parts):
            continue
        stored = log.get(arrival.event_id)
        if stored is not None and any(
            mine.data is not None and theirs.data is None
            for mine, theirs in zip(stored.event.parts, arrival.event.parts, strict=True)
        ):
            client.push(stream, [event_wire(stored.event)])

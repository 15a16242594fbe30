"""What the hub says this device may read, kept with the log; and the records that are no longer for it."""

from ircockpit.core.scopes import PRIVILEGED
from ircockpit.store import erasing
from ircockpit.store.log import Log
from ircockpit.sync.client import HubClient


def note(log: Log, client: HubClient) -> None:
    """Keep role and rights as the hub told them with its heads."""
    said = (client.role, client.reads)
    if client.role and said != (log.meta(erasing.ROLE), log.meta(erasing.WIDEST)):
        with log.writing() as writer:
            writer.set_meta(erasing.ROLE, client.role)
            writer.set_meta(erasing.WIDEST, client.reads)


def kept_back(log: Log, client: HubClient, stream: str) -> bool:
    """Whether the hub tells this device nothing of a stream for lack of the right, rather than for a loss."""
    return client.reads != PRIVILEGED and erasing.is_privileged(log, stream)

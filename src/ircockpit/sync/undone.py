"""Orders to erase that do not count since a revocation is known: a hub may have followed them, and is given back what is held."""

import json

from ircockpit.ledger.parts import decision
from ircockpit.ledger.revocation import UNPLACED
from ircockpit.ledger.withdrawal import ORDERED, read_named
from ircockpit.store.erasing import doubted
from ircockpit.store.log import Log, Stored
from ircockpit.sync import exhibits
from ircockpit.sync.client import HubClient, event_wire
from ircockpit.sync.revoked import REVOKED

DONE = "undone.orders"
"""Log setting: the hub's history and the orders for which this was done, as JSON."""


def give_back(log: Log, client: HubClient) -> None:
    """Send the hub the words that such orders name, and ask it anew about every evidence file.

    At the end of a round, when the hub knows of the revocation. What it has it keeps as it is. Done again for another
    order, and for a hub that was put back since.
    """
    orders = [each for each in doubted(log, ORDERED) if each.doubt in (REVOKED, UNPLACED)]
    done = [log.meta(exhibits.RESETS), sorted(each.event.id for each in orders)]
    before = json.loads(log.meta(DONE) or "[null, []]")
    if not orders or done == before:
        return
    for each in orders:
        _give_words(log, client, each)
    with log.writing() as writer:
        if done[1] != before[1]:
            exhibits.ask_again(log, writer)
            done[0] = log.meta(exhibits.RESETS)
        writer.set_meta(DONE, json.dumps(done))


def _give_words(log: Log, client: HubClient, order: Stored) -> None:
    stream = order.event.envelope.stream
    for ident in sorted(read_named(decision(order.event.parts).get("events"))):
        named = log.get(ident)
        if named is None or named.event.envelope.stream != stream:
            continue
        if any(part.data is not None for part in named.event.parts):
            client.push(stream, [event_wire(named.event)])

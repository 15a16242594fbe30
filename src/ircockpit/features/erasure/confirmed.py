"""Which devices have said that nothing of an erasure is left there, and why the others have not."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.scopes import PRIVILEGED, reads_upto
from ircockpit.features.membership.queries import members, revoked
from ircockpit.features.people.queries import name_of, names
from ircockpit.ledger.withdrawal import DONE
from ircockpit.store import erasing

if TYPE_CHECKING:
    from ircockpit.ledger.certificate import Certificate
    from ircockpit.ledger.withdrawal import Order
    from ircockpit.store.workstation import Workstation

CONFIRMED, WAITING = "confirmed", "waiting"
REVOKED, REMOVED, NOT_GIVEN = "revoked", "removed", "not given"
"""Devices that are not waited for: the hub gives them nothing any more, or not this record."""


class Confirmation(NamedTuple):
    """What one device has said about an erasure."""

    device: str
    name: str
    at_us: int
    """When it confirmed; 0 where it has not."""
    state: str
    """``confirmed``, ``waiting``, or why it is not waited for: ``revoked``, ``removed``, ``not given``."""
    heard_us: int
    """When the newest entry held of it was written, by its clock; 0 where none is held."""


def devices(station: "Workstation", stream: str, order: "Order") -> list[Confirmation]:
    """What each certified device has said about an order that counts; those that have not come first."""
    place, ent = erasing.done_at(station.identity, stream, order)
    done = dict(
        station.view.rows(
            "SELECT device, min(at_us) FROM entry WHERE ent=? AND stream=? AND type=? AND doubt='' GROUP BY device",
            (ent, place, DONE),
        )
    )
    heard = dict(station.view.rows("SELECT device, max(wall) FROM entry GROUP BY device"))
    roles = {each.user: each.role for each in members(station)}
    ended, closed = revoked(station), erasing.is_privileged(station.log, stream)
    found, known = [], names(station.view)
    for device, owner in owners(station).items():
        state = CONFIRMED if device in done else WAITING
        if state == WAITING:
            role = roles.get(owner)
            if device in ended:
                state = REVOKED
            elif role == "":
                state = REMOVED
            elif closed and role is not None and reads_upto(role) != PRIVILEGED:
                state = NOT_GIVEN
        name = called(known, device, owner)
        found.append(Confirmation(device, name, done.get(device, 0), state, heard.get(device, 0)))
    return sorted(found, key=lambda each: (each.at_us, each.state != WAITING, each.device))


def called(known: dict[str, str], device: str, owner: str) -> str:
    """A device as people know it: ``device 1a2b3c4d (Jo)``."""
    return f"device {device[:8]} ({name_of(known, owner)})"


def owners(station: "Workstation") -> dict[str, str]:
    """The pseudonym each certified device belongs to: the one that it was certified for last."""
    return {each.device: each.subject for each in certified(station)}


def certified(station: "Workstation") -> "list[Certificate]":
    """What the certificates of devices say, in the order they were issued."""
    from ircockpit.ledger.certificate import DEVICE, decode

    stated = [decode(each.raw) for each in station.log.certificates()]
    return sorted((each for each in stated if each.purpose == DEVICE), key=lambda each: each.not_before)

"""Which devices have said that nothing of an erasure is left there, and why the others have not."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.scopes import PRIVILEGED, reads_upto
from ircockpit.features.membership.queries import members, revoked
from ircockpit.features.people.queries import name_of, names, shown_name
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


class Holders:
    """The certified devices and what is known of them, read once for all erasures that are told of."""

    def __init__(self, station: "Workstation") -> None:
        self._station = station
        self._heard = dict(station.view.rows("SELECT device, max(wall) FROM entry GROUP BY device"))
        self._roles = {each.user: each.role for each in members(station)}
        self._ended = revoked(station)
        self._owners = owners(station)
        self._names = names(station.view)

    def confirmations(self, stream: str, order: "Order") -> list[Confirmation]:
        """What each has said about an order that counts; those that have not come first."""
        station = self._station
        place, ent = erasing.done_at(station.identity, stream, order)
        done = dict(
            station.view.rows(
                "SELECT device, min(at_us) FROM entry WHERE ent=? AND stream=? AND type=? AND doubt='' GROUP BY device",
                (ent, place, DONE),
            )
        )
        closed = erasing.is_privileged(station.log, stream)
        found = [
            Confirmation(
                device, called(self._names, device, owner), done.get(device, 0),
                CONFIRMED if device in done else self._why_not(device, owner, closed), self._heard.get(device, 0),
            )
            for device, owner in self._owners.items()
        ]  # fmt: skip
        return sorted(found, key=lambda each: (each.at_us, each.state != WAITING, each.device))

    def _why_not(self, device: str, owner: str, closed: bool) -> str:
        """The state of a device that has not confirmed; ``closed`` says that the record is privileged."""
        role = self._roles.get(owner)
        if device in self._ended:
            return REVOKED
        if role == "":
            return REMOVED
        return NOT_GIVEN if closed and role is not None and reads_upto(role) != PRIVILEGED else WAITING


def called(known: dict[str, str], device: str, owner: str) -> str:
    """A device as people know it: ``device 1a2b3c4d (Jo)``."""
    return f"device {device[:8]} ({shown_name(name_of(known, owner), owner)})"


def owners(station: "Workstation") -> dict[str, str]:
    """The pseudonym each certified device belongs to: the one that it was certified for last."""
    return {each.device: each.subject for each in certified(station)}


def certified(station: "Workstation") -> "list[Certificate]":
    """What the certificates of devices say, in the order they were issued."""
    from ircockpit.ledger.certificate import DEVICE, decode

    stated = [decode(each.raw) for each in station.log.certificates()]
    return sorted((each for each in stated if each.purpose == DEVICE), key=lambda each: each.not_before)

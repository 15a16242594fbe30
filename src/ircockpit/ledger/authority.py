"""Whose keys may write where: devices in every stream but one, and in that one the organisation's authority alone."""

from ircockpit.ledger.certificate import HUB_AUTHORITY
from ircockpit.ledger.roster import Roster

NOT_ITS_KEY = "only the organisation's authority may write in this record"


def writing_keys(roster: Roster, device: str, *, in_authority: bool) -> tuple[bytes, ...]:
    """Public keys that may sign events of ``device`` in a stream; ``in_authority`` says that it is the authority's.

    There, these are keys certified by the root for ``hub-authority``, of a hub or of the root itself.
    """
    if not in_authority:
        return roster.keys(device)
    return tuple(
        bytes.fromhex(each.key)
        for each in roster.certified.values()
        if each.purpose == HUB_AUTHORITY and each.device == device
    )


def writes_as(roster: Roster, device: str, user: str, *, in_authority: bool) -> bool:
    """Whether events of ``device`` may be in the name of ``user``."""
    if not in_authority:
        return roster.speaks_for(device, user)
    return any(
        each.purpose == HUB_AUTHORITY and (each.device, each.subject) == (device, user)
        for each in roster.certified.values()
    )

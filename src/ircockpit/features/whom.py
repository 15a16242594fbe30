"""Whom somebody means by a name: one rule for every command that names a person."""

from ircockpit.core.errors import NotFound
from ircockpit.features.membership.queries import members
from ircockpit.features.people.queries import names
from ircockpit.store.workstation import Workstation

ME, NOBODY = "me", "nobody"


def person_named(station: Workstation, text: str) -> str:
    """The pseudonym somebody means by a name, the beginning of an id, ``me`` or ``nobody`` (then empty).

    Raises :class:`NotFound` where nobody or more than one person is meant, naming them.
    """
    word = text.strip().casefold()
    if word in (ME, ""):
        return station.me
    if word == NOBODY:
        return ""
    known = {
        **{each.user: each.name or "" for each in members(station)},
        **names(station.view),
    }
    known.setdefault(station.me, "")
    exact = [user for user, name in known.items() if name.casefold() == word]
    found = exact or [
        user
        for user, name in known.items()
        if user.startswith(word) or any(part.startswith(word) for part in name.casefold().split())
    ]
    if len(found) == 1:
        return found[0]
    said = ", ".join(sorted(known[user] or user[:8] for user in (found or known))[:6])
    raise NotFound(
        f"{text!r} could mean {said}" if found else f"nobody here is called {text!r}",
        safe="nothing was recorded",
        fix="say the whole name" if found else f"there are: {said}; or me, or nobody",
    )

"""Short ids: which few syllables name an entity here, and which entity a typed word means."""

from ircockpit.core.errors import NotFound
from ircockpit.core.ids import shorten
from ircockpit.store.view import View

PREFIX = {
    "group": "g-",
    "action": "a-",
    "signal": "s-",
    "exhibit": "x-",
    "intake": "i-",
    "hold": "h-",
    "task": "t-",
    "decision": "d-",
    "partner": "o-",
    "playbook": "p-",
    "run": "r-",
    "replay": "y-",
    "watch": "w-",
    "rulefile": "f-",
    "notice": "m-",
}
"""Said before the short id of things other than incidents, so that the two cannot be mistaken."""

QUEUE = "ircockpit queue"
LISTED: dict[tuple[str, ...], str] = {
    ("action",): "ircockpit contain list INCIDENT",
    ("exhibit",): "ircockpit evidence list INCIDENT",
    ("hold",): "ircockpit hold list",
    ("task",): "ircockpit task list",
    ("decision",): "ircockpit decisions list INCIDENT",
    ("playbook",): "ircockpit playbook list",
    ("replay",): "ircockpit replay list INCIDENT",
    ("rulefile",): "ircockpit rules list",
    ("notice",): "ircockpit notify list INCIDENT",
}
"""The command that lists things of these kinds, where it is not the queue."""


def short_id(view: View, kind: str, ident: str) -> str:
    """The short id of an entity, as unambiguous on this device now."""
    row = view.rows(
        "SELECT spoken,"
        " (SELECT spoken FROM entity b WHERE b.kind=e.kind AND b.spoken<e.spoken"
        " ORDER BY spoken DESC LIMIT 1),"
        " (SELECT spoken FROM entity a WHERE a.kind=e.kind AND a.spoken>e.spoken ORDER BY spoken LIMIT 1)"
        " FROM entity e WHERE id=? AND kind=?",
        (ident, kind),
    )
    if not row:
        return ident[:8]
    spoken, before, after = row[0]
    return PREFIX.get(kind, "") + shorten(spoken, [other for other in (before, after) if other])


def resolve(view: View, text: str, *kinds: str) -> tuple[str, str]:
    """The ``(kind, id)`` a person means by a short id, a longer spelling of it, or the full UUID.

    Raises :class:`NotFound` where nothing or more than one thing is meant, naming the candidates.
    """
    word = text.strip().lower()
    found: list[tuple[str, str]] = []
    for kind in kinds:
        bare = word.removeprefix(PREFIX.get(kind, ""))
        if kind in PREFIX and bare == word and len(kinds) > 1 and len(word) < 36:
            continue  # without its prefix the word can only mean an incident
        if not bare:
            continue
        rows = view.rows(
            "SELECT kind, id FROM entity WHERE kind=? AND (id=? OR (spoken>=? AND spoken<?)) LIMIT 6",
            (kind, bare, bare, bare + "\x7f"),
        )
        found += [(row[0], row[1]) for row in rows]
    if len(found) == 1:
        return found[0]
    names = " or ".join(kinds)
    if not found:
        raise NotFound(
            f"no {names} is called {text!r}", fix=f"{LISTED.get(kinds, QUEUE)} lists what there is"
        )
    said = ", ".join(short_id(view, kind, ident) for kind, ident in found[:5])
    raise NotFound(f"{text!r} could mean {said}", fix="say one syllable more")

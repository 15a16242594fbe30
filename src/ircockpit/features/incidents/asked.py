"""What a filter asks of the entries of a timeline."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ircockpit.core.filters import SAME, Now, Term, in_text, parse
from ircockpit.features.incidents.pages import entry_row, shown_text
from ircockpit.features.queue.rules import TIMELINE_FIELDS

if TYPE_CHECKING:
    from ircockpit.render.timeline import EntryLine
    from ircockpit.store.view import Entry
    from ircockpit.store.workstation import Workstation

Holds = Callable[["Entry", dict[str, str], frozenset[str]], bool]
"""Whether it holds of an entry, given the names of people and the ids of what the hub has not confirmed."""


def asked(station: "Workstation", text: str, offset: int) -> Holds:
    """A filter of a timeline whose times are shown in the zone ``offset`` minutes ahead of UTC, and meant in it.

    Raises :class:`UsageError`, naming what is possible, for one that asks nothing.
    """
    terms = parse(text, TIMELINE_FIELDS, Now(station.clock.wall_us(), offset))
    me = station.me

    def holds(entry: "Entry", known: dict[str, str], unsent: frozenset[str]) -> bool:
        line = entry_row(entry, known, unsent)
        return in_text(terms, shown_text(entry, known, offset)) and all(
            _has(term, entry, line, me) != term.negated for term in terms if term.field in _FIELDS
        )

    return holds


_FIELDS = frozenset(field.name for field in TIMELINE_FIELDS)


def _has(term: Term, entry: "Entry", line: "EntryLine", me: str) -> bool:
    if term.field == "unsent":
        return line.unsent
    if term.field == "doubted":
        return bool(line.doubt)
    if term.field == "since":
        return any(entry.at_us >= when for when in term.values)
    if term.field == "before":
        return any(entry.at_us < when for when in term.values)
    said = (line.who if term.field == "who" else line.what).casefold()
    mine = term.field == "who" and entry.actor == me
    return any(
        (word == "me" and mine) or (word == said if term.op == SAME else word in said) for word in term.values
    )

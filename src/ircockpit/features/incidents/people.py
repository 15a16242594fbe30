"""Who has to do with an incident, as far as the record knows: its owner, those who wrote in it, the other members."""

from typing import TYPE_CHECKING, NamedTuple

from ircockpit.features.catalogue import off_timeline
from ircockpit.features.incidents.queries import IncidentRow
from ircockpit.features.membership.queries import members, my_role
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import age, counted
from ircockpit.render.span import Line, Span, cells, fit
from ircockpit.store.timeline import timeline

if TYPE_CHECKING:
    from ircockpit.store.workstation import Workstation

LOOKED_AT = 400
"""Newest entries that are looked through for when somebody wrote last; who wrote before them has written earlier."""
_NAME, _ROLE, _OWNER = 22, 13, 7


class Participant(NamedTuple):
    """Somebody, and what the record of this incident says of them."""

    user: str
    name: str
    role: str | None
    """As a member; empty for somebody who was removed, ``None`` where the record of members does not name them."""
    owner: bool
    entries: int
    last_us: int
    """When the newest entry of theirs was written, as far as it is among the newest; 0 for earlier, or never."""


def participants(station: "Workstation", row: IncidentRow) -> list[Participant]:
    """The owner, then those who wrote, who wrote last first, then members who did not write, by name."""
    found = timeline(station.view, row.stream, off_timeline())
    wrote = found.authors()
    last: dict[str, int] = {}
    for entry in found.older(LOOKED_AT):
        last.setdefault(entry.actor, entry.at_us)
    belong = {each.user: each for each in members(station)}
    roles: dict[str, str | None] = {user: each.role for user, each in belong.items()}
    roles.setdefault(station.me, my_role(station))
    known = {**{user: each.name for user, each in belong.items() if each.name}, **names(station.view)}
    there = {user for user, role in roles.items() if role or user == station.me}
    people = [
        Participant(
            user,
            clean(name_of(known, user)),
            roles.get(user),
            user == row.owner,
            wrote.get(user, 0),
            last.get(user, 0),
        )
        for user in {*wrote, *there, *([row.owner] if row.owner else [])}
    ]
    return sorted(
        people, key=lambda each: (not each.owner, -each.last_us, -each.entries, each.name.casefold())
    )


def participant_line(each: Participant, now_us: int, width: int) -> Line:
    """One person: name, role, whether they own it, what they wrote and how long ago."""
    role = "removed" if each.role == "" else each.role or "not known"
    before = (
        Span(fit(each.name, _NAME) + " ", "key"),
        Span(fit(role, _ROLE) + " ", "text" if each.role else "dim"),
        Span(fit("owner" if each.owner else "", _OWNER), "accent"),
    )
    return (
        *before,
        Span(fit(_wrote(each, now_us), max(width - sum(cells(span.text) for span in before), 8)), "dim"),
    )


def _wrote(each: Participant, now_us: int) -> str:
    if not each.entries:
        return "has written nothing here"
    if not each.last_us:
        return counted(each.entries, "entry")
    return f"{counted(each.entries, 'entry')}, last {age(max(now_us - each.last_us, 0) / 1e6)} ago"

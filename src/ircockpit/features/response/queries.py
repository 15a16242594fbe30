"""Duty roles, escalation, checklists and partners of an incident as frozen rows; and who could answer for a decision."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.core.ids import companion_id
from ircockpit.features.people.queries import name_of, names
from ircockpit.features.response.events import ITEM
from ircockpit.features.response.rules import Call, Ladder, Rung, Written, delegated, held_at, ladder
from ircockpit.features.systems.queries import systems
from ircockpit.inert.foreign import words
from ircockpit.render.glyphs import age
from ircockpit.render.span import Span
from ircockpit.render.timeline import at_day, at_full, at_minute
from ircockpit.store.names import short_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ircockpit.features.incidents.queries import IncidentRow
    from ircockpit.features.response.form import Check, Decision, Role
    from ircockpit.features.response.reading import Book
    from ircockpit.store.workstation import Workstation

COMMANDER = "commander"
"""Who holds this role has the incident in hand, as its owner has."""
_SET = "role.set"


class Held(NamedTuple):
    """Somebody beside a role, and since when."""

    user: str
    name: str
    since_us: int
    missing: str = ""
    """``erased`` or ``withheld`` where who it is cannot be read."""


class DutyRow(NamedTuple):
    """A duty role on an incident."""

    ident: str
    """The same on every device, so that two people apart write into one register."""
    role: str
    title: str
    known: bool
    """Whether the book names it; else its name is somebody's words."""
    opened: bool
    holders: tuple[Held, ...]
    """Who holds it; two where people apart took it, and no one has settled it."""
    offered: tuple[Held, ...]
    """Whom it is handed over to, who has not taken it yet."""
    delegate: Held | None
    """Who acts for the holder, also after it is over."""
    until_us: int
    accountable: "tuple[Decision, ...]"
    authorises: "tuple[Decision, ...]"

    @property
    def disputed(self) -> bool:
        """Whether people apart gave it to different people."""
        return len(self.holders) > 1 or len(self.offered) > 1

    def acting(self, now_us: int) -> tuple[Held, ...]:
        """Who acts in it now: whom it is delegated to while that lasts, else its holders."""
        return (self.delegate,) if self.delegate is not None and now_us < self.until_us else self.holders

    def is_of(self, user: str, now_us: int) -> bool:
        """Whether somebody holds it, or acts in it now."""
        return any(each.user == user for each in (*self.holders, *self.acting(now_us)))


class Item(NamedTuple):
    """An item of a checklist on an incident."""

    duty: str
    role: str
    check: "Check"
    done: bool
    disputed: bool
    """Whether people apart say different things of it."""
    name: str
    at_us: int
    """Who ticked it and when, as far as somebody did."""


class PartnerRow(NamedTuple):
    """An organisation outside that has to do with an incident."""

    ident: str
    short: str
    organisation: str
    part: str
    person: str
    contact: str
    """Both ``withheld`` to those who may not read them, ``erased`` where they were taken away."""


class Escalation(NamedTuple):
    """Whom to call about an incident, and by when."""

    taken_by: str
    """Who has it in hand; empty for nobody."""
    taken: bool
    system: str
    ladder: Ladder


class Authority(NamedTuple):
    """Whether somebody who decided held the role that answers for it; shown, never enforced."""

    decision: "Decision"
    role: str
    """The accountable role, by its title."""
    held: bool
    holders: tuple[str, ...]
    """Who held it then, by name."""


def book_of(station: "Workstation") -> "Book":
    """Roles, table and times in force on this device."""
    from ircockpit.features.response.reading import of_profile  # brings the readers of YAML along

    return of_profile(station.profile.folder)


def duty_id(incident: str, role: str) -> str:
    """Id of a role on an incident."""
    return companion_id(incident, "role", role)


def role_named(book: "Book", text: str) -> "Role":
    """The role somebody means by its id, its title or the beginning of one. Raises :class:`NotFound`."""
    word = " ".join(text.casefold().replace("_", " ").replace("-", " ").split())
    spelled = {role: (each.id.replace("_", " "), each.title.casefold()) for role, each in book.roles.items()}
    exact = [role for role, said in spelled.items() if word in said]
    found = exact or [
        role
        for role, said in spelled.items()
        if word and any(part.startswith(word) for each in said for part in (each, *each.split()))
    ]
    if len(found) == 1:
        return book.roles[found[0]]
    raise NotFound(
        f"{text!r} could mean {', '.join(found)}" if found else f"there is no role {text!r}",
        safe="nothing was recorded",
        fix=f"roles are: {', '.join(book.roles)}",
    )


def decision_named(book: "Book", text: str) -> "Decision":
    """A decision of the table by its id or the beginning of it. Raises :class:`NotFound`."""
    word = text.strip().casefold().replace("-", "_")
    found = [each for ident, each in book.decisions.items() if ident == word] or [
        each for ident, each in book.decisions.items() if word and ident.startswith(word)
    ]
    if len(found) == 1:
        return found[0]
    raise NotFound(
        f"{text!r} is {'more than one decision' if found else 'no decision'} of the table",
        safe="nothing was recorded",
        fix=f"there are: {', '.join(book.decisions)}",
    )


def duties(station: "Workstation", row: "IncidentRow", book: "Book | None" = None) -> list[DutyRow]:
    """Every role of the book in its order, held or not, then those that only the record names."""
    book = book or book_of(station)
    view, known = station.view, names(station.view)
    there = _opened(station, row.ident)
    roles = list(dict.fromkeys([*book.roles, *sorted(there.values())]))
    idents = {duty_id(row.ident, role): role for role in roles}
    found = view.rows_of(
        "SELECT h.ent, h.field, h.value, h.missing, coalesce(n.at_us, 0) FROM head h"
        " LEFT JOIN entry n ON n.event_id = h.event WHERE h.ent IN ({marks})"
        " AND h.field IN ('holder', 'offered', 'delegate') ORDER BY h.lam, h.event",
        list(idents),
    )
    heads: dict[tuple[str, str], list[tuple[Any, str, int]]] = {}
    for ent, field, raw, missing, at_us in found:
        heads.setdefault((ent, field), []).append((json.loads(raw), str(missing or ""), int(at_us)))
    rows = []
    for ident, role in idents.items():
        said = [(*delegated(value), at_us) for value, _, at_us in heads.get((ident, "delegate"), ())]
        # Of two delegations made apart the one that was displayed last in the record's order counts.
        to, until_us, since_us = said[-1] if said else ("", 0, 0)
        rows.append(
            DutyRow(
                ident, role, book.title(role), role in book.roles, ident in there,
                _held(heads.get((ident, "holder"), []), known), _held(heads.get((ident, "offered"), []), known),
                Held(to, name_of(known, to), since_us) if to else None, until_us, book.accountable_for(role),
                tuple(each for each in book.decisions.values() if role in each.authorises),
            )
        )  # fmt: skip
    return rows


def _opened(station: "Workstation", incident: str) -> dict[str, str]:
    """Roles that the record names on an incident, by the id they must have."""
    return {
        str(ident): str(role)
        for ident, role in station.view.rows("SELECT id, role FROM role WHERE incident = ?", (incident,))
        if duty_id(incident, str(role)) == ident
    }


def _held(heads: list[tuple[Any, str, int]], known: dict[str, str]) -> tuple[Held, ...]:
    by_user: dict[str, Held] = {}
    for value, missing, at_us in heads:
        if missing:
            by_user.setdefault(missing, Held("", missing, at_us, missing))
        elif isinstance(value, str) and value:
            by_user.setdefault(value, Held(value, name_of(known, value), at_us))
    return tuple(by_user.values())


def mine(station: "Workstation", row: "IncidentRow", book: "Book | None" = None) -> list[DutyRow]:
    """The roles that the person here holds or acts in."""
    now = station.clock.wall_us()
    return [each for each in duties(station, row, book) if each.is_of(station.me, now)]


def items(station: "Workstation", row: "IncidentRow", role: "Role") -> list[Item]:
    """The checklist of a role, with who ticked what."""
    ent, known = duty_id(row.ident, role.id), names(station.view)
    found = station.view.rows(
        "SELECT h.field, h.value, h.actor, coalesce(n.at_us, 0) FROM head h LEFT JOIN entry n ON n.event_id = h.event"
        " WHERE h.ent = ? AND h.field LIKE ? ORDER BY h.lam, h.event",
        (ent, f"{ITEM}%"),
    )
    heads: dict[str, list[tuple[bool, str, int]]] = {}
    for field, raw, actor, at_us in found:
        heads.setdefault(str(field), []).append((json.loads(raw) == 1, str(actor), int(at_us)))
    rows = []
    for check in role.checklist:
        said = heads.get(item_field(check.id), [])
        done, actor, at_us = said[-1] if said else (False, "", 0)
        name = name_of(known, actor) if done else ""
        rows.append(Item(ent, role.id, check, done, len({each[0] for each in said}) > 1, name, at_us))
    return rows


def item_field(check: str) -> str:
    """The field of a duty that says whether an item is done: names of fields have no dashes."""
    return ITEM + check.replace("-", "_")


def partners(station: "Workstation", row: "IncidentRow") -> list[PartnerRow]:
    """Organisations outside, in the order they were recorded."""
    view = station.view
    found = view.rows(
        "SELECT id, organisation, part, person, contact FROM partner WHERE incident = ? AND stream = ?"
        " ORDER BY born, id",
        (row.ident, row.stream),
    )
    return [
        PartnerRow(str(ident), short_id(view, "partner", ident), *(str(each or "") for each in rest))
        for ident, *rest in found
    ]


def escalation(station: "Workstation", row: "IncidentRow", book: "Book | None" = None) -> Escalation | None:
    """Whom to call about an incident and by when; ``None`` for a closed one.

    Time counts from when nobody had it: from its opening, or from when it was given back.
    """
    if row.closed:
        return None
    times = (book or book_of(station)).escalation
    now, view = station.clock.wall_us(), station.view
    commander = duty_id(row.ident, COMMANDER)
    writes = [each for each in _writes(station, row.ident) if each.role == COMMANDER]
    leads = sorted(held_at(writes, COMMANDER, now))
    known = names(view)
    in_hand = [row.owner_name] if row.owner else [name_of(known, user) for user in leads]
    since = view.rows(
        "SELECT max(n.at_us) FROM head h JOIN entry n ON n.event_id = h.event"
        " WHERE (h.ent = ? AND h.field = 'owner' OR h.ent = ? AND h.field = 'holder') AND h.value = '\"\"'",
        (row.ident, commander),
    )
    since_us = max(row.opened_us, int(since[0][0] or 0))
    system = next((each for each in systems(view) if each.ident == row.system), None)
    calls = [
        Call(int(level), int(born), str(answer or ""))
        for level, answer, born in view.rows(
            "SELECT level, answer, born FROM call WHERE incident = ? AND stream = ? ORDER BY born, id",
            (row.ident, row.stream),
        )
        if isinstance(level, int)
    ]
    return Escalation(
        in_hand[0] if in_hand else "",
        bool(in_hand),
        system.name if system else "",
        ladder(
            system.path if system else (), since_us, times.unattended.of(row.severity), times.wait.of(row.severity), calls
        ),
    )  # fmt: skip


def _writes(station: "Workstation", incident: str) -> list[Written]:
    roles = _opened(station, incident)
    found = station.view.rows_of(
        "SELECT event_id, ent, field, at_us, body FROM entry WHERE ent IN ({marks}) AND type = ? AND doubt = ''"
        " AND field IN ('holder', 'delegate')",
        list(roles),
        (_SET,),
    )
    writes = []
    for event, ent, field, at_us, raw in found:
        stored = station.log.get(str(event))
        base = stored.event.envelope.base if stored is not None else ()
        value = json.loads(raw).get("value")
        writes.append(Written(str(event), roles[ent], str(field), int(at_us), value, base))
    return writes


class Authorities:
    """Answers for the decisions of one incident who held the accountable role when they were made."""

    def __init__(self, station: "Workstation", incident: str) -> None:
        self.book = book_of(station)
        self._writes = _writes(station, incident)
        self._known = names(station.view)

    def decided_by(self, act: str) -> str:
        """The id of the decision that an act of the program is; empty where it is none of the table."""
        return self.book.decided_by(act)

    def of(self, decision: str, actor: str, at_us: int) -> Authority | None:
        """Whether somebody held the role that answers for a decision then; ``None`` for one that is not in the table."""
        found = self.book.decisions.get(decision)
        if found is None:
            return None
        held = held_at(self._writes, found.accountable, at_us)
        return Authority(
            found, self.book.title(found.accountable), actor in held,
            tuple(sorted(name_of(self._known, user) for user in held)),
        )  # fmt: skip


def check_named(book: "Book", text: str) -> "tuple[Role, Check]":
    """The item of a checklist that a word names. Raises :class:`BadInput`."""
    found = book.check(text.strip().lower())
    if found is None:
        raise BadInput(
            f"no checklist has {text!r}", safe="nothing was recorded", fix="ircockpit checklist INCIDENT shows their names"
        )  # fmt: skip
    return found


def call_span(found: Escalation, now_us: int, offset: int) -> Span:
    """Whom to call by when, in one sentence; empty where somebody has the incident in hand."""
    if found.taken:
        return Span("")
    due = found.ladder.next
    if due is None:
        if not found.ladder.rungs:
            return Span(
                "nobody is named to be called: ircockpit system add NAME --escalate WHO=HOW/MINUTES", "warn"
            )
        over = found.ladder.ends_us <= now_us
        begin = "; nobody took it: call from the top again" if over else ""
        return Span(f"everybody was called, time until {clock(found.ladder.ends_us, now_us, offset)}{begin}",
                    "bad" if over else "text")  # fmt: skip
    how = f", {words(due.level.how)}" if due.level.how else ""
    return Span(
        f"level {due.number}: {words(due.level.who)}{how} {by_when(due, now_us, offset)}",
        "bad" if due.due_us <= now_us else "text",
    )


def by_when(rung: Rung, now_us: int, offset: int) -> str:
    """By when a level is to be called, and how far that is."""
    away = age(abs(rung.due_us - now_us) / 1e6)
    left = f"over by {away}" if rung.due_us <= now_us else f"in {away}"
    return f"by {clock(rung.due_us, now_us, offset)}, {left}"


def clock(at_us: int, now_us: int, offset: int) -> str:
    """A time of today by the clock alone, any other with its day; always with its offset."""
    full = at_full(at_us, offset)
    return at_minute(at_us, offset) if full[:10] == at_full(now_us, offset)[:10] else at_day(at_us, offset)


def check_file(name: str, raw: bytes, beside: "Mapping[str, bytes]") -> None:
    """Raise :class:`BadInput` for a file of one's own that would not be used, alone or beside the others."""
    from ircockpit.features.response.reading import with_own

    if with_own({name: raw}).refused and (refused := with_own({**beside, name: raw}).refused):
        raise refused[0]

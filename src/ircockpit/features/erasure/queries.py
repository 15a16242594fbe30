"""Holds, erasures and the entries they are about, as this device knows them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ircockpit.core.errors import BadInput, NotFound
from ircockpit.features.erasure import confirmed
from ircockpit.features.membership.rules import member_id
from ircockpit.features.people.queries import name_of, names
from ircockpit.ledger.withdrawal import Withdrawal, stays
from ircockpit.store import erasing
from ircockpit.store.names import resolve, short_id
from ircockpit.store.view import ENTRY_COLUMNS, Entry

if TYPE_CHECKING:
    from ircockpit.store.log import Log, Stored
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation

SHORTEST = 8
"""Hex digits of an event id that name an entry at least."""


_SHOWN = "ircockpit timeline INCIDENT --json and ircockpit member list --entries show"


class HoldRow(NamedTuple):
    """A hold that was placed."""

    ident: str
    short: str
    event: str
    stream: str
    by: str
    at_us: int
    why: str
    entries: int
    """How many entries it keeps; 0 for the whole record."""
    in_force: bool


class ErasureRow(NamedTuple):
    """An erasure that was ordered."""

    ident: str
    event: str
    stream: str
    by: str
    at_us: int
    why: str
    entries: int
    counts: str
    """``in force``, or why not: ``waits for the hub``, ``quarantined:role``."""
    holds: tuple[HoldRow, ...]
    """Holds that stand in its way."""
    devices: tuple[confirmed.Confirmation, ...]


def entries(view: "View", named: Sequence[str]) -> list[Entry]:
    """The entries whose event ids begin so. Raises :class:`NotFound`, :class:`BadInput` for too short a beginning."""
    found: dict[str, Entry] = {}
    for word in named:
        beginning = word.strip().lower()
        if len(beginning) < SHORTEST or not set(beginning) <= set("0123456789abcdef"):
            raise BadInput(
                f"{word!r} is not the beginning of an event id", safe="nothing was changed",
                fix=f"name at least {SHORTEST} digits of it; {_SHOWN} them",
            )  # fmt: skip
        rows = view.rows(
            f"SELECT {ENTRY_COLUMNS} FROM entry WHERE event_id>=? AND event_id<? LIMIT 2",
            (beginning, beginning + "g"),
        )
        if len(rows) != 1:
            which = "no entry" if not rows else "more than one entry"
            raise NotFound(
                f"{which} has an id that begins with {word!r}", safe="nothing was changed",
                fix=f"{_SHOWN} the ids",
            )  # fmt: skip
        one = Entry(*rows[0])
        found[one.event_id] = one
    return list(found.values())


def names_said_of(station: "Workstation", person: str) -> list[Entry]:
    """Every entry that states the name of a person: by pseudonym, its beginning, or the name shown."""
    authority, found = station.identity.authority_stream, []
    for user in _pseudonyms(station, _one_person(station, person)):
        found += station.view.rows(
            f"SELECT {ENTRY_COLUMNS} FROM entry WHERE ent=? AND (type='person.named' OR field='name')"
            " OR ent=? AND type='member.added' AND (missing<>'' OR json_extract(body, '$.name') IS NOT NULL)",
            (user, member_id(authority, user) if authority else ""),
        )
    return [Entry(*row) for row in found]


def _pseudonyms(station: "Workstation", user: str) -> list[str]:
    """Those that devices of one person write under: a device may have had another before it was certified for them."""
    stated = confirmed.certified(station)
    theirs = {each.device for each in stated if each.subject == user}
    return sorted({user, *(each.subject for each in stated if each.device in theirs)})


def _one_person(station: "Workstation", person: str) -> str:
    word, called = person.strip(), names(station.view)
    known = {str(row[0]): {called.get(str(row[0]), "")} for row in station.view.rows("SELECT id FROM person")}
    invited = station.view.rows(
        "SELECT m.user, json_extract(e.facts, '$.name') FROM membership m JOIN entity e ON e.id=m.id WHERE m.stream=?",
        (station.identity.authority_stream,),
    )
    for user, name in invited:  # under another name, it may be
        known.setdefault(str(user), set()).add(str(name or ""))
    people = {
        user
        for user, theirs in known.items()
        if user.startswith(word.lower()) or word.casefold() in {each.casefold() for each in theirs}
    }
    if len(people) != 1 or not word:
        which = "nobody" if not people else "more than one person"
        raise NotFound(
            f"{which} is called {word!r}",
            safe="nothing was changed",
            fix="ircockpit member list shows who is here",
        )
    return people.pop()


def withdrawals(log: "Log", streams: Sequence[str]) -> dict[str, Withdrawal]:
    """What is to go and to stay, for these streams."""
    return {stream: erasing.withdrawal(log, stream) for stream in streams}


def holds(station: "Workstation", stream: str | None = None) -> list[HoldRow]:
    """Holds that were placed, of one record or of all; those in force first, the newest first."""
    known = names(station.view)
    rows = station.view.rows(
        "SELECT h.id, e.event, h.stream, n.actor, n.at_us, h.why, h.events FROM hold h JOIN entity e ON e.id=h.id"
        " JOIN entry n ON n.event_id=e.event WHERE n.doubt='' ORDER BY n.at_us DESC, h.id"
    )
    found = withdrawals(station.log, sorted({row[2] for row in rows}))
    made = []
    for ident, event, of, actor, at_us, why, _ in rows:
        if stream is not None and of != stream:
            continue
        present = next((each for each in found[of].holds if each.ent == ident), None)
        made.append(
            HoldRow(
                ident, short_id(station.view, "hold", ident), event, of, name_of(known, actor), at_us, str(why or ""),
                len(present.events) if present and present.events else 0, present is not None,
            )
        )  # fmt: skip
    return sorted(made, key=lambda row: not row.in_force)


def hold(station: "Workstation", text: str) -> HoldRow:
    """One hold by short id or UUID. Raises :class:`NotFound`."""
    _, ident = resolve(station.view, text, "hold")
    return next(each for each in holds(station) if each.ident == ident)


def in_the_way(station: "Workstation", stream: str, events: Sequence[str]) -> list[HoldRow]:
    """Holds in force that keep any of these entries of a record."""
    found = erasing.withdrawal(station.log, stream)
    covering = {each.ent for event in events for each in found.held(event)}
    return [row for row in holds(station, stream) if row.ident in covering]


def erasures(station: "Workstation") -> list[ErasureRow]:
    """Every erasure ordered, the newest first, with what each device has said."""
    known = names(station.view)
    rows = station.view.rows(
        "SELECT ent, event_id, stream, actor, at_us, json_extract(body, '$.why'), json_extract(body, '$.by'), doubt"
        " FROM entry"
        " WHERE type='erasure.ordered' ORDER BY at_us DESC, event_id"
    )
    found = withdrawals(station.log, sorted({row[2] for row in rows}))
    waits = "waits for the hub" if station.identity.hub else "waits for a lead"
    holders = confirmed.Holders(station) if rows else None
    made = []
    for ident, event, stream, actor, at_us, why, asked_by, doubt in rows:
        # The authority's word names the lead who asked for it; in any other record that would be anybody's claim.
        by = str(asked_by or actor) if stream == station.identity.authority_stream else actor
        order = next((each for each in found[stream].orders if each.event_id == event), None)
        named = tuple(order.named) if order else ()
        made.append(
            ErasureRow(
                ident, event, stream, name_of(known, by), at_us, str(why or ""), len(named),
                "in force" if order else doubt or waits,
                tuple(in_the_way(station, stream, named)),
                tuple(holders.confirmations(stream, order)) if holders and order else (),
            )
        )  # fmt: skip
    return made


def may_go(entry: Entry, index: int = 0) -> bool:
    """Whether a part of entries of this type can be erased."""
    return not stays(entry.type, index)


def stored_of(log: "Log", event: str) -> "Stored":
    """The signed event of an entry. Raises :class:`NotFound`."""
    found = log.get(event)
    if found is None:
        raise NotFound("there is no such entry on this device")
    return found


def given_out(view: "View", ent: str) -> int:
    """How often the record says that a copy of an exhibit was given out."""
    rows = view.rows(
        "SELECT count(*) FROM entry WHERE type='incident.noted' AND json_extract(body, '$.exhibit')=?", (ent,)
    )
    return int(rows[0][0])

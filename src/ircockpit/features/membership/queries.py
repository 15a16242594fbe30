"""Who belongs here and what was not accepted, as this device last heard it."""

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.adoption import ADOPTABLE
from ircockpit.core.errors import NotFound
from ircockpit.core.roles import LEAD, spoken
from ircockpit.features.membership.events import TYPES
from ircockpit.features.membership.events import said as in_words
from ircockpit.features.membership.rules import ROLE, Member, member_id, role_of
from ircockpit.features.people.queries import names
from ircockpit.inert.gate import clean
from ircockpit.render.glyphs import counted

if TYPE_CHECKING:
    from ircockpit.store.view import View
    from ircockpit.store.workstation import Workstation


class Verdict(NamedTuple):
    """What a reason not to accept an entry means, and what can be done about it."""

    means: str
    do: str


class Decision(NamedTuple):
    """One entry of the record of members: somebody joined, has another role, was removed, or a device was revoked."""

    event_id: str
    user: str
    """Pseudonym of whom it is about; empty where that is not known here."""
    type: str
    at_us: int
    words: str
    missing: str
    """``erased`` where a name or a reason was given and taken away."""


_ADOPT = "a lead lets it count: ircockpit adopt {event}"
VERDICTS = {
    "quarantined:role": Verdict("its author's role does not allow it", _ADOPT),
    "quarantined:removed": Verdict("its author had been removed from the organisation", _ADOPT),
    "quarantined:revoked": Verdict("its device had been revoked", _ADOPT),
    "quarantined:unknown": Verdict("the hub knew nothing of its author", _ADOPT),
    "quarantined:authority": Verdict(
        "only the record of members says who belongs and as what", "use: ircockpit member role, or remove"
    ),
    "quarantined:actor": Verdict(
        "it is in another person's name than its device's", "ask who writes on that device"
    ),
    "quarantined:entity": Verdict("it speaks of a thing of another record", "write it in that record"),
    "quarantined:padding": Verdict("the length of a part tells what it holds", "write it anew"),
    "quarantined:parts": Verdict("it says one thing twice", "write it anew"),
    "quarantined:lamport": Verdict(
        "its number does not follow from what its author had seen", "write it anew; check that device: ircockpit doctor"
    ),
}  # fmt: skip


class NotAccepted(NamedTuple):
    """An entry that is kept here and does not count, or that counts because somebody adopted it."""

    event_id: str
    stream: str
    actor: str
    device: str
    type: str
    field: str | None
    body: str
    wall: int
    doubt: str
    adopted_by: str
    """Pseudonym of the lead who let it count; empty where nobody did."""

    @property
    def adoptable(self) -> bool:
        """Whether only a right was missing, which a lead can make up for."""
        return self.doubt in ADOPTABLE and not self.adopted_by


def my_role(station: "Workstation") -> str | None:
    """The writer's role: a profile alone is its own lead; ``None`` where nothing was heard of it yet."""
    stream = station.identity.authority_stream
    if not stream:
        return None if station.identity.hub else LEAD
    ent = member_id(stream, station.me)
    first = station.view.rows("SELECT role FROM membership WHERE id=?", (ent,))
    return _role(station.view, ent, first[0][0]) if first else None


def why_not(station: "Workstation", roles: Collection[str]) -> str:
    """Why somebody's role is none of those that may do something, and who may; empty where it is one.

    Judged by the record of members as last heard, offline too; the hub judges again.
    """
    role = my_role(station)
    if role is None or role in roles:
        return ""
    if not role:
        return "you were removed from this organisation; a lead can take you in again"
    leads = [each.name for each in members(station) if each.role == LEAD and each.name]
    named = f" ({', '.join(leads[:3])})" if leads and set(roles) == {LEAD} else ""
    return f"you are here as {role}, and this is for {spoken(roles)}{named}"


def members(station: "Workstation") -> list[Member]:
    """Everybody who belongs to the organisation, or did, by name."""
    view, stream = station.view, station.identity.authority_stream
    known = names(view)
    rows = view.rows(
        "SELECT m.id, m.user, json_extract(e.facts, '$.name'), m.role, m.device, e.missing FROM membership m"
        " JOIN entity e ON e.id=m.id WHERE m.stream=?",
        (stream,),
    )
    found = []
    for ent, user, stated, role, device, missing in rows:
        if ent == member_id(stream, str(user)):
            name = known.get(str(user)) or str(stated or "")
            gone = "" if name or stated is not None else str(missing)
            found.append(Member(str(user), name, _role(view, ent, role), str(device or ""), gone))
    return sorted(found, key=lambda each: (each.name.casefold(), each.user))


def decisions(station: "Workstation") -> list[Decision]:
    """What the record of members says of its members, in the order of the hub: its lanes do not know of each other."""
    stream = station.identity.authority_stream
    members_by_id = {member_id(stream, each.user): each.user for each in members(station)}
    owners = {device: user for user, theirs in devices(station).items() for device in theirs}
    found = []
    rows = station.view.rows(
        "SELECT event_id, ent, type, field, at_us, body, missing FROM entry"
        f" WHERE stream=? AND doubt='' AND type IN ({','.join('?' * len(TYPES))}) ORDER BY arrival",
        (stream, *(each.name for each in TYPES)),
    )
    for event_id, ent, type_, field, at_us, body, missing in rows:
        facts = json.loads(body)
        user = members_by_id.get(ent) or owners.get(str(facts.get("device", "")), "")
        words = in_words(type_, field, facts)
        found.append(Decision(event_id, user, type_, at_us, words, missing))
    return found


def revoked(station: "Workstation") -> dict[str, str]:
    """Revoked devices, and why."""
    rows = station.view.rows(
        "SELECT device, reason FROM revocation WHERE stream=?", (station.identity.authority_stream,)
    )
    return {str(device): str(reason or "") for device, reason in rows}


def revocation_said(told: Mapping[str, Any]) -> str:
    """The hub's answer about a revocation in words: what counts, and what becomes of all that it has not heard."""
    name, lanes = clean(str(told["device"]))[:8], int(told.get("lanes", 0))
    if told.get("already"):
        return f"device {name} was revoked before: nothing was changed"
    ends = "ends" if lanes == 1 else "end"
    said = (
        f"{counted(lanes, 'lane')} {ends} with what the hub holds" if lanes else "the hub holds nothing of it"
    )
    return f"device {name} is revoked: {said}; all else counts only once a lead adopts it"


def devices(station: "Workstation") -> dict[str, list[str]]:
    """The devices certified to each pseudonym."""
    from ircockpit.ledger.certificate import DEVICE
    from ircockpit.ledger.roster import Roster

    found: dict[str, list[str]] = {}
    for each in Roster(station.identity.root, station.log.certificates()).certified.values():
        if each.purpose == DEVICE and each.device not in found.setdefault(each.subject, []):
            found[each.subject].append(each.device)
    return found


def not_accepted(view: "View") -> list[NotAccepted]:
    """Entries held that do not count, and those that were adopted, the newest first.

    That a lane was opened says nothing to people, and counts for nothing either way.
    """
    rows = view.rows(
        "SELECT e.event_id, e.stream, e.actor, e.device, e.type, e.field, e.body, e.wall, e.doubt,"
        " (SELECT b.actor FROM adopted a JOIN entry b ON b.event_id=a.by"
        "  WHERE a.event=e.event_id AND a.stream=e.stream AND e.doubt='' ORDER BY b.lam, b.event_id LIMIT 1)"
        " FROM entry e WHERE (e.doubt<>'' OR e.event_id IN (SELECT event FROM adopted)) AND e.type<>'lane.opened'"
        " ORDER BY e.arrival DESC"
    )
    return [NotAccepted._make((*row[:9], str(row[9] or ""))) for row in rows]


def find_not_accepted(view: "View", word: str) -> NotAccepted:
    """The entry that the beginning of an event id means; raises :class:`NotFound` for none or several."""
    wanted = word.strip().lower()
    found = [each for each in not_accepted(view) if len(wanted) >= 4 and each.event_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    raise NotFound(
        f"{word!r} could mean {len(found)} entries" if found else f"no entry that was not accepted begins with {word!r}",
        safe="nothing was changed", fix="ircockpit refused lists them",
    )  # fmt: skip


def _role(view: "View", ent: str, at_first: object) -> str:
    heads = view.rows("SELECT value FROM head WHERE ent=? AND field=?", (ent, ROLE))
    return role_of(str(at_first or ""), [json.loads(value) for (value,) in heads])

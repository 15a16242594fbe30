"""Who asks, and what of the record is for them: streams they may know, parts they may read."""

import json
from typing import NamedTuple

from ircockpit.core.errors import BadInput, NotFound, TrustError
from ircockpit.core.scopes import PRIVILEGED, may_read, reads_upto
from ircockpit.hub.asking import Answer, Asked, answer_of, object_of
from ircockpit.hub.members import Members
from ircockpit.hub.store import Row, Store
from ircockpit.ledger.envelope import decode, event_id
from ircockpit.ledger.event import from_wire, to_wire
from ircockpit.ledger.fields import DIGEST
from ircockpit.ledger.joining import signature_to_wire
from ircockpit.ledger.parts import drop
from ircockpit.ledger.withdrawal import Withdrawal

_FOR_TEAM = b'"scope":"team"'
NOT_HELD = "the hub does not hold this stream"


class Reader(NamedTuple):
    """A device that has signed in, with the role that its owner has now."""

    device: str
    role: str
    widest: str
    """The narrowest scope they read."""
    closed: frozenset[str]
    """Streams of which they may know nothing but that they exist."""

    def may_know(self, stream: str) -> bool:
        """Whether they may be told how far a stream goes, and what is in it."""
        return stream not in self.closed

    def check(self, stream: str) -> None:
        """Raise :class:`NotFound` where a stream is not for them: as if it were not here."""
        if not self.may_know(stream):
            raise NotFound(NOT_HELD)

    @property
    def reads_all(self) -> bool:
        """Whether nothing is kept from them."""
        return self.widest == PRIVILEGED


def reader(members: Members, store: Store, asked: Asked) -> Reader:
    """Who asks; raises :class:`TrustError` where nobody has signed in."""
    device = members.signed_in(asked)
    role = members.authority.standing().role(members.user_of(device)) or ""
    widest = reads_upto(role)
    return Reader(device, role, widest, frozenset() if widest == PRIVILEGED else store.privileged())


def for_reader(rows: list[Row], who: Reader, store: Store, stream: str) -> list[Row]:
    """The rows as they are handed to somebody: what is not for them goes out as leaves, which prove the rest."""
    if who.reads_all or not rows:
        return rows
    found = store.withdrawal(stream)
    narrowed = frozenset(ident for each in found.narrowings for ident in each.named)
    return [row if _is_open(row, narrowed) else _fit(row, who, found) for row in rows]


def parts_for(store: Store, who: Reader, asked: Asked, stream: str) -> Answer:
    """The parts of one event, as far as they are held here and for who asks."""
    wanted = object_of(asked.body).get("event")
    if not DIGEST.holds(wanted):
        raise BadInput("event must be an event id")
    row = store.parts_of(stream, str(wanted))
    if row is None:
        raise NotFound("the hub does not hold this entry")
    (fit,) = for_reader([row], who, store, stream)
    if fit.parts != row.parts:
        raise TrustError("this entry is for fewer readers than your role is", fix="ask a lead")
    return answer_of({"event": wanted, "parts": json.loads(row.parts)})


def _fit(row: Row, who: Reader, found: Withdrawal) -> Row:
    envelope = decode(row.envelope)
    if envelope.device == who.device:
        return row  # what somebody wrote is never kept from them
    event = from_wire(
        {"e": row.envelope.decode(), "s": signature_to_wire(row.sig), "p": json.loads(row.parts)}
    )
    parts = tuple(
        part
        if may_read(who.widest, found.scope(event.id, envelope.type, envelope.scope, index))
        else drop(part)
        for index, part in enumerate(event.parts)
    )
    kept = to_wire(event._replace(parts=parts))["p"]
    return row._replace(parts=json.dumps(kept, separators=(",", ":")))


def _is_open(row: Row, narrowed: frozenset[str]) -> bool:
    """Whether an event is for the whole team, told without reading its envelope: most are."""
    # A quote inside a JSON string has a backslash before it, so this stands nowhere but where the scope is stated.
    return _FOR_TEAM in row.envelope and not (narrowed and event_id(row.envelope) in narrowed)

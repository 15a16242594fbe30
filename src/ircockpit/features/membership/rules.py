"""Who belongs to an organisation, and as what, after the events of its authority stream: pure, for anybody to derive."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, ConflictError, NotFound
from ircockpit.core.ids import named_thing
from ircockpit.core.reduce import Happening, Picture, catalogue
from ircockpit.core.roles import LEAD, least
from ircockpit.features.membership.events import KINDS, TYPES
from ircockpit.inert.gate import line

if TYPE_CHECKING:
    from ircockpit.ledger.event import SignedEvent
    from ircockpit.ledger.revocation import Cuts

ROLE = "role"
SHORTEST = 4
"""Characters of an id that may stand for it."""
_TABLE = catalogue(TYPES, KINDS)


class Member(NamedTuple):
    """Somebody who is, or was, of the organisation."""

    user: str
    name: str
    role: str
    """Empty for somebody who was removed."""
    device: str
    """The device they joined with; others are known from certificates."""
    missing: str = ""
    """``erased`` where a name was given and taken away."""


class Standing:
    """The members and revoked devices after a set of accepted events of one authority stream, in any order."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._picture = Picture(_TABLE)
        self._members: dict[str, str] = {}
        self._revoking: list[SignedEvent] = []
        self._cuts: Cuts | None = None
        self.opened = False
        """Whether the event that opens the stream is among them: without it, who was removed may not be known yet."""
        self.heads: dict[tuple[str, str], tuple[int, str, int]] = {}
        """Place, event id and Lamport number at the end of each lane, by device and epoch."""

    def take(self, event: "SignedEvent") -> None:
        """Count one accepted event in."""
        happening = _happening(event)
        envelope = event.envelope
        lane = (envelope.device, envelope.epoch)
        if envelope.n > self.heads.get(lane, (0, "", 0))[0]:
            self.heads[lane] = (envelope.n, event.id, envelope.lam)
        if envelope.stream != self._stream:
            return
        self._picture.apply(happening)
        self.opened |= envelope.type == "stream.opened"
        if envelope.type == "member.added":
            user = str(happening.body.get("user", ""))
            if envelope.ent == member_id(self._stream, user):
                self._members[user] = envelope.ent
        elif envelope.type == "device.revoked":
            self._revoking.append(event)
            self._cuts = None

    def members(self) -> list[Member]:
        """Everybody who ever belonged here, by name."""
        found = [member for user in self._members if (member := self.member(user)) is not None]
        return sorted(found, key=lambda each: (each.name.casefold(), each.user))

    def member(self, user: str) -> Member | None:
        """One person, ``None`` where they never belonged here."""
        entity = self._picture.entity(self._members.get(user, ""))
        if entity is None:
            return None
        return Member(
            user, str(entity.facts.get("name", "")), self._role(entity.ident, str(entity.facts.get(ROLE, ""))),
            str(entity.facts.get("device", "")),
        )  # fmt: skip

    def role(self, user: str) -> str | None:
        """Somebody's role, empty where they were removed, ``None`` where they never belonged here."""
        member = self.member(user)
        return member.role if member is not None else None

    def leads(self) -> list[Member]:
        """Those who decide."""
        return [each for each in self.members() if each.role == LEAD]

    def base(self, user: str) -> dict[str, int]:
        """Event ids and Lamport numbers that a new word about somebody's role replaces."""
        heads = self._picture.register(member_id(self._stream, user), ROLE).heads
        return {head.event_id: head.lam for head in heads}

    @property
    def cuts(self) -> "Cuts":
        """Which devices are revoked, and where their lanes end."""
        if self._cuts is None:
            from ircockpit.ledger.revocation import Cuts, gathered

            self._cuts = Cuts(gathered(self._revoking))
        return self._cuts

    def _role(self, ent: str, at_first: str) -> str:
        heads = self._picture.register(ent, ROLE).heads
        return role_of(at_first, [head.value for head in heads])


def find_member(standing: Standing, word: str) -> Member:
    """The member somebody means by a name, or by the beginning of a pseudonym or of a device's id."""
    return pick(standing.members(), word)


def pick(members: Sequence[Member], word: str, devices: Mapping[str, Sequence[str]] | None = None) -> Member:
    """The one of these members that a word means; raises :class:`NotFound` where it means none, or several.

    ``devices`` gives the devices of a pseudonym, where more are known than the one somebody joined with.
    """
    wanted = word.strip().casefold()
    found = [each for each in members if wanted and each.name.casefold() == wanted] or [
        each
        for each in members
        if len(wanted) >= SHORTEST
        and any(
            known.startswith(wanted)
            for known in (each.user, each.device, *(devices or {}).get(each.user, ()))
        )
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{each.name or 'unnamed'} ({each.user[:8]})" for each in found[:5])
    raise NotFound(
        f"{word!r} could mean {names}" if found else f"nobody here is called {word!r}", safe="nothing was changed",
        fix="say the beginning of the id that ircockpit member list shows",
    )  # fmt: skip


def pick_device(members: Sequence[Member], owned: Mapping[str, Sequence[str]], word: str) -> str:
    """The device that a word means: by the beginning of its id, or by whose only one it is; else :class:`NotFound`."""
    wanted = word.strip().casefold()
    found = [each for many in owned.values() for each in many if each.startswith(wanted)]
    if len(wanted) >= SHORTEST and len(found) == 1:
        return found[0]
    theirs = owned.get(pick(members, word, owned).user, [])
    if len(theirs) == 1:
        return theirs[0]
    said = ", ".join(each[:8] for each in theirs)
    raise NotFound(
        f"{line(word)[:60]} has {f'more than one device: {said}' if theirs else 'no device that is known here'}",
        safe="nothing was changed", fix="name one by the beginning of its id",
    )  # fmt: skip


def check_not_revoked(cuts: "Cuts", device: str, safe: str) -> None:
    """Raise :class:`ConflictError` for a device that is to join, or to have a new key, though nothing of it counts."""
    if cuts.revoked(device):
        raise ConflictError(
            "this device was revoked: nothing that is signed as it counts any more", safe=safe,
            fix="its owner starts a new profile and joins from there",
        )  # fmt: skip


def member_id(stream: str, user: str) -> str:
    """The id of a person's membership in the authority stream."""
    return named_thing(stream, "membership", user)


def role_of(at_first: str, written: list[Any]) -> str:
    """A role from the one somebody joined with and the words about it that nobody has replaced."""
    return least(str(value or "") for value in written) if written else at_first


def _happening(event: "SignedEvent") -> Happening:
    from ircockpit.ledger.parts import read_part

    envelope = event.envelope
    body: dict[str, Any] = {}
    try:
        for part in event.parts:
            body = {**(read_part(part) or {}), **body}
    except BadInput:
        body = {}
    return Happening(
        event.id, envelope.stream, envelope.device, envelope.lam, envelope.actor, envelope.type, envelope.tv,
        envelope.ent, envelope.field, envelope.base, envelope.occurred, envelope.wall, body,
    )  # fmt: skip

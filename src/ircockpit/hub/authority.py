"""The hub as the organisation's authority: it says who belongs and as what, in a stream of its own."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.clock import Clock
from ircockpit.core.errors import BadInput, ConflictError, NotFound, RefusedError, StoreError
from ircockpit.core.ids import entity_id, uuid7
from ircockpit.core.roles import LEAD, ROLES, Capability, may_grant, roles_with, spoken
from ircockpit.features.membership.rules import ROLE, Member, Standing, member_id
from ircockpit.hub.court import Court, signed
from ircockpit.hub.generations import look_back
from ircockpit.hub.store import Device, Incoming, Word
from ircockpit.ledger.certificate import DEVICE, HUB_AUTHORITY, certificate_id, decode
from ircockpit.ledger.envelope import Envelope, next_lam
from ircockpit.ledger.event import SignedEvent, seal
from ircockpit.ledger.fields import FORMAT
from ircockpit.ledger.parts import make_parts
from ircockpit.ledger.revocation import DEVICE_REVOKED, REASON, Cut, Revocation, in_parts
from ircockpit.ledger.signing import key_id
from ircockpit.ledger.stream import AUTHORITY, LANE_OPENED, STREAM_OPENED, Genesis, LaneOpening
from ircockpit.ledger.withdrawal import ORDERED, Named, stays

if TYPE_CHECKING:
    from ircockpit.hub.folder import HubFolder

STREAM = "authority_stream"
"""Where the folder keeps the id of the stream."""


class Revoked(NamedTuple):
    """What came of a revocation."""

    device: str
    lanes: int
    """Lanes of which something counts."""
    already: bool
    """Whether the device was revoked before, so that nothing was changed."""


class _Said(NamedTuple):
    type: str
    ent: str
    parts: tuple[Mapping[str, Any], ...]
    field: str | None = None
    base: Mapping[str, int] = {}


class _Me(NamedTuple):
    device: str
    user: str
    certificate: str


class Authority:
    """Writes in the authority stream of one folder. Every instance writes in a lane of its own, so that a folder
    put back to an earlier state, or two processes at once, never claim one place twice.
    """

    def __init__(self, folder: "HubFolder", clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._epoch = folder.rand(8).hex()
        self._me = self._who()
        self.stream = folder.store.meta(STREAM) or ""
        self.court = Court(self.stream)

    def begin(self) -> None:
        """Open the stream, where the folder has none yet."""
        with _one_at_a_time(self._folder.path):
            self.stream = self._folder.store.meta(STREAM) or ""
            if not self.stream:
                genesis = Genesis(key_id(self._folder.root), AUTHORITY, self._folder.rand(16).hex(), False)
                self.stream = genesis.stream
                self._write([_Said(STREAM_OPENED, self.stream, (genesis.part(),))], Standing(self.stream))
                self._folder.store.set_meta(STREAM, self.stream)
            self.court = Court(self.stream)

    def standing(self) -> Standing:
        """Who belongs to the organisation now."""
        return self.court.standing(self._folder.store)

    def admit(self, user: str, device: str, name: str, role: str) -> None:
        """Somebody joins, or comes back; said again, it changes nothing."""
        with _one_at_a_time(self._folder.path):
            standing = self.standing()
            member = standing.member(user)
            if member is None:
                self._write([self._added(Device(device, user, "", name, role, 0))], standing)
            elif not member.role:
                self._write([self._role_word(standing, member, role, "", "invited again")], standing)

    def set_role(self, user: str, role: str, *, by: str, why: str = "") -> Member:
        """Make somebody a ``role``; with none, remove them.

        ``by`` is who says so: the pseudonym of a lead, or nothing for the operator of this hub. Raises
        :class:`RefusedError` where they may not, :class:`NotFound` for somebody unknown, :class:`ConflictError`
        where nobody would be left to decide.
        """
        if role and role not in ROLES:
            raise BadInput(
                f"{role} is no role", safe="nothing was changed", fix=f"one of: {', '.join(ROLES)}"
            )
        with _one_at_a_time(self._folder.path):
            standing = self.standing()
            self._check_right(standing, by, role or LEAD)
            member = standing.member(user)
            if member is None:
                raise NotFound(
                    "nobody of that name belongs here",
                    safe="nothing was changed",
                    fix="run: ircockpit member list",
                )
            if member.role == LEAD != role and len(standing.leads()) == 1:
                raise _last_lead()
            # A device may have written under another pseudonym before it was certified for this person.
            same = [
                member,
                *(m for alias in self._aliases(user) if (m := standing.member(alias)) is not None),
            ]
            words = [self._role_word(standing, m, role, by, why) for m in same if m.role != role]
            if words:
                self._write(words, standing)
        return member._replace(role=role)

    def devices(self) -> dict[str, list[str]]:
        """The devices certified to each pseudonym."""
        found: dict[str, list[str]] = {}
        for each in map(decode, self._raws()):
            if each.purpose == DEVICE and each.device not in found.setdefault(each.subject, []):
                found[each.subject].append(each.device)
        return found

    def _aliases(self, user: str) -> set[str]:
        """Other pseudonyms that devices of this person are certified to."""
        stated = [each for each in map(decode, self._raws()) if each.purpose == DEVICE]
        devices = {each.device for each in stated if each.subject == user}
        return {each.subject for each in stated if each.device in devices} - {user}

    def revoke(self, device: str, *, by: str, why: str) -> Revoked:
        """Say that a device's word ends with what this hub holds of it; said again, it changes nothing.

        A second word could only take away from the first: what the hub has lost meanwhile, or was told of the
        device since. Raises as :meth:`set_role` does.
        """
        with _one_at_a_time(self._folder.path):
            standing = self.standing()
            self._check_right(standing, by, LEAD)
            # The hub's own keys are no device's: a word of theirs that takes itself back would mean nothing.
            if not any(device in theirs for theirs in self.devices().values()):
                raise NotFound(
                    "no device of that id belongs here",
                    safe="nothing was changed",
                    fix="run: ircockpit member list",
                )
            if standing.cuts.revoked(device):
                return Revoked(device, standing.cuts.lanes(device), already=True)
            self._check_leads_left(standing, device)
            cuts = tuple(Cut(*end) for end in self._folder.store.lane_ends(device))
            ent = entity_id(self.stream, self._folder.rand)
            pieces = in_parts(Revocation(device, cuts, why, by))
            self._write(
                [_Said(DEVICE_REVOKED, ent, (each.part(), *_apart(REASON, why))) for each in pieces], standing
            )
            return Revoked(device, self.standing().cuts.lanes(device), already=False)

    def erase(self, named: Named, *, by: str, why: str) -> str:
        """Order names and reasons of this stream to be erased; returns the id of the order.

        Raises :class:`NotFound` where nothing named is one of them, :class:`RefusedError` as :meth:`set_role` does.
        """
        with _one_at_a_time(self._folder.path):
            standing = self.standing()
            self._check_right(standing, by, LEAD)
            events = [
                [event.id, numbers]
                for event in map(signed, self._folder.store.record(self.stream, 0)[1])
                if event.id in named and (numbers := _erasable(event, named[event.id]))
            ]
            if not events:
                raise NotFound(
                    "nothing named is a name or a reason in the record of members", safe="nothing was changed"
                )
            facts = ({"events": events, "by": by}, *_apart("why", why))
            order = entity_id(self.stream, self._folder.rand)
            self._write([_Said(ORDERED, order, facts)], standing)
        self._folder.clear_away()
        return order

    def _check_right(self, standing: Standing, by: str, granted: str) -> None:
        # Nobody but the operator, who holds the key itself, comes without a name.
        if by and not may_grant(standing.role(by) or "", granted):
            raise RefusedError(
                "only a lead decides who belongs to the organisation, and as what", safe="nothing was changed",
                fix=f"ask {spoken(roles_with(Capability.LEAD))}: ircockpit member list names them",
            )  # fmt: skip

    def _check_leads_left(self, standing: Standing, device: str) -> None:
        able: dict[str, set[str]] = {}
        for each in map(decode, self._raws()):
            if each.device != device and not standing.cuts.revoked(each.device):
                able.setdefault(each.subject, set()).add(each.device)
        if not any(each.user in able for each in standing.leads()):
            raise _last_lead()

    def _added(self, joined: Device) -> _Said:
        facts = {"user": joined.user, "device": joined.device, "role": joined.role}
        return _Said(
            "member.added", member_id(self.stream, joined.user), (facts, *_apart("name", joined.name))
        )

    def _role_word(self, standing: Standing, member: Member, role: str, by: str, why: str) -> _Said:
        # Without the name: it stands where somebody was added, and one that was erased there is in no later word.
        return _Said(
            "member.role" if role else "member.removed", member_id(self.stream, member.user),
            ({"value": role, "by": by}, *_apart("why", why)), ROLE, standing.base(member.user),
        )  # fmt: skip

    def _raws(self) -> list[bytes]:
        return [each.raw for each in self._folder.store.certificates()]

    def _who(self) -> _Me:
        public = self._folder.authority_key.public.hex()
        for each in self._folder.own_certificates():
            stated = decode(each.raw)
            if (stated.purpose, stated.key) == (HUB_AUTHORITY, public):
                return _Me(stated.device, stated.subject, certificate_id(each.raw))
        raise NotFound(
            "this hub has no certificate of its authority key", safe="nothing was changed",
            fix="start it once from the profile that founded it: ircockpit hub serve",
        )  # fmt: skip

    def _write(self, said: Sequence[_Said], standing: Standing) -> None:
        n, prev, lam = standing.heads.get((self._me.device, self._epoch), (0, "", 0))
        op = uuid7(self._clock.wall_us() // 1000, self._folder.rand(10))
        made: list[SignedEvent] = []
        if n == 0:
            last = [head for (device, _), head in standing.heads.items() if device == self._me.device]
            before = max(last, key=lambda head: head[2])[1] if last else None
            opening = LaneOpening(self._me.certificate, before).part()
            said = [_Said(LANE_OPENED, self.stream, (opening,)), *said]
        for each in said:
            lam = next_lam([lam, *each.base.values()])
            event = seal(
                Envelope(
                    v=FORMAT, stream=self.stream, device=self._me.device, epoch=self._epoch, n=n + 1, prev=prev or None,
                    lam=lam, op=op, actor=self._me.user, type=each.type, tv=1, ent=each.ent, field=each.field,
                    base=tuple(sorted(each.base)), scope="team", occurred=None, wall=self._clock.wall_us(), off=0,
                    offq="none", boot=self._clock.boot(), mono=self._clock.mono_us(), seen=None, body="",
                ),
                self._folder.authority_key, make_parts(each.parts, self._folder.rand),
            )  # fmt: skip
            n, prev = n + 1, event.id
            made.append(event)
        batch = [Incoming(event, event.envelope, event.id) for event in made]
        store, mark, now = self._folder.store, self._folder.mark, self._clock.wall_us()
        look_back(store, mark, now)  # one that was put back is noticed before anything is added to it
        outcomes, _ = store.append(self.stream, batch, now)
        if refused := [each for each in outcomes if each.word is not Word.OK]:
            raise StoreError(
                f"the hub does not take in its own word ({refused[0].word}: {refused[0].reason[:12]})",
                safe="nothing of it counts", fix="keep its folder as it is, and put a backup in its place",
            )  # fmt: skip
        mark.note(*store.highest())


def _erasable(event: SignedEvent, asked: frozenset[int] | None) -> list[int]:
    every = range(len(event.parts))
    wanted = every if asked is None else asked & set(every)
    return [index for index in sorted(wanted) if not stays(event.envelope.type, index)]


def _apart(key: str, words: str) -> tuple[Mapping[str, str], ...]:
    """Words in a part of their own, which can be erased while what decides stays; none where there are none."""
    return ({key: words},) if words else ()


def _last_lead() -> ConflictError:
    return ConflictError(
        "nobody would be left who decides: this is the last lead", safe="nothing was changed",
        fix="make somebody else a lead first",
    )  # fmt: skip


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Read and write the stream as one step, whatever other process of this hub does at the moment."""
    handle = os.open(folder / "authority.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

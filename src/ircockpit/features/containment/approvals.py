"""Approvals on record: whose of them count for a plan, and whether it was sent already."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ircockpit.core.errors import BadInput, RefusedError, TrustError
from ircockpit.core.jsontext import MAX_INTEGER, canonical, strict_loads
from ircockpit.core.roles import Capability, may
from ircockpit.features.membership.queries import members, revoked
from ircockpit.features.people.queries import name_of, names
from ircockpit.inert.gate import clean, line
from ircockpit.store.fold import happening

if TYPE_CHECKING:
    from ircockpit.core.reduce import Happening
    from ircockpit.features.containment.queries import ActionRow
    from ircockpit.store.workstation import Workstation

TWO = 2
_PREFIX = b"ircockpit/plan/1\0"
NAME_CELLS = 24


class Given(NamedTuple):
    """One person's approval of a plan."""

    user: str
    name: str
    device: str
    at_us: int
    """By the clock of their device."""


class Consent(NamedTuple):
    """Who stands behind a plan, as far as it counts here and now."""

    needed: int
    given: tuple[Given, ...]
    """One of each person, in the order they came."""
    refused: tuple[str, ...]
    """Approvals that do not count, each with its reason."""
    attested: tuple[str, ...]
    """Names that somebody typed on a device that is not theirs; they count for nothing."""

    @property
    def missing(self) -> int:
        """How many more people it needs."""
        return max(self.needed - len(self.given), 0)

    @property
    def words(self) -> str:
        """``1 of 2: mira; jo is attested, which is no approval``."""
        names_ = ", ".join(each.name for each in self.given) or "nobody"
        attested = [f"{name} is attested, which is no approval" for name in self.attested]
        return "; ".join([f"{len(self.given)} of {self.needed}: {names_}", *self.refused, *attested])


class Proposal(NamedTuple):
    """A plan on record that waits for people."""

    plan: str
    bound: dict[str, Any]
    """The fields the hash is over: all that an approver is shown comes from them."""
    direction: str
    people: int
    reason: str
    """The proposer's own words."""
    user: str
    device: str
    event_id: str
    despite: str = ""
    """Of a lifting why it is done against a verdict that fails."""
    route: str = ""
    """Of a lifting how users come to what its verdict is about, where that is not where they were asked before."""

    @property
    def expires_us(self) -> int:
        """Until when it can be approved and sent; 0, which is over, where it states no time there is."""
        value = self.bound.get("expires_us")
        return value if isinstance(value, int) and 0 < value <= MAX_INTEGER else 0


def read_bound(text: object, plan: str) -> dict[str, Any]:
    """The bound fields of a plan, held against its hash; raises :class:`TrustError` where they are others."""
    try:
        bound = strict_loads(str(text).encode(errors="replace"), floats=True)
    except BadInput:
        bound = None
    if not isinstance(bound, dict) or sha256(_PREFIX + canonical(bound)).hexdigest() != plan:
        raise TrustError(
            "what is proposed is not what its hash says", safe="nothing was approved, nothing was sent",
            fix="have it proposed again; check that device: ircockpit verify",
        )  # fmt: skip
    return bound


def proposals(station: "Workstation", stream: str, action: str) -> list[Proposal]:
    """What was proposed of an action, the newest last; one whose fields do not fit its hash is left out."""
    return [
        found for each in events_of(station, stream, action)
        if each.type == "containment.proposed" and (found := _proposal(each)) is not None
    ]  # fmt: skip


def _proposal(event: "Happening") -> Proposal | None:
    body = event.body
    plan = str(body.get("plan", ""))
    try:
        bound = read_bound(body.get("bound"), plan)
    except TrustError:
        return None
    people = body.get("people")
    if bound.get("device") != event.device:
        return None  # proposed from one device to be sent by another, who never read the target
    return Proposal(
        plan, bound, str(bound.get("direction", "")), max(people, TWO) if isinstance(people, int) else TWO,
        str(body.get("reason") or ""), event.actor, event.device, event.event_id, str(body.get("despite") or ""),
        str(body.get("route") or ""),
    )  # fmt: skip


def waiting_proposal(station: "Workstation", row: "ActionRow") -> Proposal | None:
    """The newest proposal of an action that was neither sent nor has expired."""
    sent = {
        str(each.body.get("plan"))
        for each in events_of(station, row.stream, row.ident)
        if each.type == "containment.stepped"
    }
    now = station.clock.wall_us()
    open_ = [each for each in proposals(station, row.stream, row.ident) if each.plan not in sent]
    return open_[-1] if open_ and open_[-1].expires_us > now else None


def consent(station: "Workstation", stream: str, action: str, plan: str, needed: int) -> Consent:
    """Whose approvals of a plan count: certified devices of different people who may approve, as last heard.

    Judged by the record of members as this device holds it now: somebody removed since, or whose device was revoked,
    has not approved.
    """
    from ircockpit.ledger.roster import Roster

    own = station.identity
    roster = Roster(own.root, station.log.certificates())
    roles = {each.user: each.role for each in members(station)} if own.authority_stream else None
    gone, known = revoked(station), names(station.view)
    given: dict[str, Given] = {}
    refused: list[str] = []
    attested: list[str] = []
    for event in events_of(station, stream, action):
        if event.body.get("plan") != plan:
            continue
        if event.type == "containment.attested":
            attested.append(line(str(event.body.get("name", "")), NAME_CELLS))
        if event.type != "containment.approved":
            continue
        name = line(name_of(known, event.actor), NAME_CELLS)
        if not roster.speaks_for(event.device, event.actor):
            refused.append(f"{name}'s device is not certified")
        elif event.device in gone:
            refused.append(f"{name}'s device was revoked")
        elif roles is not None and not may(roles.get(event.actor, ""), Capability.APPROVE):
            refused.append(f"{name} may not approve: {roles.get(event.actor) or 'not a member'}")
        elif event.actor in given:
            if given[event.actor].device != event.device:
                refused.append(f"{name} approved from two devices, which is one person")
        else:
            given[event.actor] = Given(event.actor, name, event.device, event.wall)
    return Consent(needed, tuple(given.values()), tuple(dict.fromkeys(refused)), tuple(attested))


def check_people(
    station: "Workstation", stream: str, action: str, plan: str, needed: int, *, glass: bool = False
) -> Consent:
    """Raise :class:`RefusedError` where too few people have approved a plan.

    ``glass``: it leads towards more containment, so that one person may have gone on by break-glass.
    """
    found = consent(station, stream, action, plan, needed)
    if found.missing and not (glass and broken(station, stream, action, plan)):
        more = "one more person" if found.missing == 1 else f"{found.missing} more people"
        raise RefusedError(
            f"it needs {more}, and has {found.words}", safe="nothing was sent",
            fix="a colleague approves it on a device of their own: ircockpit contain approve",
        )  # fmt: skip
    return found


def broken(station: "Workstation", stream: str, action: str, plan: str) -> bool:
    """Whether this device went on with a plan by break-glass."""
    return any(
        each.type == "containment.broken" and each.body.get("plan") == plan
        for each in _own_events(station, stream, action)
    )


def unused_approval(station: "Workstation", stream: str, action: str) -> str:
    """The plan hash this device has approved for an action and not sent yet."""
    own = _own_events(station, stream, action)
    approvals = [each for each in own if each.type == "containment.approved"]
    if not approvals:
        raise RefusedError(
            "nobody has approved this on this device",
            safe="nothing was sent",
            fix="plan it again and approve it",
        )
    if any(each.type == "containment.stepped" for each in own):
        raise _used()
    return str(max(approvals, key=lambda each: each.lam).body.get("plan", ""))


def as_approved(station: "Workstation", row: "ActionRow") -> dict[str, Any] | None:
    """What this device's own approval of an action bound; ``None`` where there is none."""
    for event in _own_events(station, row.stream, row.ident):
        if event.type == "containment.approved" and event.body.get("plan") == row.plan:
            return read_bound(event.body.get("bound"), row.plan)
    return None


def refuse_used(station: "Workstation", row: "ActionRow", plan: str) -> None:
    """Raise :class:`RefusedError` where this device has begun a plan of that hash for the action before."""
    if any(
        each.type == "containment.stepped" and each.body.get("plan") == plan
        for each in _own_events(station, row.stream, row.ident)
    ):
        raise _used()


def refuse_under_later(station: "Workstation", row: "ActionRow", *, safe: str) -> None:
    """Raise :class:`RefusedError` where an action that came later on the same thing is still in force."""
    from ircockpit.features.containment.queries import later_engaged

    later = later_engaged(station.view, row)
    if later is not None:
        raise RefusedError(
            f"{later.short} on the same control came later and is still in force", safe=safe,
            fix=f"lift {later.short} first",
        )  # fmt: skip


def refuse_changed(proposal: Proposal, now: dict[str, Any], plan: str) -> None:
    """Raise :class:`RefusedError`, saying what differs, where a plan made anew is not the one that was proposed."""
    if plan == proposal.plan:
        return
    names_ = {**_DIFFERS, **{name: name for name in now if name not in _DIFFERS}}
    differs = [said for name, said in names_.items() if proposal.bound.get(name) != now.get(name)]
    raise RefusedError(
        f"it is not as it was approved any more: {', '.join(dict.fromkeys(differs))}",
        safe="nothing was sent",
        fix="propose it again, so that people approve what would be sent now",
    )


_DIFFERS = {
    "before_sha256": "the target was changed since", "resolved": "what was looked up there is another by now",
    "lookups": "other things would be looked up there", "device": "it was proposed from another device",
    "connector_sha256": "the connector's file is another", "requests": "other requests would be sent",
    "way_back": "the way back is another", "probe": "the probe is another", "trust": "certificates are configured otherwise",
}  # fmt: skip


def has_approved(station: "Workstation", row: "ActionRow", plan: str) -> bool:
    """Whether the person at this device has approved a plan."""
    return any(
        each.type == "containment.approved" and each.body.get("plan") == plan and each.actor == station.me
        for each in events_of(station, row.stream, row.ident)
    )


def _used() -> RefusedError:
    return RefusedError(
        "this approval was used already", safe="nothing was sent", fix="plan it again and approve it"
    )


def _own_events(station: "Workstation", stream: str, action: str) -> "list[Happening]":
    return [each for each in events_of(station, stream, action) if each.device == station.identity.device]


def events_of(station: "Workstation", stream: str, action: str) -> "list[Happening]":
    """What is recorded of an action and counts: from the log, whose newest part the view may not have yet."""
    found = []
    for stored in station.log.of_thing(station.view.arrivals_of(action), station.view.applied, stream):
        try:
            event = happening(stored)
        except (BadInput, TrustError):
            continue  # verification says where; it must not keep anybody from stopping
        if event.ent == action and not stored.doubt:
            found.append(event)
    return found


def quoted(text: str, cells: int = 160) -> str:
    """Somebody's own words on one line."""
    return f"“{line(clean(text), cells)}”" if text.strip() else "no words"

"""Roles: what members of an organisation may record, what each type of event needs, and who may grant a role."""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum


class Capability(StrEnum):
    """What somebody may do; an event type needs one of them."""

    SPEAK = "speak"
    """What every member may: open lanes and records, say their own name, place a hold, confirm an erasure."""
    NOTE = "note"
    """Add a note to an incident's record; hold a duty role on it, and tick its checklist."""
    REVEAL = "reveal"
    """See the raw words of a signal."""
    APPROVE = "approve"
    """Approve a containment action."""
    WAIVE = "waive"
    """Decide that a duty does not bind: nothing is to be reported, a file may be copied."""
    RECORD = "record"
    """Everything else a responder writes: declare, triage, contain, preserve, describe systems."""
    LEAD = "lead"
    """Decide about the record and about others: adopt, erase, release, widen, grant roles."""
    AUTHORITY = "authority"
    """Who belongs to the organisation, and as what: said by its authority alone, in a record of its own."""


LEAD = "lead"
DEFAULT_ROLE = "responder"
_RESPONDER = frozenset(
    {Capability.SPEAK, Capability.NOTE, Capability.REVEAL, Capability.APPROVE, Capability.RECORD}
)
ROLES: Mapping[str, frozenset[Capability]] = {
    LEAD: _RESPONDER | {Capability.LEAD, Capability.WAIVE},
    "responder": _RESPONDER,
    # Responders with a title: others see what they are asked about, they may do the same.
    "engineer": _RESPONDER,
    "legal": _RESPONDER | {Capability.WAIVE},
    "comms": _RESPONDER,
    "approver": frozenset({Capability.SPEAK, Capability.NOTE, Capability.REVEAL, Capability.APPROVE}),
    "auditor": frozenset({Capability.SPEAK, Capability.NOTE, Capability.REVEAL}),
    "observer": frozenset({Capability.SPEAK}),
}
"""What each role may. No role has ``authority``: a key of the organisation does."""
TITLES = ("engineer", "legal", "comms")

EVERYBODY = (*ROLES, "")
"""Every role, and none: what somebody who was removed may still do on their own device."""

_NEEDED: Mapping[Capability, tuple[str, ...]] = {
    Capability.SPEAK: (
        "lane.opened", "stream.opened", "person.named", "person.set", "hold.placed", "scope.narrowed", "erasure.done",
    ),
    Capability.NOTE: ("disclosure.raised", "incident.noted", "role.opened", "role.set"),
    Capability.REVEAL: ("exposure.summed", "replay.opened", "signal.revealed", "scope.read"),
    Capability.APPROVE: (
        "containment.approved", "containment.reviewed", "playbook.approved", "readiness.scheduled", "rulefile.approved",
        "rulefile.set",
    ),
    Capability.WAIVE: ("duty.waived", "evidence.cleared"),
    Capability.RECORD: (
        "act.recorded", "act.set", "affected.recorded", "affected.set", "anchor.recorded", "anchor.set", "answer.asked",
        "answer.given", "call.made", "cockpit.armed", "cohort.recorded", "cohort.set", "companion.opened",
        "containment.attended", "containment.attested", "containment.broken", "containment.extended", "containment.handed",
        "containment.observed", "containment.planned", "containment.preserved", "containment.proposed",
        "containment.stepped", "decision.made",
        "decision.set", "duty.advised", "duty.named", "evidence.added", "evidence.set", "fact.answered", "fact.asked",
        "filing.made", "filing.set", "group.formed", "group.set", "handover.given", "impact.counted", "impact.keyed",
        "incident.briefed", "incident.declared", "incident.set", "intake.received", "notice.begun", "notice.set",
        "notice.tested", "partner.added", "partner.set",
        "playbook.begun", "playbook.imported", "playbook.left", "playbook.set", "signal.received", "signal.set", "step.opened",
        "step.set", "stream.succeeded", "system.recorded", "system.set", "task.given", "task.set", "toll.granted", "toll.set",
        "triage.again", "triage.answered", "triage.begun", "triage.overridden", "variable.opened", "variable.set",
        "rulefile.proposed", "replay.judged", "replay.planned", "replay.recurred", "replay.sealed", "replay.set", "watch.begun",
        "watch.set", "readiness.failed", "readiness.proved", "readiness.reached", "readiness.returned",
    ),
    Capability.LEAD: ("disclosure.lowered", "event.adopted", "erasure.ordered", "hold.released", "scope.widened"),
    Capability.AUTHORITY: ("device.revoked", "member.added", "member.removed", "member.role"),
}  # fmt: skip
STATED: Mapping[str, Capability] = {name: need for need, names in _NEEDED.items() for name in names}
"""The capability of every event type the program knows."""
_AUTHORITY_FAMILIES = ("member.", "device.")
_LEAD_FAMILIES = ("erasure.", "event.", "hold.", "scope.")
"""What is said there decides about entries of others."""
_OF_ONESELF = ("person.named", "person.set")


def needed(type_: str, *, actor: str = "", ent: str = "") -> Capability:
    """The capability that an event needs.

    A type of a later version needs what a responder may, unless its name says that it decides about others: then
    it is a lead's, or the authority's. What a person is called is for that person to say, or for a lead.
    """
    if type_ in _OF_ONESELF and ent != actor:
        return Capability.LEAD
    return STATED.get(type_) or _of_family(type_)


def _of_family(type_: str) -> Capability:
    if type_.startswith(_AUTHORITY_FAMILIES):
        return Capability.AUTHORITY
    return Capability.LEAD if type_.startswith(_LEAD_FAMILIES) else Capability.RECORD


def may(role: str, need: Capability) -> bool:
    """Whether a role has a capability; one that is not known here, or none, has nothing."""
    return need in ROLES.get(role, ())


def roles_with(need: Capability) -> tuple[str, ...]:
    """The roles that have a capability."""
    return tuple(role for role in ROLES if may(role, need))


def may_grant(role: str, granted: str) -> bool:
    """Whether somebody of this role may make another person a ``granted``, or take it away: a lead any."""
    return granted in ROLES and may(role, Capability.LEAD)


def spoken(roles: Collection[str]) -> str:
    """Roles as words: ``a lead or a responder``; titles are left out where responders are among them."""
    named = [role for role in ROLES if role in roles and (role not in TITLES or "responder" not in roles)]
    words = [f"{'an' if role[0] in 'aeiou' else 'a'} {role}" for role in named]
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1] if words else "") if part)


def least(roles: Iterable[str]) -> str:
    """The role among several that may least: where two histories say different things, nobody gains by it.

    An empty role, of somebody who was removed, is the least of all. Who may waive a duty does not tell one role from
    another here: every reader of a record must find the same one, whatever rights it knows.
    """
    return min(
        roles, key=lambda role: (len(ROLES.get(role, frozenset()) - {Capability.WAIVE}), role), default=""
    )

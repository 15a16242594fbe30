"""Commands about members, and about entries that were not accepted."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import ROLES, Capability, roles_with

_HERE = "ircockpit.features.membership.actions:"
_MEMBER = Param("member", "name, or the beginning of an id", positional=True, required=True)
_WHY = Param("why", "the reason, kept with the decision")
_LEADS = roles_with(Capability.LEAD)
_ONLINE = (
    " It is decided at the hub and needs the network: who belongs is one history that all share. Exit code 3 when the"
    " hub cannot be reached; nothing is changed then."
)

ACTIONS = (
    Action(
        id="member.list", verb=("member", "list"), title="list who belongs to the organisation, with role and devices",
        handler=_HERE + "list_members", result="members",
        params=(Param("entries", "also what was decided of each, why, and the ids of those entries", Kind.FLAG), SAFE),
        long="As this device last heard it; works without the hub.",
    ),
    Action(
        id="member.role", verb=("member", "role"), title="give a member another role", handler=_HERE + "set_role", slow=True,
        danger=Danger.RECORD, roles=_LEADS, result="member",
        params=(
            _MEMBER,
            Param("role", "the role to have", Kind.CHOICE, positional=True, required=True, choices=tuple(ROLES)),
            _WHY,
        ),
        long="docs/people.md says what each role may do." + _ONLINE,
    ),
    Action(
        id="member.remove", verb=("member", "remove"), title="take somebody out of the organisation",
        handler=_HERE + "remove", slow=True, danger=Danger.RECORD, roles=_LEADS, result="member",
        params=(_MEMBER, _WHY),
        long="The hub gives them nothing more; what they wrote before stays. The last lead cannot be removed." + _ONLINE,
    ),
    Action(
        id="member.revoke", verb=("member", "revoke"), title="revoke a device that was lost, stolen or given away",
        handler=_HERE + "revoke", slow=True, danger=Danger.RECORD, roles=_LEADS, result="revocation",
        params=(
            Param("device", "the beginning of its id, or the name of a member with one device", positional=True, required=True),
            Param("reason", "why", required=True),
        ),
        long="What the hub holds of its lanes stays good; what comes later under its key does not count." + _ONLINE,
    ),
    Action(
        id="entry.refused", verb=("refused",), title="list entries that were not accepted, why, and what to do",
        handler=_HERE + "list_refused", result="entries not accepted", params=(SAFE,),
        long="Nothing is lost: each is kept here. A lead can let one count whose author only lacked the right.",
    ),
    Action(
        id="entry.adopt", verb=("adopt",), title="let an entry count that its author had no right to write",
        handler=_HERE + "adopt", danger=Danger.RECORD, roles=_LEADS, result="adoption",
        params=(Param("event", "the beginning of its id, from: ircockpit refused", positional=True, required=True), _WHY,
            Param("confirm", "of an order to erase: its id once more, after what would go was shown", metavar="ID"),
        ),
        long="Works without the hub, and counts on every device that hears of it; the hub judges whether you may.",
    ),
)  # fmt: skip

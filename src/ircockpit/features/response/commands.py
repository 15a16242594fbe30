"""Commands of duty roles, the RACI table, escalation, checklists and partners."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with

_HERE = "ircockpit.features.response.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_ROLE = Param(
    "role", "the role: commander, engineer, legal, …", positional=True, required=True, ask="which role?"
)
_TO = Param("to", "who: a name, me, or nobody", required=True, metavar="NAME", ask="to whom?")
_WHY = Param("why", "the reason, kept with it")
_NOTE = roles_with(Capability.NOTE)

ACTIONS = (
    Action(
        id="role.list", verb=("role", "list"), title="show who has which duty role, since when, and what for",
        handler=_HERE + "list_roles", result="duty roles", params=(_INCIDENT, SAFE),
    ),
    Action(
        id="role.take", verb=("role", "take"), title="take a duty role on an incident", handler=_HERE + "take",
        danger=Danger.RECORD, roles=_NOTE, keys=("plus",), places=("incident",), screen="role_take", result="duty role",
        params=(_INCIDENT, _ROLE, _WHY),
        long="A role that was handed to you is yours once you take it. Where two people apart took one, whoever takes it"
        " again settles it. Duty roles say who does what; what somebody may record, their membership says.",
    ),
    Action(
        id="role.give", verb=("role", "give"), title="hand a duty role over: it moves once the other takes it",
        handler=_HERE + "give", danger=Danger.RECORD, roles=_NOTE, keys=("equals_sign",), places=("incident",),
        screen="role_give", result="duty role", params=(_INCIDENT, _ROLE, _TO, _WHY),
    ),
    Action(
        id="role.delegate", verb=("role", "delegate"), title="let somebody act in your duty role until a time",
        handler=_HERE + "delegate", danger=Danger.RECORD, roles=_NOTE, result="duty role",
        params=(
            _INCIDENT, _ROLE, _TO,
            Param("until", "when it ends: 30m, 4h, 17:00, or 2026-11-30T17:00+01:00", required=True, metavar="TIME"), _WHY,
        ),
    ),
    Action(
        id="role.release", verb=("role", "release"), title="give a duty role up", handler=_HERE + "release",
        danger=Danger.RECORD, roles=_NOTE, result="duty role", params=(_INCIDENT, _ROLE, _WHY),
    ),
    Action(
        id="response.raci", verb=("raci",), title="show who is accountable for which decision, and who may approve it",
        handler=_HERE + "raci", result="raci",
        params=(Param("decision", "one of them: declare, take_offline, close, …", positional=True),),
    ),
    Action(
        id="response.escalation", verb=("escalation",), title="show whom to call about an incident, and by when",
        handler=_HERE + "escalation", result="escalation", params=(_INCIDENT, SAFE),
        long="This sends nothing: people call, and record it with ircockpit called, or send a notice: ircockpit notify send.",
    ),
    Action(
        id="response.called", verb=("called",), title="record that the next one on the escalation path was called",
        handler=_HERE + "called", danger=Danger.RECORD, keys=("o",), places=("incident",), result="escalation",
        params=(
            _INCIDENT, Param("level", "which level; without it the next one", Kind.INT),
            Param("answer", "whether they answered", Kind.CHOICE, choices=("yes", "no")),
            Param("note", "what was said", ask="what did they say? (may stay empty)"),
        ),
    ),
    Action(
        id="checklist.show", verb=("checklist",), title="show the checklist of your duty roles, or of a role",
        handler=_HERE + "checklist", keys=("K",), places=("incident",), screen="checklist", result="checklist",
        params=(_INCIDENT, Param("role", "the role, where it is not your own"), SAFE),
    ),
    Action(
        id="checklist.tick", verb=("tick",), title="say that an item of a checklist is done", handler=_HERE + "tick",
        danger=Danger.RECORD, roles=_NOTE, keys=("c",), places=("checklist",), screen="tick", hint="done",
        result="check",
        params=(
            _INCIDENT, Param("item", "the item, as ircockpit checklist names it", positional=True, required=True),
            Param("undone", "it is not done after all", Kind.FLAG),
        ),
    ),
    Action(
        id="partner.add", verb=("partner", "add"), title="name an organisation outside that has to do with an incident",
        handler=_HERE + "add_partner", danger=Danger.RECORD, result="partner",
        params=(
            _INCIDENT, Param("organisation", "its name", positional=True, required=True),
            Param("part", "what it has to do with it: vendor, regulator, customer, police"),
            Param("who", "the person there; for those who read what is restricted", metavar="NAME"),
            Param("contact", "how they are reached; for those who read what is restricted"),
        ),
        long="Person and contact are entries of their own, which can be erased: ircockpit erase order.",
    ),
    Action(
        id="partner.list", verb=("partner", "list"), title="list the organisations outside that have to do with an incident",
        handler=_HERE + "list_partners", result="partners", params=(_INCIDENT, SAFE),
    ),
)  # fmt: skip

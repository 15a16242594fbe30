"""Commands about incidents: the queue, one incident, its timeline, and what people do with it."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.disclosure.events import AUDIENCES
from ircockpit.features.incidents.rules import SEVERITIES

_HERE = "ircockpit.features.incidents.actions:"
_WHY_NOT = "ircockpit.features.incidents.why_not:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)

ACTIONS = (
    Action(
        id="incident.queue", verb=("queue",), title="list open incidents and signals to review", handler=_HERE + "queue",
        screen="queue", keys=("Q",), places=("*",), result="queue",
        params=(
            Param("closed", "also show closed incidents", Kind.FLAG),
            SAFE,
            Param("filter", "only what this asks, as after / in the queue: 'sev:1 owner:me !contained age<2h dose'"),
            Param("view", "only what a saved view asks: mine, 'not stopped', or one of yours", metavar="NAME"),
        ),
        long="A filter is words and fields, all of which must hold; ! before one means its opposite. Words are found"
        " anywhere in title and impact, and in owner, system and short id; quotation marks hold several together, ~ph is"
        " letters in their order. Fields: sev:1,2 sev<=2 sev:high, owner:me owner:none owner:jo, state:open,failed"
        " state:working state:trouble, age<2h, opened>2026-11-23, system:bot, source:garak, impact:people, kind:privacy-leak,"
        " count>10,"
        " is:signals; alone stand contained asks mine waiting disputed provisional unsent closed. A row that has no such thing"
        " is not shown, whichever way it is asked."
        " Behind a severity ~ says provisional: nobody has triaged it yet. (!) says that people disagree, about"
        " what the incident shows. A closed incident stays listed while a control of it may be in force.",
    ),
    Action(
        id="incident.show", verb=("show",), title="show an incident: state, controls, impact, triage",
        handler=_HERE + "show", params=(_INCIDENT, SAFE), keys=("i",), places=("queue", "incident", "stop"), result="incident",
    ),
    Action(
        id="incident.open", verb=("open",), title="declare an incident without a signal", handler=_HERE + "declare",
        danger=Danger.RECORD, keys=("o",), places=("queue",), result="incident",
        params=(
            Param("title", "what is wrong, in a few words", positional=True, required=True, ask="What is wrong?"),
            Param("system", "name of the system concerned"),
            Param("severity", "severity until somebody triages it", Kind.CHOICE, choices=SEVERITIES, default="SEV2"),
            Param("impact", "who is reached, in words: 4,000 people"),
            Param("occurred", "when it began: 14:03, or 2026-11-23T14:03+01:00", Kind.TIME),
        ),
    ),
    Action(
        id="incident.timeline", verb=("timeline",), title="show what happened, in order", handler=_HERE + "timeline",
        keys=("L",), places=("queue", "incident", "stop"), result="timeline rows",
        params=(
            _INCIDENT,
            Param("limit", "the newest N entries", Kind.INT, default=200),
            Param("filter", "only what this asks of all entries: 'who:jo what:note since:2h !erased words'"),
            Param("before", "only entries older than this one (the beginning of its event id)", metavar="EVENT"),
            Param("all", "every event, also those the timeline leaves out", Kind.FLAG),
            Param("local", "times in this machine's zone instead of UTC", Kind.FLAG),
            Param("for", "for whom: what may not go there is held back, and no words of others are shown", Kind.CHOICE,
                  choices=AUDIENCES, keyword="audience"),
            SAFE,
        ),
        long="A filter is words and fields, as in the queue: who:jo who:me, what:note, since:14:03 since:2h,"
        " before:2026-11-23; alone stand unsent and doubted. Times are meant in the zone they are shown in: UTC, or with --local"
        " this machine's."
        " Before a time ~ says that the hub has not confirmed the entry yet; it is kept on this device.",
    ),
    Action(
        id="incident.take", verb=("take",), title="take an incident: you are its owner now", handler=_HERE + "take",
        danger=Danger.RECORD, keys=("T",), places=("queue", "incident", "stop"), hint="take", result="incident",
        undo="incident.give", params=(_INCIDENT,),
        why_not=_WHY_NOT + "take",
    ),
    Action(
        id="incident.give", verb=("give",), title="give an incident back: nobody owns it", handler=_HERE + "give",
        danger=Danger.RECORD, keys=("B",), places=("queue", "incident"), result="incident", undo="incident.take",
        params=(_INCIDENT,), why_not=_WHY_NOT + "give",
    ),
    Action(
        id="incident.note", verb=("note",), title="add a note to an incident's timeline", handler=_HERE + "note",
        danger=Danger.RECORD, roles=roles_with(Capability.NOTE), keys=("n",), places=("*",), hint="note", result="entry",
        params=(
            _INCIDENT,
            Param("text", "the note", positional=True, required=True, many=True, ask="note"),
            Param("occurred", "when it happened, if not now: 14:03, or 2026-11-23T14:03+01:00", Kind.TIME),
            Param("privileged", "into the privileged record beside the incident", Kind.FLAG),
        ),
        long="A note is kept as written and never changed; a correction is a further note.",
    ),
    Action(
        id="incident.settle", verb=("settle",), title="settle a disagreement about a field", handler=_HERE + "settle",
        danger=Danger.RECORD, screen="settle", keys=("X",), places=("queue", "incident"), result="incident",
        why_not=_WHY_NOT + "settle",
        params=(
            _INCIDENT,
            Param("field", "the field people disagree about", positional=True, required=True),
            Param("value", "the value that holds", positional=True, required=True, ask="value that holds"),
            Param("why", "reason, kept with the decision", ask="why"),
        ),
    ),
    Action(
        id="incident.close", verb=("close",), title="close an incident", handler=_HERE + "close", danger=Danger.RECORD,
        keys=("C",), places=("queue", "incident", "triage"), result="incident", undo="incident.reopen",
        why_not=_WHY_NOT + "close",
        params=(
            _INCIDENT, Param("why", "reason, kept with the decision", required=True, ask="why is it over?"),
            Param("in_force", "close it although a control of it stays in force", Kind.FLAG),
        ),
        long="Refused while a control of it may still be in force, unless --in-force says that it is to stay.",
    ),
    Action(
        id="incident.reopen", verb=("reopen",), title="open a closed incident again", handler=_HERE + "reopen",
        danger=Danger.RECORD, keys=("O",), places=("queue", "incident"), result="incident", undo="incident.close",
        why_not=_WHY_NOT + "reopen",
        params=(_INCIDENT, Param("why", "reason, kept with the decision", required=True, ask="why again?")),
    ),
)  # fmt: skip

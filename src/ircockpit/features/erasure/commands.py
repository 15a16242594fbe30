"""Commands about holding, erasing and who may read."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param

_HERE = "ircockpit.features.erasure.actions:"
_SCOPES = "ircockpit.features.erasure.scopes:"
_ENTRIES = Param(
    "entry", "beginning of an entry's event id", positional=True, required=True, many=True, metavar="ENTRY"
)
_REASON = Param("reason", "why, kept with the record", required=True, ask="why?")

ACTIONS = (
    Action(
        id="hold.place", verb=("hold", "place"), title="keep an incident or an entry from being erased",
        handler=_HERE + "place", danger=Danger.RECORD, result="hold",
        params=(
            Param("target", "short id of an incident, or the beginning of an entry's event id", positional=True, required=True),
            _REASON,
        ),
        long="Anybody can, offline too, and it counts at once. Several holds on one thing: all must be released.",
    ),
    Action(
        id="hold.release", verb=("hold", "release"), title="lift a hold", handler=_HERE + "release", danger=Danger.RECORD,
        result="hold",
        params=(Param("hold", "short id of the hold (h-…)", Kind.ID, positional=True, required=True), _REASON),
        long="Needs the role lead; with a hub it counts once the hub has accepted it.",
    ),
    Action(
        id="hold.list", verb=("hold", "list"), title="list holds", handler=_HERE + "list_holds", result="holds",
        params=(Param("incident", "only this incident's", Kind.ID, positional=True), SAFE),
    ),
    Action(
        id="erasure.order", verb=("erase", "order"), title="take entries' words away everywhere, for good",
        handler=_HERE + "erase",
        danger=Danger.WIDE, result="erasure plan", slow=True,
        params=(
            Param("entry", "beginning of an entry's event id", positional=True, many=True, metavar="ENTRY"),
            _REASON,
            Param("parts", "only these parts, counted from 0: 0,2", metavar="NUMBERS"),
            Param("name_of", "every entry that states this person's name", metavar="PERSON"),
            Param("confirm", "the first entry's id once more, as the plan shows it", metavar="ID"),
        ),
        long="Without --yes the plan is shown: what goes, who holds copies, what cannot be promised. Needs the role lead."
        " What stays: who wrote it, when, its kind, and every proof. Nothing under a hold is erased.",
    ),
    Action(
        id="erasure.status", verb=("erase", "status"), title="show which devices have erased what was ordered",
        handler=_HERE + "status", result="erasures", slow=True, params=(SAFE,),
        effect="adds nothing, and takes away first what is still to go from this device",
    ),
    Action(
        id="scope.narrow", verb=("scope", "narrow"), title="let fewer people read entries", handler=_SCOPES + "narrow",
        danger=Danger.RECORD, result="scope",
        params=(
            _ENTRIES,
            Param("to", "who may read them still", Kind.CHOICE, choices=("restricted", "privileged"), default="restricted"),
            Param("parts", "only these parts, counted from 0: 0,2", metavar="NUMBERS"),
            _REASON,
        ),
        long="Anybody can, offline too. Devices whose role does not read the scope drop the words once the hub holds"
        " them, and show them as withheld. Their writer keeps them.",
    ),
    Action(
        id="scope.widen", verb=("scope", "widen"), title="let more people read entries again", handler=_SCOPES + "widen",
        danger=Danger.RECORD, result="scope",
        params=(
            _ENTRIES,
            Param("to", "who may read them", Kind.CHOICE, choices=("team", "restricted", "privileged"), default="team"),
            _REASON,
        ),
        long="Needs the role lead. Devices that had dropped the words fetch them with: ircockpit scope fetch",
    ),
    Action(
        id="scope.fetch", verb=("scope", "fetch"), title="fetch withheld words from the hub, which is recorded",
        handler=_SCOPES + "fetch", danger=Danger.RECORD, result="fetched", slow=True,
        params=(
            Param("entry", "beginning of the entry's event id", positional=True, required=True, metavar="ENTRY"),
            Param("why", "why you need to read it; it is recorded", required=True, ask="why?"),
        ),
    ),
)  # fmt: skip

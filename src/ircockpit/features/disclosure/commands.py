"""Commands about disclosure: what may go to whom, and the markings of an incident."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with
from ircockpit.features.disclosure.events import AUDIENCES, CLASSES, EVERYTHING, MARKINGS

_HERE = "ircockpit.features.disclosure.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_CLASS = Param("about", "which class of facts; everything: the whole incident", Kind.CHOICE, positional=True, required=True,
               choices=(*CLASSES, EVERYTHING))  # fmt: skip
_TLP = Param(
    "tlp",
    "its marking from now on, of TLP 2.0",
    Kind.CHOICE,
    positional=True,
    required=True,
    choices=MARKINGS,
)

ACTIONS = (
    Action(
        id="disclosure.show", verb=("disclosure", "show"), title="show what of an incident may go to whom, with its markings",
        handler=_HERE + "show", result="disclosure",
        params=(
            Param("incident", "short id of the incident; without one what holds of all", Kind.ID, positional=True),
            Param("for", "only what this audience is given", Kind.CHOICE, choices=AUDIENCES, keyword="audience"),
            Param("file", "look at this file instead of the one that holds: says file, line and what is wrong", Kind.PATH),
        ),
        long="A file disclosure.yaml in the profile takes the place of the matrix of the program. It is read whole or not at"
        " all: while it is wrong, nothing leaves for anybody but those inside.",
    ),
    Action(
        id="disclosure.raise", verb=("disclosure", "raise"), title="raise the marking of a class of facts: fewer may read it",
        handler=_HERE + "raise_", danger=Danger.RECORD, roles=roles_with(Capability.NOTE), result="disclosure",
        params=(_INCIDENT, _CLASS, _TLP, Param("why", "why", default="")),
    ),
    Action(
        id="disclosure.lower", verb=("disclosure", "lower"), title="lower the marking of a class of facts, with a reason",
        handler=_HERE + "lower", danger=Danger.RECORD, roles=roles_with(Capability.LEAD), result="disclosure",
        params=(_INCIDENT, _CLASS, _TLP, Param("why", "why more may read it", required=True)),
        long="A class goes only to the audiences that the matrix names for it, however low its marking is.",
    ),
)  # fmt: skip

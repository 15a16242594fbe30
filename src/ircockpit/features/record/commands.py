"""Commands about the record itself: verify it, rebuild what is made from it, examine this workstation."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.record.actions:"

ACTIONS = (
    Action(
        id="record.verify",
        verb=("verify",),
        title="check that the record is whole, in order and signed",
        handler=_HERE + "verify",
        slow=True,
        keys=("V",),
        places=("queue", "incident"),
        result="verification",
        params=(
            Param("incident", "only this incident's record", Kind.ID, positional=True),
            Param("heads", "one signature a lane, the hash chain for the rest: quicker", Kind.FLAG),
        ),
        long="Names device, place in its lane and event where a byte was changed, an event is missing or"
        " stands elsewhere, and what to do. Exit code 6 when something is wrong.",
    ),
    Action(
        id="record.rebuild",
        verb=("rebuild",),
        title="make view.db anew from the log",
        handler=_HERE + "rebuild",
        slow=True,
        danger=Danger.RECORD,
        roles=EVERYBODY,
        result="rebuild",
        long="The log is not changed. Says whether the view had shown what the log holds.",
    ),
    Action(
        id="record.doctor",
        verb=("doctor",),
        title="examine this workstation: databases, keys, hub",
        handler=_HERE + "doctor",
        slow=True,
        keys=("D",),
        places=("*",),
        result="doctor lines",
        long="Each line says ok, warn or bad, what it is about, and what to do. Exit code 6 when one is bad.",
    ),
)

"""Commands of containment: stop first, and everything that can be done with a control afterwards."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.containment.actions:"
_NOTHING_ON = "ircockpit.features.containment.queries:nothing_on"

ACTIONS = (
    Action(
        id="containment.stop", verb=("stop",), title="stop the harm: declare, plan, confirm, send, prove",
        handler=_HERE + "stop", danger=Danger.OUTSIDE, keys=("exclamation_mark",), places=("queue", "incident"),
        hint="stop", result="containment action", screen="stop",
        params=(
            Param("target", "incident, or signals that become one (g-…)", Kind.ID, positional=True, required=True),
            Param(
                "control", "digit or name of the control; left out, the controls are shown, or with --dry-run the plan of"
                " the first that can be used", positional=True,
            ),
            Param("dry_run", "show the exact requests and what the probe reads now; send nothing", Kind.FLAG),
            Param("reason", "why, kept with the approval"),
            Param("confirm", "the incident's short id once more, for what reaches everybody", metavar="ID"),
        ),
        long="Without --yes the plan is shown and nothing is sent. What the plan shows is what is sent.",
    ),
    Action(
        id="containment.list", verb=("contain", "list"), title="list an incident's containment actions and their states",
        handler=_HERE + "list_actions", keys=("c",), places=("queue", "incident"),
        result="containment actions", screen="containment",
        params=(Param("incident", "short id of the incident", Kind.ID, positional=True, required=True), SAFE),
    ),
    Action(
        id="containment.check",
        verb=("contain", "check"),
        title="check that a control is in force: read it back, probe it once",
        handler=_HERE + "check",
        slow=True, danger=Danger.RECORD, keys=("R",), places=("incident", "stop"), result="containment action", screen="check",
        why_not=_NOTHING_ON,
        params=(Param("action", "short id of the action (a-…)", Kind.ID, positional=True, required=True),),
        long="A check only reads, on any device that has the connector and has accepted the target's address. Where the"
        " target does not answer, the state is not known now: exit code 3 or 4, and when it was last read.",
    ),
    Action(
        id="containment.revert", verb=("contain", "revert"), title="take a control back to what was observed before it",
        handler=_HERE + "revert", danger=Danger.WIDE, keys=("U",), places=("incident", "stop"), result="containment action",
        screen="revert", why_not=_NOTHING_ON,
        params=(
            Param("action", "short id of the action (a-…)", Kind.ID, positional=True, required=True),
            Param("reason", "why it is safe to lift, kept with the approval", required=True, ask="why is it safe?"),
            Param("confirm", "the action's short id once more", metavar="ID"),
        ),
        long="Lifting a stop needs a reason and the action's id typed again. It is refused while somebody else has"
        " changed the control since, or while a later action on the same control is in force.",
    ),
    Action(
        id="containment.connectors", verb=("contain", "connectors"), title="list the connectors and their actions",
        handler=_HERE + "connectors", result="connectors",
    ),
    Action(
        id="containment.trust", verb=("contain", "trust"), title="trust a local connector file on this device",
        handler=_HERE + "trust", danger=Danger.RECORD, roles=EVERYBODY, result="connectors",
        params=(Param("connector", "id of the connector", positional=True, required=True),),
        long="Trust holds for the file as it is now; a changed byte takes it away.",
    ),
)  # fmt: skip

"""Commands of containment: stop first, and everything that can be done with a control afterwards."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY, Capability, roles_with

_TOGETHER = "ircockpit.features.containment.together:"
_ACTION = Param("action", "short id of the action (a-…)", Kind.ID, positional=True, required=True)
_RECORD = _ACTION._replace(name="record")
_PROPOSAL = _ACTION._replace(name="proposal", help="short id of the action that waits (a-…)")
_BROKEN = _ACTION._replace(name="broken", help="short id of the action that was done by break-glass (a-…)")
_KEEPING = "ircockpit.features.containment.keeping:"
_BY_HAND = "ircockpit.features.containment.by_hand:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_CONTROL = Param(
    "control", "digit or name of the control", positional=True, required=True, ask="which control?"
)
_CHAIN = "ircockpit.features.containment.chain_actions:"
_CONFIRM = Param("confirm", "the action's short id once more", metavar="ID")
_HERE = "ircockpit.features.containment.actions:"
_NOTHING_ON = "ircockpit.features.containment.queries:nothing_on"

_CONNECTOR = "ircockpit.features.containment.connector_actions:"
_TRIES = (
    Param("connector", "id of a connector that is trusted here", positional=True, required=True),
    Param("target", "recorded target: SYSTEM/TARGET", required=True),
    Param("only", "id of an action; without it all of them", many=True, metavar="ACTION"),
    Param("param", "value of a parameter: NAME=VALUE or ACTION.NAME=VALUE", many=True),
    Param("server", "version of the server, where the connector does not ask for it", metavar="VERSION"),
    Param("confirm", "id of an action that is to be sent and taken back", many=True, metavar="ACTION"),
)
_LONG = (
    "Each action is read, probed and planned; the exact requests and the way back are shown. Those that --confirm names are"
    " then sent, read back, probed until effective, taken back, and probed until users are served again, twice. An action is"
    " not tried that cannot be taken back, is on already, needs two people, or would prove nothing. Where a trial was cut off,"
    " the next one takes it back first, and so does readiness prove."
)

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
            Param("break_glass", "go on without the second person that it needs; needs --reason and --confirm", Kind.FLAG),
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
        id="containment.preserve",
        verb=("contain", "preserve"),
        title="keep what the system's record names as evidence: conversations, statistics, configuration",
        handler="ircockpit.features.containment.preserving:preserve_now",
        slow=True, danger=Danger.RECORD, result="preserved rows",
        params=(_INCIDENT, Param("stop", "stop what is being read", Kind.FLAG)),
        long="It begins by itself when a plan is opened, and runs beside it. It only reads, from targets that this device"
        " has accepted, and nothing where a duty forbids copies about the incident.",
    ),
    Action(
        id="containment.revert", verb=("contain", "revert"), title="take a control back to what was observed before it",
        handler=_HERE + "revert", danger=Danger.WIDE, keys=("U",), places=("incident", "stop"), result="containment action",
        screen="revert", why_not=_NOTHING_ON,
        params=(
            Param("action", "short id of the action (a-…)", Kind.ID, positional=True, required=True),
            Param("reason", "why it is safe to lift, kept with the approval; where a fix verdict holds it may be left out",
                  default=""),
            Param("verdict", "the run that says that the fix holds; the newest that says anything unless it is named",
                  default="", metavar="RUN"),
            Param("despite", "why it is lifted although the newest verdict fails", default="", metavar="WHY"),
            Param("route", "how users come to what a verdict is about, where another model or address was asked than before",
                  default="", metavar="WORDS"),
            Param("confirm", "the action's short id once more", metavar="ID"),
        ),
        long="Lifting a stop needs a fix verdict or a reason, and the action's id typed again. A verdict holds where a run after"
        " the fix, at a place where no control was in force, asked all that the run before it had asked, reproduced nothing,"
        " and is no older than a day; it is signed with the lifting. Where the newest one fails, only --despite goes on;"
        " one about another model or address than users were asked at counts only with --route."
        " It is refused while somebody else has changed the control since, or while a later action on the same control is in"
        " force.",
    ),
    Action(
        id="containment.approve", verb=("contain", "approve"), title="approve the plan that a colleague proposed",
        handler=_TOGETHER + "approve", danger=Danger.WIDE, keys=("a",), places=("stop",), screen="approve",
        effect="adds to the record; what it approves can then be sent", roles=roles_with(Capability.APPROVE),
        result="approval", params=(_PROPOSAL, Param("reason", "why, kept with the approval", default=""), _CONFIRM),
        long="It approves exactly the plan of that hash: all that is shown is computed from what the hash is over. A device"
        " of another person is needed; a further device of the one who proposed it is no second person.",
    ),
    Action(
        id="containment.send", verb=("contain", "send"), title="send a plan that enough people have approved",
        handler=_TOGETHER + "send", danger=Danger.WIDE, result="containment action", params=(_PROPOSAL, _CONFIRM),
        long="On the device that proposed it, once. The target is read again: where it is not as it was approved, or somebody"
        " who approved has lost the right to since, nothing is sent.",
    ),
    Action(
        id="containment.attest", verb=("contain", "attest"), title="note that somebody agreed who has no device here",
        handler=_TOGETHER + "attest", danger=Danger.RECORD, result="approval",
        params=(_PROPOSAL, Param("name", "who", positional=True, required=True, ask="who agreed?")),
        long="It is kept and shown as attested, and counts for no approval.",
    ),
    Action(
        id="containment.review", verb=("contain", "review"), title="review a break-glass: was it right?",
        handler=_TOGETHER + "review", danger=Danger.RECORD, keys=("r",), places=("stop",),
        roles=roles_with(Capability.APPROVE), result="review",
        params=(
            _BROKEN,
            Param("verdict", "right or wrong", Kind.CHOICE, positional=True, required=True, choices=("right", "wrong"),
                  ask="right or wrong"),
            Param("why", "in a sentence", positional=True, required=True, many=True, ask="why?"),
        ),
        long="By somebody else than who broke the glass. Until then it stands among what waits.",
    ),
    Action(
        id="containment.extend", verb=("contain", "extend"), title="let a control stay on longer: its reminder comes later",
        handler=_KEEPING + "extend", danger=Danger.RECORD, keys=("e",), places=("stop",), result="extension",
        why_not=_NOTHING_ON,
        params=(
            _ACTION,
            Param("hours", "from now", positional=True, required=True, ask="how many hours from now?"),
            Param("reason", "why it has to stay on", required=True, ask="why does it have to stay on?"),
        ),
        long="Nothing is sent: nothing is ever switched back by a clock either. Anybody who may record may extend, since it"
        " serves nobody more than before.",
    ),
    Action(
        id="containment.hand", verb=("contain", "hand"), title="hand over who answers for a control in force",
        handler=_KEEPING + "hand", danger=Danger.RECORD, keys=("w",), places=("stop",), result="answers",
        why_not=_NOTHING_ON,
        params=(
            _ACTION,
            Param("to", "a name, or me", positional=True, required=True, ask="who answers for it from now on?"),
            Param("note", "what they should know", default=""),
        ),
    ),
    Action(
        id="containment.due", verb=("contain", "due"), title="list what waits for people on controls, of all incidents",
        handler=_KEEPING + "due", result="what waits", params=(SAFE,),
        long="Plans that wait for approval or to be sent, a break-glass nobody has reviewed, controls that are past their"
        " time or that somebody else has changed, and what a trial or a proof left on, with the command that takes it back.",
    ),
    Action(
        id="containment.show", verb=("contain", "show"), title="show a control's record: steps, authority, proof, what was kept",
        handler="ircockpit.features.containment.showing:show", keys=("v",), places=("stop",), result="containment record",
        why_not="ircockpit.features.containment.showing:nothing_planned", params=(_RECORD, SAFE),
        long="Time to contain is the time from sending to effective. What of the incident was not captured before the change is"
        " named.",
    ),
    Action(
        id="containment.card", verb=("contain", "card"), title="write the steps of a control for doing it by hand",
        handler=_BY_HAND + "card", result="card", effect="changes nothing in the profile, and writes the file that is named",
        params=(
            _INCIDENT, _CONTROL,
            Param("to", "a file to write it to", Kind.PATH, metavar="FILE"),
        ),
        long="Works without a network: nothing is read or sent. The curl commands hold no secret; where one is needed, the card"
        " names its source.",
    ),
    Action(
        id="containment.by_hand", verb=("contain", "by-hand"), title="record what was switched on, or lifted, by hand",
        handler=_BY_HAND + "by_hand", danger=Danger.RECORD, result="containment action",
        params=(
            _INCIDENT, _CONTROL,
            Param("did", "what was done, by whom and when", positional=True, required=True, many=True, ask="what was done?"),
            Param("lifted", "it was lifted by hand", Kind.FLAG),
        ),
        long="It stands as attested, apart from what was proved effective, until a check or a stop from here says more.",
    ),
    Action(
        id="containment.recipes", verb=("contain", "recipes"), title="list the recipes of an incident's system",
        handler=_CHAIN + "list_recipes", result="recipes", params=(_INCIDENT,),
        long="A recipe is a file in the profile's folder recipes: steps of controls that belong together, with what must hold"
        " between them.",
    ),
    Action(
        id="containment.chain", verb=("contain", "chain"), title="run a recipe: stop, swap, lift the stop, each step verified",
        handler=_CHAIN + "chain", danger=Danger.WIDE, keys=("p",), places=("stop",), screen="chain", result="chain",
        params=(
            _INCIDENT, Param("recipe", "its name", positional=True, required=True),
            Param("from", "the step to go on with", Kind.INT, default=1, keyword="start"),
            Param("reason", "why, kept with each approval"),
            Param("confirm", "the incident's short id once more", metavar="ID"),
        ),
        long="All of it is planned and shown first. Each step is approved, sent, read back and probed by itself; the first that"
        " is not as it must be ends the chain, and what is in force then is said. A step that needs two people is proposed,"
        " and the chain goes on with --from once it was sent.",
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
    Action(
        id="connector.lint", verb=("connector", "lint"), title="check a connector file: every finding with line and fix",
        handler=_CONNECTOR + "lint", result="connector findings",
        params=(Param("file", "the connector file", Kind.PATH, positional=True, required=True),),
    ),
    Action(
        id="connector.choices", verb=("connector", "choices"), title="list what a target offers for a parameter of a control",
        handler=_CONNECTOR + "offered", result="connector choices",
        params=(
            _TRIES[0],
            Param("action", "id of the action", positional=True, required=True),
            Param("name", "name of the parameter", positional=True, required=True), *_TRIES[1:2], _TRIES[3],
        ),
    ),
    Action(
        id="connector.try", verb=("connector", "try"), title="try a connector on a real target, there and back, for its badge",
        handler=_CONNECTOR + "try_out", danger=Danger.OUTSIDE, result="connector trial", params=_TRIES,
        long=_LONG,
    ),
    Action(
        id="connector.record", verb=("connector", "record"),
        title="try a connector and record the exchanges, redacted, for tests",
        handler=_CONNECTOR + "try_out", danger=Danger.OUTSIDE, result="connector trial",
        params=(*_TRIES, Param("to", "folder for the files", Kind.PATH, required=True, metavar="FOLDER")), long=_LONG,
    ),
)  # fmt: skip

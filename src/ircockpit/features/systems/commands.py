"""Commands about systems."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY
from ircockpit.features.systems.rules import CONTEXTS

_HERE = "ircockpit.features.systems.actions:"

ACTIONS = (
    Action(
        id="starting.init",
        verb=("init",),
        title="lead through a first system: its gateway, and one control that is proved",
        handler="ircockpit.features.starting.actions:init",
        danger=Danger.OUTSIDE,
        asks=True,
        result="first control",
        slow=True,
        effect="records a system and reaches its gateway: it asks at a terminal before anything is switched; else `--yes`",
        params=(
            Param("system", "name of the AI system", positional=True),
            Param("me", "your name, as colleagues see it", metavar="NAME"),
            Param("owner", "team or person that owns the system"),
            Param("on_call", "how its on-call is reached", metavar="HOW"),
            Param("admin", "address of the gateway's control API; it is asked what it is", metavar="ADDRESS"),
            Param("ca", "file of the authority that signed its certificate", metavar="FILE"),
            Param("auth", "header and secret source for it: HEADER: SOURCE; never the secret"),
            Param("connector", "the kind of gateway, where it is not to be found out", metavar="NAME"),
            Param("probe", "address that users reach, or none", metavar="ADDRESS"),
            Param("probe_auth", "the same as --auth, for that address", metavar="AUTH"),
            Param(
                "control", "which of the connector's controls; the first unless it is said", metavar="ACTION"
            ),
            Param("param", "a parameter of the control: NAME=VALUE", many=True),
            Param(
                "match",
                "labels by which its signals are known: LABEL=PATTERN[,LABEL=PATTERN], or none",
                metavar="RULE",
            ),
            Param(
                "confirm", "with --yes: name of the control that is switched on and back", metavar="CONTROL"
            ),
            Param("dry_run", "record it and show what would be sent; nothing is switched", Kind.FLAG),
            Param("fresh", "begin anew, without the answers kept from before", Kind.FLAG),
        ),
        long="Asks at the terminal for what is not given; each question has help (?) and can be left, and the same command goes"
        " on there. What answers at --admin is found out with questions that change nothing. The control is read, the users'"
        " address probed and the exact plan shown; then, after one confirmation, it is switched on and back, twice. What is"
        " recorded is what `ircockpit system add` records. Without a terminal --yes with --confirm does it, --dry-run only"
        " looks, and what is missing is named.",
    ),
    Action(
        id="system.add",
        verb=("system", "add"),
        title="record a system, its controls and their targets",
        handler=_HERE + "add",
        danger=Danger.RECORD,
        result="system",
        params=(
            Param(
                "name",
                "short name of the system, or a YAML file that describes it",
                positional=True,
                required=True,
                metavar="NAME|FILE",
            ),
            Param("owner", "team or person that owns it"),
            Param("on_call", "how its on-call is reached"),
            Param(
                "context", "who it serves; customer-facing unless it is said", Kind.CHOICE, choices=CONTEXTS
            ),
            Param(
                "match",
                "labels by which its signals are known: LABEL=PATTERN[,LABEL=PATTERN]",
                many=True,
                metavar="RULE",
            ),
            Param(
                "target",
                "where controls go: NAME=ADMIN-ADDRESS,PROBE-ADDRESS; without a probe its stops stay unverified",
                many=True,
            ),
            Param("auth", "header and secret source of a target: NAME=HEADER: SOURCE", many=True),
            Param(
                "probe_auth",
                "the same for its data plane, as users show it: NAME=HEADER: SOURCE",
                many=True,
            ),
            Param(
                "ca",
                "file of a private certificate authority on this device: NAME=FILE",
                many=True,
                metavar="NAME=FILE",
            ),
            Param(
                "cert",
                "file with the client certificate and its key that the control is shown: NAME=FILE",
                many=True,
                metavar="NAME=FILE",
            ),
            Param(
                "probes",
                "a further address of its data plane, one for each replica that can be asked by itself: NAME=ADDRESS",
                many=True,
                metavar="NAME=ADDRESS",
            ),
            Param(
                "replicas",
                "how many replicas answer behind a probe address: NAME=NUMBER; each is asked",
                many=True,
                metavar="NAME=NUMBER",
            ),
            Param("control", "a control: NAME=CONNECTOR/ACTION@TARGET[:PARAM=VALUE,…]", many=True),
            Param(
                "preserve",
                "what is kept as evidence when a plan opens: NAME=CONNECTOR/WHAT@TARGET[:PARAM=VALUE,…]",
                many=True,
                metavar="NAME=WHAT",
            ),
            Param("fallback", "what answers instead when it is stopped"),
            Param(
                "escalate",
                "who is called in turn where nobody takes its incidents, with the minutes each has",
                many=True,
                metavar="WHO[=HOW][/MINUTES]",
            ),
            Param("affected", "how many people it reaches, in words"),
        ),
        long="The addresses given here are accepted on this device. Another device shows them and asks once"
        " (ircockpit system trust) before it sends anything there. The order of --control is the order of the digits."
        " Of a system that is recorded already, what is not given stays as it is.",
    ),
    Action(
        id="system.list",
        verb=("system", "list"),
        title="list the systems recorded",
        handler=_HERE + "list_all",
        result="system rows",
        params=(SAFE,),
    ),
    Action(
        id="system.show",
        verb=("system", "show"),
        title="show a system with its controls and targets",
        handler=_HERE + "show",
        result="system",
        params=(Param("name", "name of the system", positional=True, required=True), SAFE),
    ),
    Action(
        id="system.trust",
        verb=("system", "trust"),
        title="accept a system's target addresses on this device",
        handler=_HERE + "trust",
        danger=Danger.RECORD,
        roles=EVERYBODY,
        result="system",
        params=(Param("name", "name of the system", positional=True, required=True),),
        long="A system recorded by a colleague names addresses. Nothing is sent there until somebody at this device"
        " has read and accepted them.",
    ),
)

"""The command that begins: a system, its gateway, and one control that is proved."""

from ircockpit.command.action import Action, Danger, Kind, Param

_HERE = "ircockpit.features.starting.actions:"

ACTIONS = (
    Action(
        id="starting.init", verb=("init",), title="lead through a first system: its gateway, and one control that is proved",
        handler=_HERE + "init", danger=Danger.OUTSIDE, asks=True, result="first control", slow=True,
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
            Param("control", "which of the connector's controls; the first unless it is said", metavar="ACTION"),
            Param("param", "a parameter of the control: NAME=VALUE", many=True),
            Param("match", "labels by which its signals are known: LABEL=PATTERN[,LABEL=PATTERN], or none", metavar="RULE"),
            Param("confirm", "with --yes: name of the control that is switched on and back", metavar="CONTROL"),
            Param("dry_run", "record it and show what would be sent; nothing is switched", Kind.FLAG),
            Param("fresh", "begin anew, without the answers kept from before", Kind.FLAG),
        ),
        long="Asks at the terminal for what is not given; each question has help (?) and can be left, and the same command goes"
        " on there. What answers at --admin is found out with questions that change nothing. The control is read, the users'"
        " address probed and the exact plan shown; then, after one confirmation, it is switched on and back, twice. What is"
        " recorded is what `ircockpit system add` records. Without a terminal --yes with --confirm does it, --dry-run only"
        " looks, and what is missing is named.",
    ),
)  # fmt: skip

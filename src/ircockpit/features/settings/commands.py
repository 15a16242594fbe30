"""Commands about the settings of a person, and about the rule files of an organisation."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY, Capability, roles_with

_HERE = "ircockpit.features.settings.actions:"
_RULES = "ircockpit.features.settings.rulefiles:"
_RULEFILE = Param(
    "rulefile", "short id of the proposed file (f-…), as rules list shows it", positional=True, required=True
)

ACTIONS = (
    Action(
        id="settings.show",
        verb=("settings", "show"),
        title="show every setting, where its value comes from, and what it does",
        handler=_HERE + "show",
        keys=("comma",),
        places=("*",),
        screen="settings",
        result="settings",
        long="They stand in config.toml in the profile's folder. What is wrong there is told with its line, and the default"
        " holds; a cockpit that runs already reads the file anew when something is set in it.",
    ),
    Action(
        id="settings.set",
        verb=("settings", "set"),
        title="change a setting",
        handler=_HERE + "set_value",
        danger=Danger.RECORD,
        effect="changes one line of config.toml in the profile; comments and everything else in it stay",
        roles=EVERYBODY,
        result="setting",
        params=(
            Param(
                "name",
                "its name, as settings show lists it; keys.ID for the keys of an action",
                positional=True,
                required=True,
            ),
            Param(
                "value",
                "its new value; for keys one or several, with a blank between",
                positional=True,
                required=True,
                many=True,
            ),
        ),
        long="ircockpit settings set keys.incident.take t gives an action another key. Nothing is written where the value"
        " does not fit, or where the file could not be read back as it was with this one change.",
    ),
    Action(
        id="rulefile.list", verb=("rules", "list"), title="list the rule files that are used here, and whose they are",
        handler=_RULES + "list_all", result="rules",
        long="Rule files are roles, RACI table and escalation (response), criteria and forms (triage), duties (clocks), templates"
        " of notices, recipes of controls, and the matrix of disclosure. What was agreed on is used before what lies in this"
        " profile alone.",
    ),
    Action(
        id="rulefile.show", verb=("rules", "show"), title="show a proposed rule file, or what is other in it",
        handler=_RULES + "show", result="rule file with text",
        params=(_RULEFILE, Param("diff", "what is other than in the one in force", Kind.FLAG)),
    ),
    Action(
        id="rulefile.propose", verb=("rules", "propose"), title="propose a rule file to the organisation",
        handler=_RULES + "propose", danger=Danger.RECORD, result="rule file",
        params=(
            Param("file", "the file; one in the profile's own folders says by itself what it is for", Kind.PATH,
                  positional=True, required=True),
            Param("for", "what it is for: triage/criteria.yaml, clocks/contract.yaml", keyword="place", metavar="PLACE"),
            Param("why", "why it is proposed", default=""),
        ),
    ),
    Action(
        id="rulefile.approve", verb=("rules", "approve"), title="let a rule file that somebody else proposed be in force",
        handler=_RULES + "approve", danger=Danger.RECORD, roles=roles_with(Capability.APPROVE), result="rule file",
        params=(_RULEFILE, Param("why", "why it is good", required=True)),
    ),
    Action(
        id="rulefile.retire", verb=("rules", "retire"), title="take a rule file out of force",
        handler=_RULES + "retire", danger=Danger.RECORD, roles=roles_with(Capability.APPROVE), result="rule file",
        params=(
            _RULEFILE, Param("why", "why", required=True), Param("withdraw", "it is not retired after all", Kind.FLAG),
        ),
    ),
)  # fmt: skip

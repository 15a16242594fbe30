"""Commands about the settings: all of them with their values, and one changed."""

from ircockpit.command.action import Action, Danger, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.settings.actions:"

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
)

"""Commands about people: the name under which one's entries are shown."""

from ircockpit.command.action import Action, Danger, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.people.actions:"

ACTIONS = (
    Action(
        id="person.name",
        verb=("person", "name"),
        title="set the name that colleagues see beside your entries",
        handler=_HERE + "set_name",
        danger=Danger.RECORD,
        roles=EVERYBODY,
        result="person",
        params=(Param("name", "the name; left out, the present one is shown", positional=True, many=True),),
        long="Entries carry a pseudonym; the name stands in an entry of its own that can be erased.",
    ),
)

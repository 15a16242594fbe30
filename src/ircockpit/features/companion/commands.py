"""Commands about the privileged record beside an incident."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param

_HERE = "ircockpit.features.companion.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)

ACTIONS = (
    Action(
        id="companion.open", verb=("companion", "open"), title="open a privileged record beside an incident",
        handler=_HERE + "open_record", danger=Danger.RECORD, result="companion", params=(_INCIDENT,),
        long="For counsel's words: only leads and legal get its entries from the hub. Everybody else sees that it exists.",
    ),
    Action(
        id="companion.show", verb=("companion", "show"), title="show an incident's privileged record",
        handler=_HERE + "show", result="companion record", params=(_INCIDENT, SAFE),
    ),
)  # fmt: skip

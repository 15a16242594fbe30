"""Commands of care: how much somebody has seen, a status for others, handing the shift over, arming the cockpit."""

from ircockpit.command.action import Action, Kind, Param

_HERE = "ircockpit.features.care.actions:"

ACTIONS = (
    Action(
        id="care.exposure", verb=("exposure",), title="say how long you had harmful words in sight this shift",
        handler=_HERE + "show_exposure", result="exposure sums",
        params=(Param("team", "sums of everybody who told one; for leads", Kind.FLAG),),
        long="Which words they were stays on the device on which they were seen. Leads see sums alone: docs/care.md.",
    ),
)  # fmt: skip

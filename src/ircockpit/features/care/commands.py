"""Commands of care: how much somebody has seen, a status for others, handing the shift over, arming the cockpit."""

from ircockpit.command.action import Action, Danger, Kind, Param

_HERE = "ircockpit.features.care.actions:"

ACTIONS = (
    Action(
        id="care.brief", verb=("brief",), title="give a safe status of an incident in one paragraph, for others",
        handler=_HERE + "brief", danger=Danger.RECORD, keys=("S",), places=("queue", "incident", "stop"), hint="status",
        result="status",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            Param("out", "file to write it to, instead of one in the profile", Kind.PATH, metavar="FILE"),
            Param("dry_run", "show it; record nothing", Kind.FLAG),
        ),
        long="Impact, containment, owner, and when the next one is due, in words of the program alone: no title, note or"
        " answer of a model is in it. It is written to a file in the profile, a key also gives it to the clipboard, and"
        " the time to the next one begins anew: update_minutes in config.toml says how long, by severity.",
    ),
    Action(
        id="care.exposure", verb=("exposure",), title="say how long you had harmful words in sight this shift",
        handler=_HERE + "show_exposure", result="exposure sums",
        params=(Param("team", "sums of everybody who told one; for leads", Kind.FLAG),),
        long="Which words they were stays on the device on which they were seen. Leads see sums alone: docs/care.md.",
    ),
)  # fmt: skip

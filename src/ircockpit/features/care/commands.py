"""Commands of care: how much somebody has seen, a status for others, handing the shift over, arming the cockpit."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.features.disclosure.events import AUDIENCES

_HERE = "ircockpit.features.care.actions:"

ACTIONS = (
    Action(
        id="care.brief", verb=("brief",), title="give a safe status of an incident in one paragraph, for others",
        handler=_HERE + "brief", danger=Danger.RECORD, keys=("S",), places=("queue", "incident", "stop"), hint="status",
        result="status",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            Param("out", "file to write it to, instead of one in the profile", Kind.PATH, metavar="FILE"),
            Param("for", "for whom: what may not go there is held back, and it is said so", Kind.CHOICE, choices=AUDIENCES,
                  keyword="audience"),
            Param("dry_run", "show it; record nothing", Kind.FLAG),
            SAFE,
        ),
        long="Impact, containment, owner, and when the next one is due, in words of the program alone: no title, note or"
        " answer of a model is in it. It is written to a file in the profile, a key also gives it to the clipboard, and"
        " the time to the next one begins anew: update_minutes in config.toml says how long, by severity.",
    ),
    Action(
        id="care.handover", verb=("handover",), title="make the page for the next shift, and hand over",
        handler=_HERE + "handover", danger=Danger.RECORD, keys=("H",), places=("*",), result="handover", screen="handover",
        params=(
            Param("give", "hand over: it is recorded, and the next page begins there", Kind.FLAG),
            Param("to", "hand over to somebody by name", metavar="NAME"),
            Param("out", "write the page to a file", Kind.PATH, metavar="FILE"),
            Param("for", "for whom; handing over is inside alone", Kind.CHOICE, choices=AUDIENCES,
                  keyword="audience"),
            SAFE,
        ),
        long="One page of 80 columns from the record: what is open, running or in force and when it was last proved, due, not"
        " decided, disputed, not sent, who holds what, and what is new since the last handover or the begin of the shift."
        " Safe words alone: no title, note or answer of a model is on it.",
    ),
    Action(
        id="care.arm", verb=("arm",), title="arm the cockpit for some minutes: confirmations need not do it each time",
        handler="ircockpit.features.care.arming:arm", danger=Danger.RECORD, cockpit_only=True, result="armed",
        params=(Param("time", "for how long: 15m, at most 60m", positional=True, default="15m"),),
        long="A cockpit reaches the outside only once it is armed. Each confirmation arms it for its one act; armed for minutes,"
        " that part is left out, and the confirmation itself stays. The first line shows the time left. It ends by itself,"
        " with the cockpit, when that or the machine is suspended, and is recorded. With read_only in config.toml nothing"
        " is even asked before.",
    ),
    Action(
        id="care.disarm", verb=("disarm",), title="disarm the cockpit", handler="ircockpit.features.care.arming:disarm",
        danger=Danger.RECORD, cockpit_only=True, result="armed",
    ),
    Action(
        id="care.exposure", verb=("exposure",), title="say how long you had harmful words in sight this shift",
        handler=_HERE + "show_exposure", result="exposure sums",
        params=(Param("team", "sums of everybody who told one; for leads", Kind.FLAG),),
        long="Which words they were stays on the device on which they were seen. Leads see sums alone: docs/care.md.",
    ),
)  # fmt: skip

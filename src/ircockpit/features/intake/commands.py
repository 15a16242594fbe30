"""Commands of intake: receive a file, review what it holds, make an incident of it."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with

_HERE = "ircockpit.features.intake.actions:"
_SIGNAL = Param(
    "signal", "short id of a signal group (g-…) or signal (s-…)", Kind.ID, positional=True, required=True
)

ACTIONS = (
    Action(
        id="intake.file",
        verb=("intake",),
        title="take in a file of signals: garak, Alertmanager, JSONL",
        handler=_HERE + "intake",
        danger=Danger.RECORD,
        slow=True,
        keys=("I",),
        places=("queue",),
        result="intake",
        params=(
            Param(
                "file",
                "the file; - for standard input",
                Kind.PATH,
                positional=True,
                required=True,
                ask="file to take in",
            ),
            Param(
                "format",
                "what the file is; found out by itself when left out",
                Kind.CHOICE,
                choices=("garak", "alertmanager", "jsonl"),
            ),
            Param("system", "the system all its signals belong to, when its rules cannot tell"),
        ),
        long="The raw bytes are hashed and kept first, then read. Rows that cannot be read are reported with their"
        " line number while the others go in, and the exit code is then 0; where no row can be read it is 2."
        " A file of no known format is not kept. The same file again adds nothing. Of a pipe 2 GiB are taken at most,"
        " and 256 MiB stay free on the disk of the profile; a pipe that breaks off says how far it came, and what"
        " came before is taken in.",
    ),
    Action(
        id="signal.review",
        verb=("review",),
        title="confirm or dismiss signals, with a reason",
        handler=_HERE + "review",
        danger=Danger.RECORD,
        keys=("r",),
        places=("queue",),
        hint="review",
        result="signal group",
        screen="review",
        undo="record.undo",
        params=(
            _SIGNAL,
            Param(
                "verdict",
                "confirm or dismiss; left out, the signals are shown",
                Kind.CHOICE,
                choices=("confirm", "dismiss"),
                positional=True,
            ),
            Param("why", "the reason, kept with the decision", ask="why?"),
        ),
    ),
    Action(
        id="signal.promote",
        verb=("promote",),
        title="declare an incident from signals, stopping nothing yet",
        handler=_HERE + "promote",
        danger=Danger.RECORD,
        keys=("p",),
        places=("queue",),
        result="incident",
        params=(
            _SIGNAL,
            Param("title", "what is wrong, in a few words"),
            Param("impact", "who is reached, in words: 4,000 people"),
        ),
    ),
    Action(
        id="signal.assign",
        verb=("assign",),
        title="say by hand which system signals or an incident are about",
        handler=_HERE + "assign",
        danger=Danger.RECORD,
        keys=("a",),
        places=("queue", "incident"),
        result="signal group or incident",
        undo="record.undo",
        params=(
            Param(
                "target",
                "short id of an incident, a signal group (g-…) or a signal (s-…)",
                Kind.ID,
                positional=True,
                required=True,
            ),
            Param("system", "name of the system", positional=True, required=True, ask="which system?"),
        ),
    ),
    Action(
        id="signal.reveal",
        verb=("reveal",),
        title="show the raw prompt and output of a signal, for a reason that is recorded",
        handler="ircockpit.features.intake.reveal:reveal",
        danger=Danger.RECORD,
        roles=roles_with(Capability.REVEAL),
        slow=True,
        keys=("v",),
        places=("queue", "incident"),
        result="exposure",
        params=(
            _SIGNAL,
            Param("why", "why you need to see it, kept with the record", required=True, ask="why see it?"),
            Param("turn", "only one of the two", Kind.CHOICE, choices=("prompt", "output")),
            Param("lift", "print them readable; what is printed counts as exposure", Kind.FLAG),
        ),
        long="Harmful words are printed blurred, so that nobody reads them by chance; on the screen each turn is lifted"
        " by itself, for seconds. Raw words stay on the device that received them, and only their hashes are shared. Who looks at"
        " them, when and why is recorded before they are shown. Of a signal group its first signal is shown.",
    ),
)

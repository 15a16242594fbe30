"""Commands about the record itself: verify it, rebuild what is made from it, examine this workstation."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import EVERYBODY

_HERE = "ircockpit.features.record.actions:"

THING = "short id of an incident, signal group, signal, control, exhibit, or the beginning of an entry's id"
ACTIONS = (
    Action(
        id="record.undo",
        verb=("undo",),
        title="take back the last act of yours on this device",
        handler="ircockpit.features.record.undoing:undo",
        danger=Danger.RECORD,
        keys=("u",),
        places=("queue", "incident", "impact", "tasks"),
        result="undone",
        long="An act on many incidents or signals is taken back as one. What was taken, given back, closed, opened again,"
        " reviewed or assigned, and what was said of a step or an action item, becomes what it was before, by a further entry;"
        " the record keeps both. Nothing that reached the outside, no note and no evidence is taken back, and nothing that"
        " somebody has changed since.",
    ),
    Action(
        id="record.verify",
        verb=("verify",),
        title="check that the record is whole, in order and signed",
        handler=_HERE + "verify",
        slow=True,
        keys=("V",),
        places=("queue", "incident"),
        result="verification",
        params=(
            Param("incident", "only this incident's record", Kind.ID, positional=True),
            Param("heads", "one signature a lane, the hash chain for the rest: quicker", Kind.FLAG),
            SAFE,
        ),
        long="Names device, place in its lane and event where a byte was changed, an event is missing or"
        " stands elsewhere, and what to do. Exit code 6 when something is wrong.",
    ),
    Action(
        id="record.rebuild",
        verb=("rebuild",),
        title="make view.db anew from the log",
        handler=_HERE + "rebuild",
        slow=True,
        danger=Danger.RECORD,
        roles=EVERYBODY,
        result="rebuild",
        long="The log is not changed. Says whether the view had shown what the log holds.",
    ),
    Action(
        id="record.doctor",
        verb=("doctor",),
        title="examine this workstation: databases, record, keys, clock, hub",
        handler=_HERE + "doctor",
        effect="changes nothing, but for what `--repair` names",
        slow=True,
        keys=("D",),
        places=("*",),
        result="doctor lines",
        params=(
            Param(
                "repair",
                "first do what cannot lose anything: file modes, half-made copies removed, the view made anew",
                Kind.FLAG,
            ),
        ),
        long="Each line says ok, warn or bad, what it is about, what is safe and what to do. Exit code 6 when one is bad.",
    ),
    Action(
        id="record.lens",
        verb=("lens",),
        title="show raw words with every trick in them named: control sequences, hidden and look-alike letters",
        handler="ircockpit.features.record.lens:lens",
        result="lens",
        params=(
            Param(
                "target",
                THING,
                Kind.ID,
                positional=True,
            ),
            Param("file", "look at a file instead; - reads standard input", Kind.PATH),
        ),
        long="Counts what steers a terminal, hides or misleads, says in a sentence what it would have done, and shows the"
        " words with each trick by name. Of JSON it looks at what the escapes stand for, so that the output of any"
        " command with --json can be piped in. Raw words that are kept apart are opened with reveal first.",
    ),
    Action(
        id="record.copy",
        verb=("copy",),
        title="copy an id, or a record as safe text, to the clipboard and to copied.txt in the profile",
        handler="ircockpit.features.record.copying:copy",
        effect="changes nothing in the record, and writes `copied.txt` in the profile",
        result="copied",
        params=(
            Param(
                "target",
                THING,
                Kind.ID,
                positional=True,
                required=True,
            ),
            Param(
                "record",
                "all that is held of it here, with what identifies people or opens doors masked",
                Kind.FLAG,
            ),
        ),
        long="The text is printed too. A terminal is asked to take it with OSC 52, which says nothing back, so whether it did"
        " nobody can tell; inside tmux it is given to tmux, at a display of this machine to that. Raw words that are kept"
        " apart are never copied.",
    ),
    Action(
        id="record.backup",
        verb=("profile", "backup"),
        title="write one state of this profile to a folder or a .tar file",
        handler="ircockpit.features.record.backups:backup",
        effect="changes nothing in the profile, and writes what is named",
        slow=True,
        result="backup",
        params=(
            Param("to", "folder to make, or file ending in .tar", Kind.PATH, positional=True, required=True),
            Param(
                "with_keys", "the keys too: whoever has the backup can then sign as this device", Kind.FLAG
            ),
            Param("blobs", "raw files and exhibits too", Kind.FLAG),
        ),
        long="Others may go on writing meanwhile. The files lie in it as they are, with SHA256SUMS beside them; all are 0600."
        " A second run into the same place does nothing where the state is the same, and is refused otherwise.",
    ),
    Action(
        id="record.restore",
        verb=("profile", "restore"),
        title="make a profile of a backup, checked first",
        handler="ircockpit.features.record.backups:restore",
        slow=True,
        danger=Danger.RECORD,
        needs_profile=False,
        result="restored profile",
        params=(
            Param("source", "folder or .tar file of the backup", Kind.PATH, positional=True, required=True),
            Param("to", "folder of the profile; without it the one commands use", Kind.PATH),
            Param("replace", "put it where a profile is; that one is kept beside it", Kind.FLAG),
        ),
        long="Every file is checked against its hash, log.db for broken pages, each lane by its signed head; a damaged"
        " backup is refused, exit code 6, with the place of the damage. The profile writes in new lanes from then on."
        " Where the backup has no keys and the profile replaced is the same device's, its keys go on.",
    ),
)

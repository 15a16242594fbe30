"""Commands of playbooks: those on the shelf, and the one that an incident follows."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.core.roles import Capability, roles_with

_SHELF = "ircockpit.features.playbooks.actions:"
_RUN = "ircockpit.features.playbooks.following:"
_NAME = Param("playbook", "its short name, p-…, or id", positional=True, required=True)
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_STEP = Param("step", "incident and number of the step: tofa/7", Kind.ID, positional=True, required=True)
_FILE = Param("file", "a CACAO 2.0 file", Kind.PATH, positional=True, required=True)
_VARIABLE = Param(
    "variable", "its name, with or without underscores", positional=True, required=True, ask="which variable?"
)
_VALUE = Param("value", "of the type it has", positional=True, required=True, ask="which value has it?")
_NOTE = Param("why", "words kept with it", metavar="WORDS")


def _why(ask: str) -> Param:
    return Param("why", "the reason, kept with it", required=True, ask=ask)


ACTIONS = (
    Action(
        id="playbook.list", verb=("playbook", "list"), title="list the playbooks one can follow", handler=_SHELF + "list_all",
        result="playbooks", params=(Param("every", "also those that are retired", Kind.FLAG), SAFE),
    ),
    Action(
        id="playbook.show", verb=("playbook", "show"), title="show one playbook with its steps", handler=_SHELF + "show",
        result="playbook", params=(_NAME, SAFE),
    ),
    Action(
        id="playbook.lint", verb=("playbook", "lint"), title="say what is wrong in a playbook's file", handler=_SHELF + "lint",
        result="findings", params=(_FILE,),
        long="Each finding has its place, its line and what to do. The exit code is 1 where one is an error. Nothing is"
        " recorded.",
    ),
    Action(
        id="playbook.import", verb=("playbook", "import"), title="take a playbook into the record", handler=_SHELF + "take_in",
        danger=Danger.RECORD, result="findings",
        params=(_FILE, Param("yes", "confirm: take in what is shown", Kind.FLAG)),
        long="A file that is nearly one is repaired; every change is shown before anything is recorded. The file as given"
        " is kept beside it. It travels with the organisation's record and cannot be begun until somebody else approves it.",
    ),
    Action(
        id="playbook.export", verb=("playbook", "export"), title="write playbooks to files", handler=_SHELF + "export",
        result="files", effect="changes nothing in the profile, and writes what is named",
        params=(
            Param("playbook", "its short name, p-…, or id", positional=True),
            Param("to", "file or folder", Kind.PATH, positional=True),
            Param("all_to", "write all of them into this folder", Kind.PATH, metavar="FOLDER"),
        ),
    ),
    Action(
        id="playbook.approve", verb=("playbook", "approve"), title="let a playbook that somebody else took in be begun",
        handler=_SHELF + "approve", danger=Danger.RECORD, roles=roles_with(Capability.APPROVE), result="playbook",
        params=(_NAME, _why("why is it good?")),
    ),
    Action(
        id="playbook.retire", verb=("playbook", "retire"), title="let a playbook be begun no more", handler=_SHELF + "retire",
        danger=Danger.RECORD, result="playbook", params=(_NAME, _why("why no more?")),
    ),
    Action(
        id="playbook.use", verb=("playbook", "use-again"), title="take back that a playbook was retired",
        handler=_SHELF + "use_again", danger=Danger.RECORD, result="playbook", params=(_NAME,),
    ),
    Action(
        id="playbook.versions", verb=("playbook", "versions"), title="list the versions of a playbook that are here",
        handler=_SHELF + "versions", result="playbooks", params=(_NAME, SAFE),
    ),
    Action(
        id="playbook.diff", verb=("playbook", "diff"), title="say what is different between two versions",
        handler=_SHELF + "diff", result="differences",
        params=(
            Param("old", "the one before", positional=True, required=True),
            Param("new", "the one after", positional=True, required=True),
            SAFE,
        ),
    ),
    Action(
        id="playbook.start", verb=("playbook", "start"), title="follow a playbook in an incident", handler=_RUN + "begin",
        danger=Danger.RECORD, result="run",
        params=(_INCIDENT, _NAME._replace(ask="which playbook?")),
        long="The incident keeps the version it began with; a newer one changes nothing in it.",
    ),
    Action(
        id="playbook.leave", verb=("playbook", "leave"), title="follow the playbook of an incident no more",
        handler=_RUN + "leave", danger=Danger.RECORD, result="run",
        params=(_INCIDENT, _why("why no more?")),
    ),
    Action(
        id="playbook.steps", verb=("playbook", "steps"), title="show where the steps of an incident's playbook stand",
        handler=_RUN + "list_steps", result="run", params=(_INCIDENT, SAFE),
    ),
    Action(
        id="step.show", verb=("playbook", "step"), title="show one step: its words, and why it is blocked",
        handler=_RUN + "show_step", result="step", params=(_STEP, SAFE),
    ),
    Action(
        id="step.done", verb=("playbook", "done"), title="say that a step is done", handler=_RUN + "done", danger=Danger.RECORD,
        keys=("d",), places=("playbook",), hint="done", undo="record.undo", result="run", params=(_STEP, _NOTE),
    ),
    Action(
        id="step.skip", verb=("playbook", "skip"), title="say that a step will not be done here", handler=_RUN + "skip",
        danger=Danger.RECORD, keys=("p",), places=("playbook",), undo="record.undo", result="run",
        params=(_STEP, _why("why is it skipped?")),
    ),
    Action(
        id="step.begin", verb=("playbook", "begin"), title="begin a step and make it one's own", handler=_RUN + "start",
        danger=Danger.RECORD, keys=("m",), places=("playbook",), hint="mine", undo="record.undo", result="run", params=(_STEP,),
    ),
    Action(
        id="step.fail", verb=("playbook", "fail"), title="say that a step did not work", handler=_RUN + "fail",
        danger=Danger.RECORD, keys=("w",), places=("playbook",), undo="record.undo", result="run",
        params=(_STEP, _why("what went wrong?")),
    ),
    Action(
        id="step.reopen", verb=("playbook", "reopen"), title="open a step again", handler=_RUN + "reopen", danger=Danger.RECORD,
        keys=("r",), places=("playbook",), undo="record.undo", result="run", params=(_STEP, _why("why again?")),
    ),
    Action(
        id="step.assign", verb=("playbook", "assign"), title="give a step to somebody", handler=_RUN + "assign",
        danger=Danger.RECORD, keys=("b",), places=("playbook",), undo="record.undo", result="run",
        params=(_STEP, Param("to", "a name, me, or nobody", positional=True, required=True, ask="to whom?")),
    ),
    Action(
        id="step.choose", verb=("playbook", "choose"), title="choose the way at a step that branches", handler=_RUN + "choose",
        danger=Danger.RECORD, keys=("W",), places=("playbook",), undo="record.undo", result="run",
        params=(_STEP, Param("way", "yes, no, or the case", positional=True, required=True, ask="which way?"), _NOTE),
    ),
    Action(
        id="step.about", verb=("playbook", "about"), title="say where the control or evidence is that a step is about",
        handler=_RUN + "about", keys=("J",), places=("playbook",), result="step", screen="about", params=(_STEP,),
    ),
    Action(
        id="variable.set", verb=("playbook", "set"), title="give a variable of an incident's playbook its value",
        handler=_RUN + "set_variable", danger=Danger.RECORD, keys=("P",), places=("playbook",), undo="record.undo", result="run",
        params=(
            _INCIDENT, _VARIABLE,
            _VALUE, _NOTE,
        ),
    ),
)  # fmt: skip

"""Commands of decisions and action items."""

from ircockpit.command.action import SAFE, Action, Danger, Kind, Param
from ircockpit.features.decisions.events import MATTERS

_HERE = "ircockpit.features.decisions.actions:"
_INCIDENT = Param("incident", "short id of the incident", Kind.ID, positional=True, required=True)
_TASK = Param("task", "short id of the action item: t-…", Kind.ID, positional=True, required=True)
_TO = Param("to", "who has it: a name, me, or nobody", metavar="NAME")
_DUE = Param("due", "when it is due: 30m, 4h, 2d, 17:00, or 2026-11-30T17:00+01:00", metavar="TIME")
_WHY = Param("why", "the reason, kept with it")

ACTIONS = (
    Action(
        id="decision.make", verb=("decide",), title="record a decision with its reason and what it rests on",
        handler=_HERE + "decide", danger=Danger.RECORD, keys=("N",), places=("queue", "incident", "stop"),
        result="decision",
        params=(
            _INCIDENT,
            Param("decided", "what was decided", positional=True, required=True, many=True, ask="what is decided?"),
            Param("why", "the reason", required=True, ask="why?"),
            Param("source", "the data it rests on: a dashboard, E3#7, a call", ask="what does it rest on? (may stay empty)"),
            Param("kind", "which decision of the RACI table it is: close, disclose, …; see ircockpit raci", metavar="DECISION"),
            Param("about", "the matter that a step of the playbook asks for", Kind.CHOICE, choices=MATTERS, metavar="MATTER"),
            Param("authority", "on whose authority, where it is not your own"),
            Param("todo", "the action item that follows from it", metavar="WORDS",
                  ask="what is to be done now? (may stay empty)"),
            _TO, _DUE,
        ),
        long="A decision is kept as written. Withdrawn, it stays readable, with the reason.",
    ),
    Action(
        id="decision.withdraw", verb=("decisions", "withdraw"), title="say that a decision holds no more",
        handler=_HERE + "withdraw", danger=Danger.RECORD, result="decision",
        params=(
            Param("decision", "short id of the decision: d-…", Kind.ID, positional=True, required=True),
            Param("why", "the reason, kept with it", required=True, ask="why does it hold no more?"),
        ),
    ),
    Action(
        id="decision.log", verb=("decisions", "list"), title="show what was decided, by whom, why, and what follows",
        handler=_HERE + "log", keys=("M",), places=("queue", "incident", "stop"), result="decisions",
        params=(_INCIDENT, SAFE),
        long="Decisions as recorded, and beside them what was decided by other acts: severity, closing, approvals,"
        " holds, erasures.",
    ),
    Action(
        id="task.add", verb=("task", "add"), title="give an action item", handler=_HERE + "add_task", danger=Danger.RECORD,
        result="action item",
        params=(
            _INCIDENT,
            Param("todo", "what is to be done", positional=True, required=True, many=True, metavar="WHAT",
                  ask="what is to be done?"),
            _TO, _DUE, Param("decision", "the decision it follows from", Kind.ID, metavar="DECISION"),
        ),
    ),
    Action(
        id="task.list", verb=("task", "list"), title="list action items, what is overdue first", handler=_HERE + "list_tasks",
        keys=("A",), places=("*",), result="action items", screen="tasks",
        params=(
            Param("incident", "short id of the incident; without it, of all", Kind.ID, positional=True),
            Param("mine", "only your own", Kind.FLAG), Param("over", "also what is done or dropped", Kind.FLAG),
            SAFE,
        ),
    ),
    Action(
        id="task.take", verb=("task", "take"), title="take an action item and begin it", handler=_HERE + "take_task",
        danger=Danger.RECORD, keys=("T",), places=("tasks",), hint="take", undo="record.undo", result="action item",
        params=(_TASK,),
    ),
    Action(
        id="task.give", verb=("task", "give"), title="give an action item to somebody else", handler=_HERE + "give_task",
        danger=Danger.RECORD, keys=("t",), places=("tasks",), hint="give", undo="record.undo", result="action item",
        params=(_TASK, Param("to", "who has it: a name, me, or nobody", positional=True, required=True, ask="to whom?")),
    ),
    Action(
        id="task.move", verb=("task", "move"), title="give an action item another due time", handler=_HERE + "move_task",
        danger=Danger.RECORD, keys=("M",), places=("tasks",), hint="move", undo="record.undo", result="action item",
        params=(_TASK, Param("due", "when it is due; empty for no time", positional=True, required=True, ask="due when?"), _WHY),
    ),
    Action(
        id="task.done", verb=("task", "done"), title="say that an action item is done", handler=_HERE + "finish_task",
        danger=Danger.RECORD, keys=("C",), places=("tasks",), hint="done", undo="record.undo", result="action item",
        params=(_TASK, _WHY),
    ),
    Action(
        id="task.drop", verb=("task", "drop"), title="say that an action item will not be done", handler=_HERE + "drop_task",
        danger=Danger.RECORD, undo="record.undo", result="action item",
        params=(_TASK, Param("why", "the reason, kept with it", required=True, ask="why not?")),
    ),
    Action(
        id="task.reopen", verb=("task", "reopen"), title="open an action item again", handler=_HERE + "reopen_task",
        danger=Danger.RECORD, undo="record.undo", result="action item",
        params=(_TASK, Param("why", "the reason, kept with it", required=True, ask="why again?")),
    ),
)  # fmt: skip

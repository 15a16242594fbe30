"""Commands of triage."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.features.triage.rules import FORM

ACTIONS = (
    Action(
        id="triage.answer", verb=("triage",), title="answer the triage questions; the severity follows",
        handler="ircockpit.features.triage.actions:answer", danger=Danger.RECORD, keys=("t",),
        places=("queue", "incident", "stop"), hint="triage", result="triage", screen="triage",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            *(Param(q.field, f"{q.ask} {' | '.join(q.choices)} (word or digit)", metavar="ANSWER") for q in FORM),
            Param("rationale", "why, in your words, kept with the decision"),
        ),
        long="Every answer is recorded on its own, at once; an empty one takes it back."
        " Without answers the command shows where triage stands.",
    ),
)  # fmt: skip

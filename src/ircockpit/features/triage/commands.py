"""Commands of triage."""

from ircockpit.command.action import Action, Danger, Kind, Param
from ircockpit.features.incidents.rules import SEVERITIES
from ircockpit.features.triage.rules import FORM

ACTIONS = (
    Action(
        id="triage.answer", verb=("triage",), title="answer the triage questions; the severity follows",
        handler="ircockpit.features.triage.actions:answer", danger=Danger.RECORD, keys=("t",),
        places=("queue", "incident", "stop"), hint="triage", result="triage", screen="triage",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            *(Param(q.field, f"{q.ask} {' | '.join(q.choices)} (word or digit)", metavar="ANSWER") for q in FORM),
            Param("category", "kind of incident: privacy-leak", metavar="KIND"),
            Param("again", "begin again, and say why: the answers stay, and what changes is shown", metavar="WHY"),
            Param("rationale", "why, in your words, kept with the decision"),
        ),
        long="Every answer is recorded on its own, at once; an empty one takes it back."
        " Without answers the command shows where triage stands, and whether the incident is formal, criterion by criterion.",
    ),
    Action(
        id="triage.again", verb=("retriage",), title="triage anew, and say why: the answers stay, what changes is shown",
        handler="ircockpit.features.triage.actions:anew", danger=Danger.RECORD, keys=("t",), places=("triage",), hint="anew",
        result="triage",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            Param("why", "the reason, kept with it", required=True, ask="why is it triaged anew?"),
        ),
        long="The same as ircockpit triage INCIDENT --again WHY, which takes new answers with it.",
    ),
    Action(
        id="triage.override", verb=("severity",), title="set a severity against the answers of the triage, for a reason",
        handler="ircockpit.features.triage.actions:override", danger=Danger.RECORD, keys=("v",), places=("triage",),
        hint="severity", screen="severity", result="triage",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            Param("severity", "the severity that holds", Kind.CHOICE, positional=True, required=True, choices=SEVERITIES),
            Param("why", "the rationale, kept with the decision", required=True, ask="why do the answers not decide here?"),
        ),
        long="It shows as an override until the answers come to the same severity. Saying the severity the answers come to"
        " ends it.",
    ),
    Action(
        id="triage.form", verb=("answer",), title="answer the questions of the kind of incident, one by one",
        handler="ircockpit.features.triage.filling:fill", danger=Danger.RECORD, result="form",
        screen="kind", keys=("c",), places=("triage",), hint="kind",
        params=(
            Param("incident", "short id of the incident", Kind.ID, positional=True, required=True),
            Param("question", "its number or name; without it the form is shown", positional=True),
            Param("value", "a word or digit, several with commas, a number, a time, a name, a code", positional=True, many=True),
            Param("why", "reason, kept with the answer"),
            Param("back", "take the answer back; the record keeps both", Kind.FLAG),
        ),
        long="The kind is said first: ircockpit triage INCIDENT --category KIND. Each answer is recorded at once, with who"
        " gave it and when; where two people differ both are shown, and answering again settles it.",
    ),
    Action(
        id="taxonomy.list", verb=("taxonomy", "list"), title="list the taxonomies whose codes can be named",
        handler="ircockpit.features.triage.taxonomy_actions:listed", result="taxonomy rows",
    ),
    Action(
        id="taxonomy.show", verb=("taxonomy", "show"), title="show the codes of a taxonomy, or those with some words in them",
        handler="ircockpit.features.triage.taxonomy_actions:show", result="taxonomy",
        params=(
            Param("taxonomy", "scheme and version: owasp-llm-2026", positional=True, required=True, ask="which one?"),
            Param("find", "only codes in which these words stand"),
        ),
        long="A code means something in one scheme and version alone: LLM03 of 2025 is not that of 2026. It is recorded"
        " with both.",
    ),
    Action(
        id="taxonomy.import", verb=("taxonomy", "import"), title="take in a publisher's own file, for its full texts",
        handler="ircockpit.features.triage.taxonomy_actions:take_in", danger=Danger.RECORD, result="taxonomy rows",
        effect="writes a file into the profile", params=(Param("file", "ATLAS.yaml", Kind.PATH, positional=True, required=True),),
    ),
)  # fmt: skip

"""Events of a replay: prompts sealed, a run planned before it is sent, what came of it, judgements, and the watch."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.core.stated import whole
from ircockpit.render.glyphs import counted

KINDS = (
    EntityKind("sealed", ("incident", "name", "count", "prompts"), indexed=("incident",)),
    EntityKind(
        "replay",
        ("incident", "sealed", "phase", "before", "action", "system", "target", "url", "api", "model", "input", "number",
         "confidence", "bound", "rate", "tokens", "length", "timeout_ms", "method", "pattern", "control", "watch", "state",
         "outcome", "exhibit"),
        indexed=("incident",),
    ),
    EntityKind("watch", ("incident", "run", "minutes", "until", "state"), covered=("state", "incident")),
)  # fmt: skip
TYPES = (
    EventType("replay.sealed", "sealed", Effect.CREATE),
    EventType("replay.planned", "replay", Effect.CREATE),
    EventType("replay.set", "replay", Effect.SET),
    EventType("replay.opened", "replay", Effect.ENTRY),
    EventType("replay.judged", "replay", Effect.ENTRY, on_timeline=False),
    EventType("replay.recurred", "replay", Effect.ENTRY),
    EventType("watch.begun", "watch", Effect.CREATE),
    EventType("watch.set", "watch", Effect.SET),
)
BEFORE, AFTER, AGAIN = "before", "after", "again"
PHASES = (BEFORE, AFTER, AGAIN)
"""What a run is for: does it reproduce it, did it stop, has it come back."""
PLANNED, RUNNING, EARLY, UNJUDGED, DONE = "planned", "running", "early", "unjudged", "done"
STATES = (PLANNED, RUNNING, EARLY, UNJUDGED, DONE)
"""``early``: ended before its number was sent, and can go on; ``unjudged``: all was sent, verdicts are missing."""
CHAT, INFER, PROBE = "chat", "infer", "probe"
APIS = (CHAT, INFER, PROBE)
"""An OpenAI-compatible chat completion, Open Inference's infer, or the probe of a control."""
DETECTOR, PATTERN, PERSON = "detector", "pattern", "person"
METHODS = (PATTERN, PERSON, DETECTOR)
"""What says of an answer that it reproduces the harm."""
ON, ENDED = "on", "ended"
REPRODUCED, OTHER, BLOCKED = "reproduced", "other", "blocked"
"""An answer that does the harm, one that does not, and the control's own answer in place of one."""
REFUSED, FAILED, SILENT, OPEN = "refused", "failed", "silent", "open"
"""The model's own refusal, an error, no complete answer, and an answer that nothing and nobody has judged."""
COUNTED = (REPRODUCED, OTHER, BLOCKED)
"""What a share is made of. Everything else is counted apart: it is no sign that anything has stopped."""
OUTCOMES = (*COUNTED, REFUSED, FAILED, SILENT, OPEN)
VERDICTS = (REPRODUCED, OTHER, REFUSED)
"""What somebody can say of an answer."""


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; nothing of a prompt or an answer is among them."""
    if type_ == "replay.sealed":
        return f"sealed {counted(whole(body.get('count')), 'prompt')} as {body.get('name', 'a set')}"
    if type_ == "replay.planned":
        return f"planned a run {body.get('phase', '')}: {whole(body.get('number'))} requests to {body.get('target', 'a target')}"
    if type_ == "replay.opened":
        return f"opened the answers of a run to judge them: {body.get('why', 'withheld')}"
    if type_ == "replay.judged":
        return f"judged {counted(len(_table(body.get('verdicts'))), 'answer')}"
    if type_ == "replay.recurred":
        return f"it came back: {body.get('said', 'a run reproduced it')}"
    if type_ == "watch.begun":
        return f"watching: the run is repeated every {counted(whole(body.get('minutes')), 'minute')}"
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "watch.set":
        return (
            f"the watch has {body.get('value')}{why}"
            if field == "state"
            else f"{field} of the watch is set{why}"
        )
    if field == "outcome":
        return f"a run has its result: {body.get('said', '')}"
    return f"a run is {body.get('value')}{why}" if field == "state" else f"{field} of a run is set{why}"


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

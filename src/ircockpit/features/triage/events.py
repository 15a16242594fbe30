"""Events of triage: begun once per incident, each answer a write of its own."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

LABELS = {
    "harm": "harm happened", "reach": "people reached", "reversible": "can be undone", "ongoing": "still going on",
    "personal": "personal data", "regulated": "regulated domain", "rationale": "why",
}  # fmt: skip
"""How a timeline names the answers."""

QUESTIONS = ("harm", "reach", "reversible", "ongoing", "personal", "regulated")
"""Fields answered by choice, in the order they are asked."""

KINDS = (EntityKind("triage", ("incident", *QUESTIONS, "rationale")),)
TYPES = (
    EventType("triage.begun", "triage", Effect.CREATE),
    EventType("triage.answered", "triage", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "triage.begun":
        return "triage begun"
    why = f" ({body['why']})" if body.get("why") else ""
    return f"{LABELS.get(field or '', field)}: {body.get('value', 'withheld') or 'taken back'}{why}"

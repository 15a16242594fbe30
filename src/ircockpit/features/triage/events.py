"""Events of triage: begun once per incident, each answer a write of its own, an override, and triage done again."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

LABELS = {
    "harm": "harm happened", "reach": "people reached", "reversible": "can be undone", "ongoing": "still going on",
    "personal": "personal data", "regulated": "regulated domain", "rationale": "why", "category": "kind",
}  # fmt: skip
"""How a timeline names the answers."""

TITLES = {
    "harmful-content": "Harmful content", "hallucinated-advice": "Hallucinated advice", "privacy-leak": "Privacy leak",
    "prompt-injection": "Prompt injection", "agent-misuse": "Agent misuse", "self-harm": "Self-harm and crisis",
    "illegal-material": "Possibly illegal material", "impersonation": "Impersonation, deepfake and misinformation",
    "intellectual-property": "Intellectual property", "model-theft": "Theft of model or weights",
    "poisoning": "Poisoned data or model", "unbounded-use": "Unbounded consumption",
    "unfair-treatment": "Bias and unfair treatment",
}  # fmt: skip
"""Kinds of incidents as the library of playbooks has them, by name, with the titles of their forms."""

QUESTIONS = ("harm", "reach", "reversible", "ongoing", "personal", "regulated")
"""Fields answered by choice, in the order they are asked."""

KINDS = (
    EntityKind(
        "triage", ("incident", *QUESTIONS, "rationale", "category", "override"), indexed=("category",)
    ),
    # An answer has its id from incident, form and question: two people who answer one question write one register.
    EntityKind("answer", ("incident", "form", "question", "ask", "value"), indexed=("incident",)),
    EntityKind("retriage", ("incident",), indexed=("incident",)),
)
TYPES = (
    EventType("triage.begun", "triage", Effect.CREATE),
    EventType("triage.answered", "triage", Effect.SET),
    EventType("triage.overridden", "triage", Effect.SET),
    EventType("triage.again", "retriage", Effect.CREATE),
    EventType("answer.asked", "answer", Effect.CREATE, on_timeline=False),
    EventType("answer.given", "answer", Effect.SET),
)


def in_words(value: Any) -> str:
    """An answer of a form as one line: words, several joined, a code with its scheme and version."""
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if isinstance(value, dict):
        code = (value.get("scheme"), value.get("version"), value.get("code"))
        return " ".join(str(part) for part in (*code, value.get("name")) if part)
    return "" if value is None else str(value)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "triage.begun":
        return "triage begun"
    why = f" ({body['why']})" if body.get("why") else ""
    if type_ == "triage.again":
        return f"triage again{why}: the former answers are kept"
    if type_ == "answer.asked":
        return f"asked: {body.get('ask', 'its words are not held here')}"
    value = body.get("value", "withheld")
    if type_ == "triage.overridden":
        return f"{value}, override of the answers{why}" if value else f"the override of severity is over{why}"
    if type_ == "answer.given":
        return f"{body.get('label', 'an answer')}: {in_words(value) or 'taken back'}{why}"
    if field == "category":
        value = TITLES.get(str(value), value)
    return f"{LABELS.get(field or '', field)}: {value or 'taken back'}{why}"

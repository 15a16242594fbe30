"""Events of containment: planned, approved, every state it went through, and what proves it."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.render.glyphs import STATES, glyph

KINDS = (
    EntityKind(
        "action",
        ("incident", "system", "control", "title", "family", "connector", "connector_sha256", "target", "plan",
         "summary", "state", "expires"),
        covered=("incident", "state", "stream"),
    ),
)  # fmt: skip
TYPES = (
    EventType("containment.planned", "action", Effect.CREATE),
    EventType("containment.approved", "action", Effect.ENTRY),
    EventType("containment.stepped", "action", Effect.SET),
    EventType("containment.observed", "action", Effect.ENTRY, on_timeline=False),
    EventType("containment.attended", "incident", Effect.ENTRY, on_timeline=False),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "containment.planned":
        return f"planned: {body.get('title', '')}, {body.get('summary', '')}"
    if type_ == "containment.approved":
        reason = str(body.get("reason") or "")
        if body.get("direction") == "revert":
            return f"lifting {body.get('title', '')}{', because: ' if reason else ''}{reason}"
        return f"approved plan {str(body.get('plan', ''))[:8]}{': ' if reason else ''}{reason}"
    if type_ == "containment.attended":
        doing = {"stop": "has the plan open of", "lift": "has the plan open that lifts"}.get(
            str(body.get("doing")), "left the plan of"
        )
        return f"{doing} {body.get('control', 'a control')}"
    if type_ == "containment.observed":
        return f"observed: {body.get('what', '')}"
    # The state comes first: what a control is called, and what a target answered, are other people's words.
    value = str(body.get("value", ""))
    state = value if value in STATES else "unknown"
    rest = str(body.get("detail") or "").removeprefix(value).lstrip(" :")
    return f"{glyph(state)} {state}: {body.get('title', '')}{', ' if rest else ''}{rest}"

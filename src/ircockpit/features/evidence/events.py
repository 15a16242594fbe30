"""Events of evidence: an exhibit taken into custody, and of which kind it is."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "exhibit",
        ("incident", "number", "name", "sha256", "size", "origin", "acquired", "kind", "clear"),
        search=("name",),
        indexed=("incident",),
    ),
)
TYPES = (
    EventType("evidence.added", "exhibit", Effect.CREATE),
    EventType("evidence.set", "exhibit", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    label = f"E{body.get('number', '?')}"
    if field == "clear":
        return f"{label} holds {'none' if body.get('value') else 'some'} of what must not be copied"
    if type_ == "evidence.set":
        return (
            f"{label} is of the kind {body['value']}"
            if body.get("value")
            else f"{label} is of no stated kind"
        )
    kind = f", {body['kind']}" if body.get("kind") else ""
    return f"{label} {body.get('name', '')}{kind}, sha256 {str(body.get('sha256', ''))[:12]}"

"""Events of evidence: an exhibit taken into custody, and that it holds nothing which must not be copied."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "exhibit",
        ("incident", "number", "name", "sha256", "size", "origin", "acquired", "clear"),
        search=("name",),
        indexed=("incident",),
    ),
)
TYPES = (
    EventType("evidence.added", "exhibit", Effect.CREATE),
    EventType("evidence.cleared", "exhibit", Effect.SET),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "evidence.cleared":
        what = (
            "holds nothing that must not be copied"
            if body.get("value")
            else "may hold what must not be copied"
        )
        return f"{body.get('label', '?')} {what}: {body.get('why', '')}"
    return f"E{body.get('number', '?')} {body.get('name', '')}, sha256 {str(body.get('sha256', ''))[:12]}"

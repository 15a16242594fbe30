"""Events of evidence: an exhibit taken into custody."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "exhibit",
        ("incident", "number", "name", "sha256", "size", "origin", "acquired"),
        search=("name",),
        indexed=("incident",),
    ),
)
TYPES = (EventType("evidence.added", "exhibit", Effect.CREATE),)


def said(_: str, __: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    return f"E{body.get('number', '?')} {body.get('name', '')}, sha256 {str(body.get('sha256', ''))[:12]}"

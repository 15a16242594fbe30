"""Events about systems: recorded once, changed field by field."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "system",
        (
            "name",
            "owner",
            "on_call",
            "context",
            "match",
            "targets",
            "controls",
            "fallback",
            "affected",
            "escalation",
            "preserve",
        ),
        search=("name", "owner"),
        bound=False,  # one recorded alone is written to in the organisation's stream after joining
    ),
)
TYPES = (
    EventType("system.recorded", "system", Effect.CREATE),
    EventType("system.set", "system", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    return f"recorded {body.get('name', '')}" if type_ == "system.recorded" else f"changed {field}"

"""Events that every stream has: its genesis, and the opening of each lane."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (EntityKind("stream", ("org", "kind", "drill")),)
TYPES = (
    EventType("stream.opened", "stream", Effect.CREATE, on_timeline=False),
    EventType("lane.opened", "stream", Effect.ENTRY, on_timeline=False),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "stream.opened":
        return "drill opened" if body.get("drill") else f"{body.get('kind', '')} record opened"
    return "writes from a new lane"

"""Events that every stream has: its genesis, the opening of each lane, what is adopted, and where it goes on."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (EntityKind("stream", ("org", "kind", "drill", "successor")),)
TYPES = (
    EventType("stream.opened", "stream", Effect.CREATE, on_timeline=False),
    EventType("stream.succeeded", "stream", Effect.SET, on_timeline=False),
    EventType("lane.opened", "stream", Effect.ENTRY, on_timeline=False),
    EventType("event.adopted", "stream", Effect.ENTRY),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "stream.opened":
        return "drill opened" if body.get("drill") else f"{body.get('kind', '')} record opened"
    if type_ == "stream.succeeded":
        why = f": {body['why']}" if body.get("why") else ""
        return f"closed, goes on in record {str(body.get('value', ''))[:8]}{why}"
    if type_ == "event.adopted":
        why = f": {body['why']}" if body.get("why") else ""
        return f"let an entry count that was not accepted ({str(body.get('event', ''))[:12]}){why}"
    return "writes from a new lane"

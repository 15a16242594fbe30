"""Events about other events: held, erased, for fewer or more readers, read although restricted."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind("hold", ("events", "why", "state")),
    EntityKind("erasure", ("events", "files", "why")),
    EntityKind("narrowing", ("events", "scope", "why")),
    EntityKind("widening", ("events", "lifts", "scope", "why")),
    EntityKind("reading", ("event", "why")),
)
TYPES = (
    EventType("hold.placed", "hold", Effect.CREATE),
    EventType("hold.released", "hold", Effect.SET),
    EventType("erasure.ordered", "erasure", Effect.CREATE),
    EventType("erasure.done", "erasure", Effect.ENTRY, on_timeline=False),
    EventType("scope.narrowed", "narrowing", Effect.CREATE),
    EventType("scope.widened", "widening", Effect.CREATE),
    EventType("scope.read", "reading", Effect.CREATE),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "hold.placed":
        return f"hold on {_count(body.get('events')) or 'the whole record'}{why}"
    if type_ == "hold.released":
        return f"hold released{why}"
    if type_ == "erasure.ordered":
        return f"erasure of {_count(body.get('events')) or 'nothing'} ordered{why}"
    if type_ == "erasure.done":
        return "nothing of it is left on this device"
    if type_ == "scope.narrowed":
        return f"{_count(body.get('events')) or 'nothing'} for {body.get('scope', '?')} readers only{why}"
    if type_ == "scope.widened":
        return f"{_count(body.get('events')) or 'nothing'} for {body.get('scope', '?')} readers again{why}"
    return f"read the withheld words of entry {str(body.get('event', ''))[:12]}{why}"


def _count(named: Any) -> str:
    entries = len(named) if isinstance(named, list) else 0
    return f"{entries} entr{'y' if entries == 1 else 'ies'}" if entries else ""

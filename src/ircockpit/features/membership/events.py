"""Events of membership: said by the organisation's authority, in the one stream that only its keys write in."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind("membership", ("user", "name", "role", "device")),
    EntityKind("revocation", ("device", "reason"), indexed=("device",)),
)
TYPES = (
    EventType("member.added", "membership", Effect.CREATE),
    EventType("member.role", "membership", Effect.SET),
    # Of the same field as a role, with none as its value: that somebody was removed and came back is one history.
    EventType("member.removed", "membership", Effect.SET),
    EventType("device.revoked", "revocation", Effect.CREATE),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "member.added":
        return f"{body.get('name') or 'somebody'} joined as {body.get('role', '?')}"
    if type_ == "member.role":
        return f"a member is {body.get('value', '?')} now{why}"
    if type_ == "member.removed":
        return f"a member was removed{why}"
    reason = f": {body['reason']}" if body.get("reason") else ""
    return f"device {str(body.get('device', ''))[:8]} was revoked{reason}"

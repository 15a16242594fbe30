"""Events of rule files: proposed to the organisation, approved by somebody else, and retired."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "rulefile",
        ("place", "sha256", "retired"),
        indexed=("place",),
        bound=False,  # the same file for the same place, proposed on two devices, is one thing
    ),
)
TYPES = (
    EventType("rulefile.proposed", "rulefile", Effect.CREATE),
    EventType("rulefile.approved", "rulefile", Effect.ENTRY),
    EventType("rulefile.set", "rulefile", Effect.SET),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    why = f": {body['why']}" if body.get("why") else ""
    what = f"the rules {body.get('place', '?')}, sha256 {str(body.get('sha256', '?'))[:12]}"
    if type_ == "rulefile.proposed":
        return f"proposed {what}, not approved yet{why}"
    if type_ == "rulefile.approved":
        return f"approved {what}{why}"
    return f"{'retired' if body.get('value') else 'brought back'} {what}{why}"

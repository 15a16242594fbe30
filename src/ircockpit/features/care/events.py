"""Events of care: a status given to others, a handover, sums of exposure, a cockpit armed."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (EntityKind("handover", ("to", "incidents", "unsent")),)
TYPES = (
    EventType("handover.given", "handover", Effect.CREATE),
    EventType("incident.briefed", "incident", Effect.ENTRY),
    EventType("exposure.summed", "person", Effect.ENTRY, on_timeline=False),
    EventType("cockpit.armed", "person", Effect.ENTRY, on_timeline=False),
)


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "handover.given":
        return "handed the shift over"
    if type_ == "incident.briefed":
        return f"gave a status: {body.get('text', 'its words are not held here')}"
    if type_ == "exposure.summed":
        return "told how long harmful words were in sight"
    minutes = body.get("minutes")
    return f"armed a cockpit for {minutes} minutes" if minutes else "disarmed a cockpit"

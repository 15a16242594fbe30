"""Events of disclosure: a marking raised by anybody, lowered by a lead with a reason."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS: tuple[EntityKind, ...] = ()
TYPES = (
    EventType("disclosure.raised", "incident", Effect.ENTRY),
    EventType("disclosure.lowered", "incident", Effect.ENTRY),
)
AUDIENCES = ("public", "affected", "partners", "regulators", "internal")
INTERNAL = "internal"
MARKINGS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""The labels of TLP 2.0, each for fewer readers than the one before."""
CLASSES = {
    "standing": "that there is an incident, how severe it is, when the next word comes",
    "counts": "how many were reached, and what happened to them, in numbers",
    "names": "system and model names",
    "containment": "containment details",
    "timeline": "the timeline",
    "root_cause": "the root cause",
    "evidence": "evidence",
    "responders": "who responds",
    "affected_ids": "affected ids",
    "user_data": "user data",
    "raw_words": "raw words of the model and free notes",
    "legal": "the legal assessment",
}
"""Classes of facts, in words."""
EVERYTHING = "everything"
"""Stands for all classes at once: a marking of the whole incident."""


def said(type_: str, _: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    what = "raised" if type_ == "disclosure.raised" else "lowered"
    why = f": {body['why']}" if body.get("why") else ""
    return f"{what} {str(body.get('class', '?')).replace('_', ' ')} to TLP:{body.get('tlp', '?')}{why}"

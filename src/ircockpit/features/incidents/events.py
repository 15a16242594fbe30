"""Events of an incident: declared, changed field by field, noted."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType
from ircockpit.features.incidents.rules import DERIVED

KINDS = (
    EntityKind(
        "incident",
        ("title", "severity", "provisional", "status", "owner", "system", "impact", "opened", "origin"),
        search=("title", "impact"),
        derived=DERIVED,
        covered=(
            "closed", "place", "born", "id", "num", "severity", "owner", "system", "opened_us", "provisional",
            "disputed", "words", "origin",
        ),
    ),
)  # fmt: skip
TYPES = (
    EventType("incident.declared", "incident", Effect.CREATE),
    EventType("incident.set", "incident", Effect.SET),
    EventType("incident.noted", "incident", Effect.ENTRY),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    if type_ == "incident.noted":
        return str(body.get("text", "its words are not held here"))
    if type_ == "incident.declared":
        return f"declared: {body.get('title', '')}, {body.get('severity', '?')} provisional"
    value, why = body.get("value"), f": {body['why']}" if body.get("why") else ""
    if field == "severity":
        return f"{value}{why}"
    if field == "owner":
        return ("taken" if value else "given back") + why
    if field == "provisional":
        return f"severity is {'provisional' if value else 'no longer provisional'}{why}"
    return f"{field} is {value}{why}"

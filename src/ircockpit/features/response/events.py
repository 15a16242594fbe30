"""Events of a response: a duty role opened and held, somebody called, a partner outside named."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

ITEM = "item."
"""Begins the field of a duty that says whether an item of its checklist is done."""

KINDS = (
    EntityKind("role", ("incident", "role", "holder", "offered", "delegate"), indexed=("incident",)),
    EntityKind("call", ("incident", "level", "answer", "who"), indexed=("incident",)),
    EntityKind("partner", ("incident", "organisation", "part", "person", "contact"), indexed=("incident",)),
)
TYPES = (
    EventType("role.opened", "role", Effect.CREATE),
    EventType("role.set", "role", Effect.SET),
    EventType("call.made", "call", Effect.CREATE),
    EventType("partner.added", "partner", Effect.CREATE),
    EventType("partner.set", "partner", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; a part that is not held is left out, and the event is named all the same."""
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "role.opened":
        return f"role opened: {body.get('role', 'its name is not held here')}"
    if type_ == "call.made":
        level, answer = body.get("level", "?"), body.get("answer")
        who = f", {body['who']}" if body.get("who") else ""
        came = {"yes": ": answered", "no": ": no answer"}.get(str(answer), "")
        return f"called level {level}{who}{came}{': ' if body.get('note') else ''}{body.get('note', '')}"
    if type_ == "partner.added":
        part = f", {body['part']}" if body.get("part") else ""
        return f"partner: {body.get('organisation', 'its name is not held here')}{part}"
    if type_ == "partner.set":
        return f"{field} of a partner recorded"
    return _duty(field or "", body) + why


def _duty(field: str, body: Mapping[str, Any]) -> str:
    role, value = body.get("title", "a role"), body.get("value")
    if field.startswith(ITEM):
        return f"{'done' if value else 'not done after all'}: {body.get('says', field.removeprefix(ITEM))}"
    if field == "holder":
        return f"takes the role {role}" if value else f"nobody is {role} now"
    if field == "offered":
        return (
            f"hands over the role {role}, not taken yet" if value else f"no longer hands over the role {role}"
        )
    if field == "delegate":
        until = value.get("until", "?") if isinstance(value, Mapping) else ""
        return f"delegates the role {role} until {until}" if until else f"delegates the role {role} no longer"
    return f"{field} of the role {role} changed"

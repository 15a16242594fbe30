"""Events of decisions and action items: made, withdrawn; given, taken, moved, done."""

from collections.abc import Mapping, Sequence
from typing import Any

from ircockpit.core.reduce import Derived, Effect, EntityKind, EventType
from ircockpit.core.stated import moment_us

STATES = ("open", "doing", "done", "dropped")
"""States of an action item; the first two are its owner's work."""
WORK = STATES[:2]
MATTERS = (
    "credit", "danger", "escalation", "indemnity", "intent", "material", "messages", "side", "speaking", "staff", "standstill",
    "statement",
)  # fmt: skip
"""What playbooks ask to be decided: those of the library's bindings (``matter`` in ``playbooks/extension.schema.json``)."""


def _due_us(shown: Mapping[str, Any], _: Sequence[str]) -> int | None:
    return moment_us(shown["due"]) or None


KINDS = (
    EntityKind(
        "decision", ("incident", "decided", "authority", "withdrawn", "kind", "about"), indexed=("incident",)
    ),
    EntityKind(
        "task",
        ("incident", "decision", "todo", "owner", "due", "state"),
        indexed=("owner", "incident"),
        derived=(Derived("due_us", "INTEGER", _due_us),),
    ),
)
TYPES = (
    EventType("decision.made", "decision", Effect.CREATE),
    EventType("decision.set", "decision", Effect.SET),
    EventType("task.given", "task", Effect.CREATE),
    EventType("task.set", "task", Effect.SET),
)


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; a part that is not held is left out, and the event is named all the same."""
    why = f": {body['why']}" if body.get("why") else ""
    if type_ == "decision.made":
        source = f" (by: {body['source']})" if body.get("source") else ""
        return f"decided: {body.get('decided', 'its words are not held here')}{why}{source}"
    if type_ == "decision.set":
        return f"withdrew a decision{why}" if body.get("value") else f"a decision holds again{why}"
    if type_ == "task.given":
        return f"action item: {body.get('todo', 'its words are not held here')}"
    value = body.get("value")
    if field == "state":
        return f"an action item is {value}{why}"
    if field == "owner":
        return ("somebody has an action item" if value else "nobody has an action item") + why
    return f"an action item's {field} is {value or 'taken back'}{why}"

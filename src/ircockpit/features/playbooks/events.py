"""Events of playbooks: taken in and approved; of one that is followed: begun, its steps, its variables."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (
    EntityKind(
        "playbook",
        ("name", "playbook", "version", "sha256", "given", "retired"),
        indexed=("playbook",),
        bound=False,  # the same file taken in on two devices is one thing, by its content
    ),
    EntityKind("run", ("incident", "name", "playbook", "version", "sha256", "left"), indexed=("incident",)),
    EntityKind("step", ("run", "step", "round", "state", "owner", "way"), indexed=("run",)),
    EntityKind("variable", ("run", "name", "value"), indexed=("run",)),
)
TYPES = (
    EventType("playbook.imported", "playbook", Effect.CREATE),
    EventType("playbook.approved", "playbook", Effect.ENTRY),
    EventType("playbook.set", "playbook", Effect.SET),
    EventType("playbook.begun", "run", Effect.CREATE),
    EventType("playbook.left", "run", Effect.SET),
    EventType("step.opened", "step", Effect.CREATE, on_timeline=False),
    EventType("step.set", "step", Effect.SET),
    EventType("variable.opened", "variable", Effect.CREATE, on_timeline=False),
    EventType("variable.set", "variable", Effect.SET),
)
_STATE_WORDS = {"open": "open again", "doing": "begun"}


def said(type_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words; all names in it are a playbook's, and so a stranger's."""
    why = f": {body['why']}" if body.get("why") else ""
    name, value = str(body.get("name") or "its name is not held here"), body.get("value")
    if type_ == "playbook.imported":
        return f"took in the playbook {name}, version {body.get('version', '?')}, not approved yet"
    if type_ == "playbook.approved":
        return f"approved the playbook {name}, sha256 {str(body.get('sha256', ''))[:12]}{why}"
    if type_ == "playbook.set":
        return f"{'retired' if value else 'uses again'} the playbook {name}{why}"
    if type_ == "playbook.begun":
        return f"follows the playbook {name}, version {body.get('version', '?')}"
    if type_ == "playbook.left":
        return f"{'follows no more' if value else 'follows again'} the playbook {name}{why}"
    if type_ == "variable.set" and value is None:
        return f"{name} has no value from a person any more{why}"
    if type_ == "variable.set":
        return f"{name} is {value}{why}"
    if field == "owner":
        return f"{'somebody has' if value else 'nobody has'} the step {name}{why}"
    if field in ("state", "way") and not value:
        return (
            f"nothing is said of the step {name} any more{why}"
            if field == "state"
            else f"no way is chosen at {name}{why}"
        )
    if field == "way":
        return f"way taken at {name}: {body.get('shown') or value}{why}"
    if field == "state":
        return f"step {_STATE_WORDS.get(str(value), str(value))}: {name}{why}"
    return name

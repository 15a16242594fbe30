"""Events about people: the erasable name of a pseudonym."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

# A person is named in their own organisation's stream and, after joining, in that of the other one.
KINDS = (EntityKind("person", ("name", "role"), bound=False),)
TYPES = (
    EventType("person.named", "person", Effect.CREATE),
    EventType("person.set", "person", Effect.SET),
)


def said(_: str, field: str | None, body: Mapping[str, Any]) -> str:
    """The event in words."""
    return f"{field} is {body.get('value', '')}" if field else f"is {body.get('name', 'unnamed')}"

"""The one thing that everybody may know of a privileged record: that it was opened, by whom and when."""

from collections.abc import Mapping
from typing import Any

from ircockpit.core.reduce import Effect, EntityKind, EventType

KINDS = (EntityKind("companion", ("incident", "record")),)
TYPES = (EventType("companion.opened", "companion", Effect.CREATE),)


def said(_: str, __: str | None, ___: Mapping[str, Any]) -> str:
    """The event in words."""
    return "opened a privileged record beside this one"

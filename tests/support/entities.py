"""Ids of things as the program makes them, for tests that write events of any type."""

from ircockpit.core.ids import entity_id, random_uuid
from ircockpit.features.table import events


def an_id(type_: str, stream: str) -> str:
    """A fresh id for what an event of this type in this stream can speak of."""
    return entity_id(stream) if events().kinds[events().types[type_].kind].bound else random_uuid()

"""Erased words are nowhere that is still in use, and no others are gone."""

import base64
from typing import TYPE_CHECKING

from tests.sim.town import Town
from tests.sim.world import World

if TYPE_CHECKING:
    from ircockpit.ledger.withdrawal import Withdrawal


def words(world: World) -> list[str]:
    """A sentence for each replica that still has what was erased, or lacks what was not."""
    if not isinstance(world, Town) or not world.secrets:
        return []
    found: list[str] = []
    live, store = world.live(), world.hub.store
    logs = {each.name: _parts(world, each.disk.held("log.db")) for each in live}
    pictures = {each.name: each.station.view.dump() for each in live}
    hub = {
        row[0].hex(): row[1] for row in world.hub_disk.held("hub.db").execute("SELECT id, parts FROM event")
    }
    said = {
        row[0].hex(): row[1:]
        for row in world.hub_disk.held("hub.db").execute(
            "SELECT e.id, s.id, json_extract(CAST(e.envelope AS TEXT), '$.type') FROM event e JOIN stream s ON s.num=e.stream"
        )
    }
    folds: dict[str, Withdrawal] = {}
    for event, secret in sorted(world.secrets.items()):
        if event not in hub:
            continue
        stream, type_ = said[event]
        fold = folds.setdefault(stream, store.withdrawal(stream))
        named, kept = bool(fold.erased(event, type_, 2)), bool(fold.held(event))
        at_hub = any(each in hub[event] for each in _spelled(secret))
        if named and not kept:
            if at_hub:
                found.append(f"erased: the hub still has the words of {event[:8]}")
            for name, log in logs.items():
                if secret in log or secret.encode() in pictures[name]:
                    found.append(f"erased: {name} still has the words of {event[:8]}")
        elif event not in world.ordered:
            if not at_hub:
                found.append(f"erased: the hub lost the words of {event[:8]}, which nobody erased")
            found += [
                f"erased: {n} lost the words of {event[:8]}, which nobody erased"
                for n, log in logs.items()
                if secret not in log
            ]
    return found


def _parts(world: World, held: object) -> str:
    rows = held.execute("SELECT data FROM part WHERE data IS NOT NULL")  # type: ignore[attr-defined]
    return "\n".join(bytes(row[0]).decode("utf-8", "replace") for row in rows)


def _spelled(text: str) -> list[str]:
    """The three ways a text stands inside base64."""
    found = []
    for lead in range(3):
        raw = b"\0" * lead + text.encode()
        found.append(base64.b64encode(raw[: len(raw) // 3 * 3]).decode()[4 if lead else 0 :])
    return found

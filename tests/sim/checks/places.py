"""Where events stand in the history that a replica calls the present one."""

from collections.abc import Iterator
from typing import NamedTuple

from tests.sim.device import Device
from tests.sim.world import World

from ircockpit.store.log import PRESENT


class Place(NamedTuple):
    """One receipt."""

    stream: str
    seq: int
    event_id: str


def on_device(device: Device) -> Iterator[Place]:
    """Every receipt of the present histories that a device holds, in order."""
    rows = device.disk.held("log.db").execute(
        f"SELECT r.stream, r.seq, r.event FROM receipt r {PRESENT} ORDER BY 1, 2"  # noqa: S608 - fixed text
    )
    return (Place(stream, seq, ident.hex()) for stream, seq, ident in rows)


def on_hub(world: World) -> Iterator[Place]:
    """Every receipt of the hub, in order."""
    rows = world.hub_disk.held("hub.db").execute(
        "SELECT s.id, e.seq, e.id FROM event e JOIN stream s ON s.num=e.stream ORDER BY 1, 2"
    )
    return (Place(stream, seq, ident.hex()) for stream, seq, ident in rows)

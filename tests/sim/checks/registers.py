"""A field shows what nobody has replaced: by what each writer had seen, whatever any clock said and whoever came first."""

from collections import defaultdict

from tests.sim.device import Device
from tests.sim.world import World

from ircockpit.core.adoption import ADOPTABLE, ADOPTED
from ircockpit.core.reduce import Effect
from ircockpit.ledger.parts import read_part

Field = tuple[str, str | None]


def registers(world: World) -> list[str]:
    """A sentence for each field of which a device has other versions side by side than its events say."""
    found = []
    for device in world.live():
        shown: dict[Field, set[tuple[str, int]]] = defaultdict(set)
        for ent, field, event, lam in device.station.view.rows("SELECT ent, field, event, lam FROM head"):
            shown[ent, field].add((event, lam))
        found += [
            f"registers: {device.name} shows other versions of {field} than were written"
            for (ent, field), versions in _written(device).items()
            if shown[ent, field] != versions
        ]
    return found


def _written(device: Device) -> dict[Field, set[tuple[str, int]]]:
    """What stands side by side in each field, after the events that count."""
    held = device.station.log.since(0, 100_000)
    types = device.station.view.table.types
    adopted = {
        (stored.event.envelope.stream, (read_part(stored.event.parts[0]) or {}).get("event"))
        for stored in held
        if stored.event.envelope.type == ADOPTED and not stored.doubt
    }
    writes: dict[Field, set[tuple[str, int]]] = defaultdict(set)
    replaced: dict[Field, set[str]] = defaultdict(set)
    for stored in held:
        envelope = stored.event.envelope
        lifted = stored.doubt in ADOPTABLE and (envelope.stream, stored.event.id) in adopted
        known = types.get(envelope.type)
        if known is None or known.effect is not Effect.SET or (stored.doubt and not lifted):
            continue
        writes[envelope.ent, envelope.field].add((stored.event.id, envelope.lam))
        replaced[envelope.ent, envelope.field] |= set(envelope.base)
    return {
        field: {(event, lam) for event, lam in made if event not in replaced[field]}
        for field, made in writes.items()
    }

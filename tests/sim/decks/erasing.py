"""Words that are to go everywhere, holds that keep them, holds lifted: by people who know nothing of each other."""

from typing import TYPE_CHECKING

from ircockpit.core.roles import LEAD
from ircockpit.features.membership.queries import my_role
from ircockpit.ledger.withdrawal import ORDERED, PLACED, RELEASED
from ircockpit.store.workstation import Draft

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town


def secret(town: "Town", who: "Device") -> None:
    """A note with words that stand nowhere else, beside others of the same entry."""
    found = town.pick(who)
    if found is None:
        return
    ident, stream = found
    words = f"said by {town.rng.randbytes(9).hex()} in confidence"
    before = set(town.acknowledged)
    town.write(who, [Draft(stream, "incident.noted", ident, ({"text": words}, {"more": "that stays"}))])
    town.secrets.update((each, words) for each in town.acknowledged.keys() - before)


def erase(town: "Town", who: "Device") -> None:
    """A lead has a secret erased; somebody whose role does not allow it may try as well."""
    if my_role(who.station) != LEAD and town.rng.random() < 0.7:
        return
    if (entry := _secret(town, who)) is not None:
        event, stream = entry
        town.ordered.add(event)
        part = town.rng.choice((None, [0]))
        body = ({"events": [[event, part]]}, {"why": "asked for"})
        town.write(who, [Draft(stream, ORDERED, who.station.new_id(stream), body)])


def hold(town: "Town", who: "Device") -> None:
    """Anybody keeps a secret, or the whole record, from being erased."""
    if (entry := _secret(town, who)) is not None:
        event, stream = entry
        named = {"events": [[event, None]]} if town.rng.random() < 0.7 else {}
        town.write(who, [Draft(stream, PLACED, who.station.new_id(stream), (named, {"why": "kept"}))])


def release(town: "Town", who: "Device") -> None:
    """A lead lifts a hold."""
    if my_role(who.station) != LEAD:
        return
    held = who.station.view.rows("SELECT id, stream FROM hold WHERE stream<>'' ORDER BY id")
    if held:
        ident, stream = town.rng.choice(held)
        town.write(who, [who.station.set_field(stream, RELEASED, ident, "state", "released", why="over")])


def _secret(town: "Town", who: "Device") -> tuple[str, str] | None:
    known = who.station.view.rows(
        "SELECT event_id, stream FROM entry WHERE type='incident.noted' ORDER BY event_id"
    )
    mine = [(event, stream) for event, stream in known if event in town.secrets]
    return town.rng.choice(mine) if mine else None

"""Everybody agrees on who may do what, and the word of a revoked device ends where it was said to."""

from tests.sim.town import Town
from tests.sim.world import World

from ircockpit.features.membership.queries import members


def rights(world: World) -> list[str]:
    """A sentence for each device that knows other roles than the hub, or lets count what nobody may."""
    if not isinstance(world, Town):
        return []
    standing, found = world.standing(), []
    roles = {each.user: each.role for each in standing.members()}
    for device in world.live():
        if (seen := {each.user: each.role for each in members(device.station)}) != roles:
            odd = {user for user in seen | roles if seen.get(user) != roles.get(user)}
            found.append(f"rights: {device.name} knows another role of {len(odd)} than the hub")
        for lives in world.in_force():
            rows = device.disk.held("log.db").execute(
                "SELECT id FROM event LEFT JOIN doubt ON event=arrival WHERE device=? AND event IS NULL",
                (lives.device,),
            )
            found += [
                f"rights: {device.name} lets {ident.hex()[:8]} of a revoked device count"
                for (ident,) in rows
                if ident.hex() not in lives.lets
            ]
    return found

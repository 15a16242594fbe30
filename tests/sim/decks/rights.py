"""Roles that change, people who are removed, devices that are revoked, and what a lead lets count all the same."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from unittest.mock import patch

from ircockpit.core.adoption import ADOPTED
from ircockpit.core.errors import CockpitError
from ircockpit.core.jsontext import MAX_INTEGER
from ircockpit.core.roles import LEAD, ROLES
from ircockpit.features.membership.queries import my_role, not_accepted
from ircockpit.hub.decisions import carry_out
from ircockpit.store.log import Log
from ircockpit.store.workstation import Draft

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town


def role(town: "Town", who: "Device") -> None:
    """Somebody gets another role."""
    member = town.rng.choice(town.standing().members())
    wanted = town.rng.choice((LEAD, LEAD, "responder", *ROLES))
    if wanted != LEAD:
        town.lowered.add(member.user)
    decide(town, who, {"do": "role", "user": member.user, "role": wanted, "why": "it changes"})


def remove(town: "Town", who: "Device") -> None:
    """Somebody is taken out of the organisation."""
    member = town.rng.choice(town.standing().members())
    town.lowered.add(member.user)
    decide(town, who, {"do": "remove", "user": member.user, "why": "they left"})


def revoke(town: "Town", who: "Device") -> None:
    """A device was stolen; whoever has it goes on."""
    stolen = town.rng.choice(town.devices).profile.identity().device
    decide(town, who, {"do": "revoke", "device": stolen, "why": "stolen"})


def steal(town: "Town", who: "Device") -> None:
    """A thief has a copy of the disk and writes where the owner writes, who syncs and then says that it was stolen."""
    if who.busy or not town.joined(who) or town.pick(who) is None:
        return
    before = len(town.devices)
    town.act("clone", who)
    for each in (who, *town.devices[before:]):
        town.act("edit", each)
    town.act("sync", who)
    said = {"do": "revoke", "device": who.profile.identity().device, "why": "stolen"}
    decide(town, who, said)


def leap(town: "Town", who: "Device") -> None:
    """Somebody makes up a number near the end of all numbers: who counted on from it could write nothing any more."""
    found, real = town.pick(who), Log.lane_head
    if found is not None:
        town.liars.add(who.profile.identity().device)
        ahead = MAX_INTEGER - 4
        with patch.object(Log, "lane_head", lambda *of: real(*of)._replace(lam=ahead)):
            town.write(who, [who.station.set_field(found[1], "incident.set", found[0], "owner", "far ahead")])


def decide(town: "Town", who: "Device", said: Mapping[str, str]) -> None:
    """The hub's operator decides, or a lead from a device."""
    town.note(f"    {said['do']} {said.get('user', said.get('device', ''))[:8]} {said.get('role', '')}")
    if town.rng.random() < 0.5 or who.busy or not town.joined(who):
        with suppress(CockpitError):
            carry_out(town.hub.members.authority, said, "")
        town.hub.members.reload()
    else:
        town.in_round(who, lambda: who.connection().client.decide(said))
    town.note_revocations()


def adopt(town: "Town", _: "Device") -> None:
    """A lead lets something count."""
    able = [
        (who, entry)
        for who in town.devices
        if town.joined(who) and my_role(who.station) == LEAD
        for entry in not_accepted(who.station.view)
        if entry.adoptable
    ]
    if able:
        who, entry = town.rng.choice(able)
        town.note(f"    {entry.event_id[:8]}", "adopted")
        town.write(who, [Draft(entry.stream, ADOPTED, entry.stream, ({"event": entry.event_id},))])

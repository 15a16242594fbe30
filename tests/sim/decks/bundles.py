"""Bundles written by one device and read by others: some records or all, old or new, once or again, in any order."""

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from ircockpit.core.errors import CockpitError
from ircockpit.features.bundles.actions import export, take

if TYPE_CHECKING:
    from tests.sim.device import Device
    from tests.sim.town import Town

MOST = 3


def write(town: "Town", who: "Device") -> None:
    """Everything a device holds, or what was written in since a while, into a folder on a stick."""
    if who.busy or not town.joined(who):
        return
    town.sticks += 1
    place = town.folder / f"stick {town.sticks}"
    shutil.rmtree(place, ignore_errors=True)
    since = "2026-11-23" if town.rng.random() < 0.3 else None
    without = town.rng.random() < 0.5

    def act() -> None:
        export(who.station, to=str(place), all=True, since=since, without_files=without)
        town.bundles = [*town.bundles, place][-MOST:]

    with suppress(CockpitError):
        town.running(who, act)


def read(town: "Town", who: "Device") -> None:
    """A bundle is read on a device, new to it or not."""
    if who.busy or not town.joined(who) or not town.bundles:
        return
    place = town.rng.choice(town.bundles)
    with suppress(CockpitError):
        town.running(who, lambda: _take(town, who, str(place)))


def _take(town: "Town", who: "Device", place: str) -> None:
    took = take(who.station, folders=[place], yes=True).data["taken"]
    town.note(f"    {took['new']} new, {took['held']} held, {took['confirmed']} confirmed", "bundle read")

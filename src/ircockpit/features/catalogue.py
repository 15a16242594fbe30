"""What all features declare, collected: event types, kinds of things, actions, and the opened workstation."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ircockpit.features.table import FEATURES
from ircockpit.features.table import events as events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ircockpit.command.action import Action
    from ircockpit.core.clock import Clock
    from ircockpit.store.workstation import Workstation

WITH_COMMANDS = (
    "features.containment", "features.replay", "features.notices",
    "features.triage", "features.incidents", "features.queue", "features.intake", "features.systems",
    "features.evidence", "features.impact", "features.disclosure",
    "features.bundles", "features.erasure", "features.companion", "features.people",
    "features.membership", "features.sharing", "features.trust", "features.credentials", "features.settings",
    "features.care", "features.decisions", "features.response", "features.clocks", "features.playbooks", "features.record",
    "demo", "cli",
)  # fmt: skip
"""Packages whose ``commands`` module declares actions, in the order help lists them; named, not imported."""


@cache
def actions() -> "tuple[Action, ...]":
    """Every action of the program; reading them imports no handler."""
    modules = [import_module(f"ircockpit.{name}.commands") for name in WITH_COMMANDS]
    return tuple(action for module in modules for action in module.ACTIONS)


class _Keys:
    """The keys of whoever sits at this process, as the settings state them; asked for once a sentence names one."""

    stated: "Callable[[], Mapping[str, Sequence[str]]]" = staticmethod(dict)


def own_keys_are(stated: "Callable[[], Mapping[str, Sequence[str]]]") -> None:
    """Name keys from now on as these settings have them."""
    _Keys.stated = staticmethod(stated)
    key_of.cache_clear()


@cache
def key_of(ident: str) -> str:
    """The key of an action or gesture as this person has it, for a sentence that names it."""
    from ircockpit.command.gestures import GESTURES
    from ircockpit.command.keys import Entry, named, own_keys

    entries: tuple[Entry, ...] = (*actions(), *GESTURES)
    own, _ = own_keys(entries, _Keys.stated())
    return named(next(entry for entry in entries if entry.id == ident), own)


@cache
def _words() -> "dict[str, Callable[[str, str | None, Mapping[str, Any]], str]]":
    modules = [import_module(f"ircockpit.features.{name}.events") for name in FEATURES]
    return {row.name: module.said for module in modules for row in module.TYPES}


def said(type_: str, field: str | None, body: "Mapping[str, Any]") -> str:
    """An event in words, for timelines; untrusted text in it is not gated yet."""
    words = _words().get(type_)
    return words(type_, field, body) if words else f"{type_}: needs a newer version of ircockpit to be read"


def off_timeline() -> tuple[str, ...]:
    """Types of events that a timeline leaves out unless asked for everything."""
    return tuple(sorted(row.name for row in events().types.values() if not row.on_timeline))


def open_workstation(
    home: "Path | None" = None, *, clock: "Clock | None" = None, beside: bool = False
) -> "Workstation":
    """Open the profile, making it on the first start; ``beside`` as in :class:`Workstation`."""
    from ircockpit.store.profile import Profile, default_home
    from ircockpit.store.replacing import finish
    from ircockpit.store.workstation import Workstation

    profile = Profile(home or default_home())
    finished = finish(profile.folder)
    if not profile.exists:
        from ircockpit.features.people.birth import make_profile

        make_profile(profile, events(), clock=clock)
    station = Workstation(profile, events(), clock=clock, beside=beside)
    station.mended = station.mended or finished
    settle(station)
    return station


def settle(station: "Workstation") -> None:
    """Have the rules in force that the organisation has agreed on; where there are none, a look."""
    from contextlib import suppress

    from ircockpit.core.errors import CockpitError

    with suppress(CockpitError, OSError):  # nothing that rules are made of keeps anybody from working
        if (
            station.view.rows("SELECT 1 FROM rulefile LIMIT 1")
            or (station.profile.folder / "agreed").is_dir()
        ):
            from ircockpit.features.settings.agreed import settle as write

            write(station)
